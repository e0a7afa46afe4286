use std::path::Path;
use std::process::Command;

use super::{Peer, free_port, program};
use crate::parts::Missing;

/// The table definitions that the package brings.
const SCHEMA: &str = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

/// A PowerDNS server: zones of a name server, for one key in the header `X-API-Key`.
#[derive(Debug)]
pub struct PowerDns;

impl PowerDns {
    /// Starts one that keeps its zones under `home`, those of an earlier one there too.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(home: &Path, key: &str, port: u16) -> Result<Peer, Missing> {
        let server = program("pdns_server", "pdns-server pdns-backend-sqlite3")?;
        let database = home.join("zones.db");
        if !database.exists() {
            fill(&database);
        }
        let mut command = Command::new(server);
        command
            .args(["--guardian=no", "--daemon=no", "--launch=gsqlite3"])
            .args(["--api=yes", "--webserver=yes", "--security-poll-suffix="])
            .args(["--setuid=", "--setgid="])
            .args(["--local-address=127.0.0.1", "--webserver-address=127.0.0.1"])
            .arg(format!("--config-dir={}", home.display()))
            .arg(format!("--socket-dir={}", home.display()))
            .arg(format!("--gsqlite3-database={}", database.display()))
            .arg(format!("--api-key={key}"))
            .arg(format!("--local-port={}", free_port()))
            .arg(format!("--webserver-port={port}"));
        Ok(Peer::start(&mut command, port))
    }

    /// The `integration.yaml` of an app `powerdns` on that port.
    #[must_use]
    pub fn integration(port: u16) -> String {
        format!(
            "name: PowerDNS\nunique_key: powerdns\nauth_schemes:\n  - name: key\n    auth_mode: API_KEY\n    fields:\n      \
             - name: api_key\n        type: string\n        required: true\n        expected_from_customer: true\n    \
             proxy:\n      base_url: http://127.0.0.1:{port}/api/v1\n      headers:\n        X-API-Key: \"{{{{api_key}}}}\"\n"
        )
    }
}

fn fill(database: &Path) {
    let create =
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())";
    let made = Command::new("python3")
        .args(["-c", create])
        .arg(database)
        .arg(SCHEMA)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "the database cannot be made"
    );
}
