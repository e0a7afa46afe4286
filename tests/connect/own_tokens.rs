//! Tokens by an account's own credentials, at an endpoint that checks them with the libraries of others.

use std::{
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use composio_tests::{
    announced::Announced,
    parts::{Missing, PythonEnvironment},
    suite::CaseError,
    tree,
    visitor::Visitor,
};
use serde_json::{Value, json};

use crate::world::World;

/// What checks our signatures and shares nothing with us: PyPI's `oauthlib`, `authlib` and `google-auth`.
pub(crate) const SIGNATURES: PythonEnvironment = PythonEnvironment {
    name: "signatures-1",
    lock: include_str!("signatures.txt"),
    sources: &[],
};

const PATIENCE: Duration = Duration::from_secs(60);
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Till", "version": "1"}, "paths": {"/me": {"get": {
    "operationId": "me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;

/// One way to get tokens: its name at the endpoint, the scheme, the rest of the `integration.yaml`, the fields.
struct Way {
    kind: &'static str,
    mode: &'static str,
    scheme: &'static str,
    fields: Value,
}

struct Endpoint {
    base: String,
    said: Value,
    _process: Announced,
}

impl Endpoint {
    fn start() -> Result<Self, Missing> {
        let modules = SIGNATURES.install()?;
        let process = Announced::start(
            Command::new("python3")
                .arg(tree::root().join("tests/connect/token_provider.py"))
                .env("PYTHONPATH", modules),
        )?;
        let said: Value = serde_json::from_str(&process.line).unwrap();
        Ok(Self {
            base: said["base"].as_str().unwrap().to_owned(),
            said,
            _process: process,
        })
    }

    fn ways(&self) -> Vec<Way> {
        let password = json!({"username": "ann", "password": "pass word/+&"});
        vec![
            Way {
                kind: "login",
                mode: "BASIC_WITH_JWT",
                scheme: "token_url: BASE/login",
                fields: password.clone(),
            },
            Way {
                kind: "basic",
                mode: "BASIC_WITH_JWT",
                scheme: "token_url: BASE/basic\n    oauth: {client_authentication: basic, token_path: data}",
                fields: password,
            },
            Way {
                kind: "google",
                mode: "GOOGLE_SERVICE_ACCOUNT",
                scheme: "token_url: BASE/google\n    default_scopes: [read, write]",
                fields: json!({"credentials_json": self.said["google"]}),
            },
            Way {
                kind: "shared",
                mode: "SERVICE_ACCOUNT",
                scheme: "token_url: BASE/shared\n    assertion: {algorithm: HS256}",
                fields: json!({"application_id": "app-1", "private_key": self.said["shared"]}),
            },
            Way {
                kind: "bearer",
                mode: "SERVICE_ACCOUNT",
                scheme: "token_url: \"BASE/installations/{{installation_id}}/tokens\"\n    \
                         assertion: {algorithm: ES256, sent_as: bearer, lifetime: 540}",
                fields: json!({"application_id": "app-1", "installation_id": "in-9", "private_key": self.said["ec"]}),
            },
        ]
    }

    /// How many tokens it has granted by `kind`.
    fn granted(&self, kind: &str) -> u64 {
        let answer = Visitor::new().get(&format!("{}/stats", self.base));
        let stats: Value = serde_json::from_str(&answer.body).unwrap();
        stats[kind].as_u64().unwrap_or(0)
    }

    /// Makes it `close` to credentials of a kind, or `open`.
    fn turn(&self, how: &str, kind: &str) {
        Visitor::new().get(&format!("{}/{how}/{kind}", self.base));
    }
}

/// Connects `ann`; gives the account.
fn connected(endpoint: &Endpoint, way: &Way) -> (World, String) {
    let world = World::open(None);
    let yaml = format!(
        "name: Till\nunique_key: till\nproxy: {{base_url: BASE/api}}\nauth_schemes:\n  - auth_mode: {}\n    {}\n",
        way.mode, way.scheme
    );
    world.add_app(&yaml.replace("BASE", &endpoint.base), DOCUMENT);
    let config = world.auth_config("till", way.mode, &json!({}));
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann", "data": way.fields}});
    let (status, made) = world.send("POST", "/connected_accounts", &body);
    assert_eq!(status, 201, "{}: {made}", way.kind);
    let id = made["id"].as_str().unwrap().to_owned();
    (world, id)
}

pub(crate) fn renewed() -> Result<(), CaseError> {
    let endpoint = Endpoint::start()?;
    for way in endpoint.ways() {
        let (world, id) = connected(&endpoint, &way);
        let begun = Instant::now();
        while endpoint.granted(way.kind) < 3 {
            let result = world.execute("TILL_GET_ME", "ann", &json!({}));
            assert_eq!(result["data"]["kind"], way.kind, "{result}");
            assert!(begun.elapsed() < PATIENCE, "{} is not renewed", way.kind);
            sleep(Duration::from_millis(50));
        }
        assert_eq!(world.account(&id)["status"], "ACTIVE", "{}", way.kind);
    }
    Ok(())
}

pub(crate) fn refused() -> Result<(), CaseError> {
    let endpoint = Endpoint::start()?;
    for way in endpoint.ways() {
        let (world, id) = connected(&endpoint, &way);
        endpoint.turn("close", way.kind);
        let path = format!("/connected_accounts/{id}");
        world.send("POST", &format!("{path}/refresh"), &json!({}));
        let account = world.account(&id);
        assert_eq!(account["status"], "EXPIRED", "{}: {account}", way.kind);
        let reason = account["status_reason"].as_str().unwrap();
        assert!(reason.contains("is closed"), "{reason}");
        assert!(
            !reason.contains("pass word") && !reason.contains("eyJ"),
            "{reason}"
        );
        let state = json!({"authScheme": way.mode, "val": way.fields});
        let change = json!({"connection": {"state": state}});
        let (status, answer) = world.send("PATCH", &path, &change);
        assert!(status >= 400, "it is still closed: {answer}");
        assert_eq!(world.account(&id)["status"], "EXPIRED");

        endpoint.turn("open", way.kind);
        let (status, answer) = world.send("PATCH", &path, &change);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(world.account(&id)["status"], "ACTIVE");
        let result = world.execute("TILL_GET_ME", "ann", &json!({}));
        assert_eq!(result["data"]["kind"], way.kind, "{result}");
    }
    Ok(())
}
