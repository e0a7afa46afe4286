use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use composio_tests::parts::{Missing, SCHEMATHESIS};
use composio_tests::suite::CaseError;
use serde_json::Value;

use crate::server::Server;

/// What came of the run, which starts when the first case asks for it.
pub(crate) struct Driven {
    outcome: OnceLock<Result<Outcome, Missing>>,
}

#[derive(Debug, Default)]
struct Outcome {
    passed: bool,
    said: String,
    operations: BTreeSet<String>,
    /// How often each operation answered with which status.
    answers: BTreeMap<String, BTreeMap<u64, usize>>,
}

/// What must have come up at least once, so that good requests are fuzzed and not refusals alone.
const WORK: [(&str, u64); 8] = [
    ("POST /tools/execute/{slug}", 200),
    ("POST /tools/execute/proxy", 200),
    ("POST /auth_configs", 201),
    ("PATCH /auth_configs/{id}", 200),
    ("GET /connected_accounts/{id}", 200),
    ("PATCH /connected_accounts/{id}", 200),
    ("POST /engine/keys", 201),
    ("DELETE /engine/apps/{slug}", 200),
];

impl Driven {
    pub(crate) fn new() -> Self {
        Self {
            outcome: OnceLock::new(),
        }
    }

    pub(crate) fn nothing_was_found(&self) -> Result<(), CaseError> {
        let outcome = self.outcome()?;
        if outcome.passed {
            return Ok(());
        }
        Err(CaseError::failed(&outcome.said))
    }

    pub(crate) fn every_operation_answered(&self) -> Result<(), CaseError> {
        let outcome = self.outcome()?;
        let has = |operation: &str, status| {
            let statuses = outcome.answers.get(operation);
            statuses.is_some_and(|statuses| statuses.contains_key(&status))
        };
        let idle: Vec<_> = WORK
            .iter()
            .filter(|(operation, status)| !has(operation, *status))
            .collect();
        let unreached: Vec<_> = outcome
            .operations
            .iter()
            .filter(|operation| !outcome.answers.contains_key(*operation))
            .collect();
        if unreached.is_empty() && idle.is_empty() && !outcome.operations.is_empty() {
            return Ok(());
        }
        let why = format!(
            "not reached: {unreached:?}; never did their work: {idle:?}; {:#?}",
            outcome.answers
        );
        Err(CaseError::failed(&why))
    }

    fn outcome(&self) -> Result<&Outcome, CaseError> {
        self.outcome
            .get_or_init(run)
            .as_ref()
            .map_err(|missing| CaseError::from(missing.clone()))
    }
}

fn run() -> Result<Outcome, Missing> {
    let path = SCHEMATHESIS.install()?;
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path());
    fs::write(folder.path().join("schemathesis.toml"), config(&server))?;
    let mut outcome = Outcome {
        passed: true,
        ..Outcome::default()
    };
    // What removes things comes last, so that there is something to work on.
    for choice in ["--exclude-method", "--include-method"] {
        let report = folder.path().join("report.ndjson");
        let mut command = schemathesis(&server, &path, folder.path());
        command.args([choice, "DELETE", "--report-ndjson-path"]);
        let output = command.arg(&report).output()?;
        outcome.passed &= output.status.success();
        for said in [output.stdout, output.stderr] {
            outcome.said.push_str(&String::from_utf8_lossy(&said));
        }
        outcome.read(&fs::read_to_string(&report)?);
    }
    Ok(outcome)
}

fn schemathesis(server: &Server, path: &str, folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-S", "-m", "schemathesis.cli", "run"])
        .arg(format!("{}/api/v3/openapi.json", server.base))
        .args(["--no-color", "--report", "ndjson", "--header"])
        .arg(format!("x-api-key: {}", server.key))
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("PYTHONPATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Nothing leaves this machine.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .stdin(Stdio::null());
    command
}

impl Outcome {
    /// Reads a report: an event a line.
    fn read(&mut self, report: &str) {
        for line in report.lines() {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            let recorder = &event["ScenarioFinished"]["recorder"];
            let Some(operation) = recorder["label"].as_str() else {
                continue;
            };
            self.operations.insert(operation.to_owned());
            let interactions = recorder["interactions"].as_object();
            for interaction in interactions.into_iter().flat_map(|all| all.values()) {
                if let Some(status) = interaction["response"]["status_code"].as_u64() {
                    let statuses = self.answers.entry(operation.to_owned()).or_default();
                    *statuses.entry(status).or_insert(0) += 1;
                }
            }
        }
    }
}

/// Bounded and with a fixed seed. The words that the engine knows come up often, so that work is done too.
fn config(server: &Server) -> String {
    let [desk, mail] = &server.ids;
    include_str!("schemathesis.toml")
        .replace("DESK_CONFIG", &desk.0)
        .replace("DESK_ACCOUNT", &desk.1)
        .replace("MAIL_CONFIG", &mail.0)
        .replace("MAIL_ACCOUNT", &mail.1)
}
