//! A secret is nowhere but in the request to its own vendor.

use std::{
    fs,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use composio_core::models::AuthScheme;
use composio_engine::{Engine, StaticKey};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{DOCUMENT, Vendor, builder, execute, get, post, send};

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const SECRETS: [&str; 7] = [
    "sk-live-alpha-0001",
    "bearer-bravo-0002",
    "pass-word-charlie-0003",
    "given-delta-0004",
    "refused-echo-0005",
    "argument-foxtrot-0006",
    "custom-golf-0007",
];

/// Connects users by every scheme, and tries what is refused; gives what can be seen of it.
async fn connect_users(engine: &Engine) -> Vec<String> {
    let mut shown = vec![format!("{engine:?}")];
    for request in [
        engine
            .connect("demo")
            .entity("alice")
            .field("api_key", SECRETS[0]),
        engine
            .connect("demo")
            .entity("bob")
            .field("username", "bob")
            .field("password", SECRETS[2])
            .field("workspace", "acme"),
        engine
            .connect("demo")
            .entity("carol")
            .scheme(AuthScheme::BearerToken)
            .field("token", SECRETS[1]),
    ] {
        shown.push(format!("{request:?}"));
        shown.push(format!("{:?}", request.await.unwrap()));
    }
    for refused in [
        engine.connect("demo").field("nothing", SECRETS[4]),
        engine
            .connect("demo")
            .field("api_key", SECRETS[4])
            .field("token", SECRETS[4]),
        engine.connect("nothing").field("api_key", SECRETS[4]),
    ] {
        let error = refused.await.unwrap_err();
        shown.push(format!("{error} {error:?}"));
    }
    shown
}

/// Runs tools well and badly; gives the answers that must not hold a secret.
async fn run_tools(engine: &Engine, vendor: &Vendor) -> Vec<String> {
    let mut shown = Vec::new();
    for user in ["alice", "bob", "carol"] {
        let arguments = json!({"title": SECRETS[5]});
        let reply = execute(engine, "DEMO_CREATE_A_NOTE", user, arguments).await;
        assert_eq!(reply.json["successful"], true, "{reply:?}");
        execute(engine, "DEMO_BREAK", user, json!({})).await;
        let arguments = json!({"title": {"not": SECRETS[5]}});
        let reply = execute(engine, "DEMO_CREATE_A_NOTE", user, arguments).await;
        shown.push(reply.json.to_string());
    }
    let given = json!({"arguments": {}, "custom_connection_data": {
        "authScheme": "API_KEY", "toolkitSlug": "demo", "val": {"api_key": SECRETS[3]}}});
    let custom = json!({"arguments": {}, "custom_auth_params": {
        "base_url": vendor.base,
        "parameters": [{"name": "X-Key", "value": SECRETS[6], "in": "header"}]}});
    for body in [given, custom] {
        post(engine, "/api/v3/tools/execute/DEMO_GET_CURRENT_USER", &body).await;
    }
    let broken = format!(
        "{{\"custom_auth_params\": {{\"parameters\": \"{}\"}}}}",
        SECRETS[4]
    );
    let reply = send(engine, "POST", "/api/v3/tools/execute/DEMO_BREAK", broken).await;
    assert_eq!(reply.status, http::StatusCode::BAD_REQUEST);
    shown.push(reply.json.to_string());
    for list in ["connected_accounts", "auth_configs", "toolkits/demo"] {
        shown.push(
            get(engine, &format!("/api/v3/{list}"))
                .await
                .json
                .to_string(),
        );
    }
    shown
}

#[tokio::test]
async fn no_secret_is_in_logs_errors_debug_outputs_or_files() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = builder().database(&path).build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let mut shown = connect_users(&engine).await;
    shown.extend(run_tools(&engine, &vendor).await);
    engine.close().await;
    drop(engine);
    let wrong = builder()
        .database(&path)
        .key_provider(StaticKey::new([1; 32]));
    let error = wrong.build().await.unwrap_err();
    shown.push(format!("{error} {error:?}"));
    shown.push(String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned());
    for entry in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        shown.push(String::from_utf8_lossy(&bytes).into_owned());
    }

    // The secrets were used at all.
    let sent = format!("{:?}", vendor.seen());
    for secret in [SECRETS[0], SECRETS[1], SECRETS[3], SECRETS[6]] {
        assert!(sent.contains(secret), "{secret} was not sent");
    }
    for secret in SECRETS {
        for text in &shown {
            assert!(!text.contains(secret), "{secret} is in: {text:.2000}");
        }
    }
    let key = fs::read_to_string(folder.path().join("composio.db.key")).unwrap();
    let database = fs::read(&path).unwrap();
    assert!(!String::from_utf8_lossy(&database).contains(key.trim()));
}
