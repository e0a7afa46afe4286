use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use composio_tests::parts::{Missing, PythonEnvironment};
use composio_tests::suite::CaseError;
use serde_json::Value;

use crate::server::Server;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/drive.py");

/// One SDK and what came of its cases. It runs once, when the first case is asked for.
pub(crate) struct Driven {
    environment: PythonEnvironment,
    version: &'static str,
    outcome: OnceLock<Result<BTreeMap<String, Option<String>>, Missing>>,
}

impl Driven {
    pub(crate) fn new(environment: PythonEnvironment, version: &'static str) -> Self {
        Self {
            environment,
            version,
            outcome: OnceLock::new(),
        }
    }

    pub(crate) fn case(&self, name: &str) -> Result<(), CaseError> {
        match self.outcomes()?.get(name) {
            Some(None) => Ok(()),
            Some(Some(error)) => Err(CaseError::failed(error)),
            None => Err(CaseError::failed("the script ended before this case")),
        }
    }

    pub(crate) fn all_ran(&self, wanted: usize) -> Result<(), CaseError> {
        let ran = self.outcomes()?.len();
        if ran == wanted {
            return Ok(());
        }
        Err(CaseError::failed(&format!("{ran} of {wanted} cases ran")))
    }

    fn outcomes(&self) -> Result<&BTreeMap<String, Option<String>>, CaseError> {
        self.outcome
            .get_or_init(|| self.drive())
            .as_ref()
            .map_err(|missing| CaseError::from(missing.clone()))
    }

    fn drive(&self) -> Result<BTreeMap<String, Option<String>>, Missing> {
        let path = self.environment.install()?;
        let folder = tempfile::tempdir()?;
        let server = Server::start()?;
        let (client_id, client_secret) = Server::client();
        let output = Command::new("python3")
            .args(["-S", SCRIPT, self.version])
            .arg(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("PYTHONPATH", path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("COMPOSIO_BASE_URL", server.base())
            .env("COMPOSIO_API_KEY", &server.key)
            .env("COMPOSIO_CACHE_DIR", folder.path().join("cache"))
            .env("PORTAL_CLIENT_ID", client_id)
            .env("PORTAL_CLIENT_SECRET", client_secret)
            // The SDK reports its use to its maker; nothing leaves this machine.
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let outcomes: BTreeMap<_, _> = said.lines().filter_map(outcome).collect();
        if outcomes.is_empty() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
        table(self.version, &outcomes);
        Ok(outcomes)
    }
}

fn outcome(line: &str) -> Option<(String, Option<String>)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let error = line["error"].as_str().map(str::to_owned);
    Some((line["case"].as_str()?.to_owned(), error))
}

fn table(version: &str, outcomes: &BTreeMap<String, Option<String>>) {
    eprintln!("composio {version} on the engine");
    for (case, error) in outcomes {
        let verdict = if error.is_none() { "ok" } else { "FAILED" };
        eprintln!("  {case:<38} {verdict}");
    }
}
