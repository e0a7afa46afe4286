use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Peer, free_port, program};
use crate::parts::Missing;

/// Of [`Alertmanager::PASSWORD`], by bcrypt.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuueyGfMlPbw76jnbWUz.1RLRgR/FehOr6";

/// Prometheus's Alertmanager: silences, for a user name and a password (RFC 7617).
///
/// Its own description comes in no package, so what is used of it is described here.
#[derive(Debug)]
pub struct Alertmanager;

impl Alertmanager {
    /// What each of its users has.
    pub const PASSWORD: &'static str = "only for a test";
    /// `ann` and that password, as the header that a client sends.
    pub const ANN: &'static str = "authorization: Basic YW5uOm9ubHkgZm9yIGEgdGVzdA==";

    /// Starts one that keeps its silences under `home` and knows `ann`.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(home: &Path) -> Result<Peer, Missing> {
        let server = program("prometheus-alertmanager", "prometheus-alertmanager")?;
        let config = home.join("alerts.yml");
        fs::write(
            &config,
            "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n",
        )?;
        Self::admit(home, "ann");
        let port = free_port();
        let mut command = Command::new(server);
        command
            .arg("--cluster.listen-address=")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--web.config.file={}", web(home).display()))
            .arg(format!("--storage.path={}", home.join("alerts").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        Ok(Peer::start(&mut command, port))
    }

    /// Makes `user` the only one that a running server knows: it reads the file anew for each request.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn admit(home: &Path, user: &str) {
        let text = format!("basic_auth_users:\n  {user}: {HASH}\n");
        // In one step, so that the server never reads half of it.
        let half = home.join("web.half");
        fs::write(&half, text).unwrap();
        fs::rename(half, web(home)).unwrap();
    }

    /// The `integration.yaml` of an app `alerts` on that port.
    #[must_use]
    pub fn integration(port: u16) -> String {
        let field = |name: &str| {
            format!(
                "      - name: {name}\n        type: string\n        required: true\n        expected_from_customer: true\n"
            )
        };
        format!(
            "name: Alerts\nunique_key: alerts\nauth_schemes:\n  - name: basic\n    auth_mode: BASIC\n    fields:\n{}{}    \
             proxy:\n      base_url: http://127.0.0.1:{port}/api/v2\n",
            field("username"),
            field("password")
        )
    }

    /// The OpenAPI document of that app.
    #[must_use]
    pub fn document() -> Value {
        let done = json!({"200": {"description": "done"}});
        let id = json!([{"name": "silenceID", "in": "path", "required": true, "schema": {"type": "string"}}]);
        let matchers = json!({"type": "array", "items": {"type": "object"}});
        let silence = json!({"type": "object", "required": ["matchers", "startsAt", "endsAt", "createdBy", "comment"],
            "properties": {"id": {"type": "string"}, "matchers": matchers, "startsAt": {"type": "string"},
            "endsAt": {"type": "string"}, "createdBy": {"type": "string"}, "comment": {"type": "string"}}});
        json!({"openapi": "3.0.3", "info": {"title": "Alerts", "version": "2"}, "paths": {
            "/silences": {
                "get": {"summary": "List silences", "responses": done},
                "post": {"summary": "Create or update a silence", "responses": done,
                    "requestBody": {"required": true, "content": {"application/json": {"schema": silence}}}}},
            "/silence/{silenceID}": {
                "get": {"summary": "Get a silence", "parameters": id, "responses": done},
                "delete": {"summary": "Expire a silence", "parameters": id, "responses": done}}}})
    }
}

fn web(home: &Path) -> PathBuf {
    home.join("web.yml")
}
