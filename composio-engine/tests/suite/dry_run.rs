//! The request that would be sent, shown and not sent.

use composio_core::{
    Arguments, CustomTool, ErrorKind, Plain, ToolSet,
    client::Client,
    models::{AuthScheme, CustomAuth, DryRun},
};
use composio_engine::{Caller, Engine, NewKey, ServeOptions};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    served::Server,
    support::{Vendor, engine, get, send_as},
};

async fn connected(vendor: &Vendor) -> Engine {
    let engine = engine(vendor).await;
    let key = engine.connect("demo").entity("alice");
    key.field("api_key", "sk-hunter2").await.unwrap();
    let bearer = engine.connect("demo").entity("bearer");
    let bearer = bearer.scheme(AuthScheme::BearerToken);
    bearer.field("token", "tok").await.unwrap();
    let basic = engine.connect("demo").entity("basic");
    let basic = basic.scheme(AuthScheme::Basic).field("username", "ann");
    let basic = basic.field("password", "hunter2").field("workspace", "w1");
    basic.await.unwrap();
    engine
}

async fn note(engine: &Engine, user: &str) -> DryRun {
    let toolset: ToolSet<Plain> = ToolSet::new(engine.clone()).entity(user);
    let note = toolset.execute_action("DEMO_CREATE_A_NOTE", json!({"title": "hi"}));
    note.dry_run().await.unwrap()
}

#[tokio::test]
async fn the_request_is_shown_as_it_would_be_sent_without_its_secrets() {
    let vendor = Vendor::start().await;
    let engine = connected(&vendor).await;
    for (user, header, value) in [
        ("alice", "x-api-key", "REDACTED"),
        ("bearer", "authorization", "Bearer REDACTED"),
        ("basic", "authorization", "Basic REDACTED"),
    ] {
        let shown = note(&engine, user).await;
        assert_eq!(shown.headers[header], value, "{shown:?}");
        let text = format!("{shown:?}");
        // `tok` is too short to be found in an answer, and is not in the request all the same.
        assert!(
            !text.contains("hunter2") && !text.contains("tok\""),
            "{text}"
        );
        assert!(!text.contains("YW5u"), "{text}");
    }
    assert!(vendor.seen().is_empty());
    let shown = note(&engine, "alice").await;
    let toolset: ToolSet<Plain> = ToolSet::new(engine).entity("alice");
    let sent = toolset.execute_action("DEMO_CREATE_A_NOTE", json!({"title": "hi"}));
    assert!(sent.await.unwrap().successful);
    let seen = vendor.last();
    assert_eq!(shown.method, seen.method);
    assert!(shown.url.ends_with(&seen.target), "{}", shown.url);
    assert_eq!(shown.body.unwrap().as_bytes(), seen.body);
    for (name, value) in shown
        .headers
        .iter()
        .filter(|(_, value)| *value != "REDACTED")
    {
        assert_eq!(seen.headers[name.as_str()], value.as_str(), "{name}");
    }
}

#[tokio::test]
async fn credentials_of_the_call_are_masked_wherever_they_go() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let auth = CustomAuth::new()
        .header("X-Api-Key", "abc")
        .query("signature", "hunter2")
        .body("client_secret", json!({"inner": ["hunter2"]}));
    let client = Client::new(engine);
    let call = client.tools().execute("DEMO_CREATE_A_NOTE");
    let call = call.arguments(json!({"title": "hi"})).custom_auth(auth);
    let shown = call.dry_run().await.unwrap();
    assert!(
        shown.url.ends_with("/notes?signature=REDACTED"),
        "{shown:?}"
    );
    assert_eq!(shown.headers["x-api-key"], "REDACTED");
    let body: Value = serde_json::from_str(&shown.body.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"title": "hi", "client_secret": {"inner": ["REDACTED"]}})
    );
}

#[tokio::test]
async fn a_dry_run_is_checked_as_an_execution_is_and_leaves_no_entry() {
    let vendor = Vendor::start().await;
    let engine = connected(&vendor).await;
    let toolset: ToolSet<Plain> = ToolSet::new(engine.clone()).entity("alice");
    let fixed = toolset
        .clone()
        .pre("*", |arguments: Arguments| arguments.set("text", "added"));
    let shown = fixed.execute_action("DEMO_CREATE_A_NOTE", json!({"title": "hi"}));
    let body: Value = serde_json::from_str(&shown.dry_run().await.unwrap().body.unwrap()).unwrap();
    assert_eq!(body, json!({"title": "hi", "text": "added"}));
    let wrong = toolset.execute_action("DEMO_CREATE_A_NOTE", json!({"text": "no title"}));
    assert_eq!(
        wrong.dry_run().await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let nobody = toolset
        .execute_action("DEMO_GET_CURRENT_USER", json!({}))
        .entity_id("nobody");
    assert_eq!(
        nobody.dry_run().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let own = CustomTool::new("own", "Its own.", |_: Value| async { Ok(json!({})) });
    let own = toolset.custom_tool(own).execute_action("own", json!({}));
    assert_eq!(
        own.dry_run().await.unwrap_err().kind(),
        ErrorKind::NotSupported
    );
    let path = "/api/v3.1/engine/tools/execute/DEMO_GET_CURRENT_USER/dry_run";
    let bob = Some(Caller::project("default").user("bob"));
    let body = json!({"user_id": "alice", "arguments": {}}).to_string();
    let refused = send_as(&engine, bob, "POST", path, body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let logs = get(&engine, "/api/v3/logs/tool_execution").await.json;
    assert_eq!(logs["logs"], json!([]), "{logs}");
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_served_engine_shows_it_to_whoever_may_execute() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let connect = server.engine.connect("demo").entity("alice");
    connect.field("api_key", "sk-hunter2").await.unwrap();
    let key = server.key(NewKey::new().user("alice")).await;
    let toolset: ToolSet<Plain> = ToolSet::new(server.transport(&key)).entity("alice");
    let shown = toolset.execute_action("DEMO_GET_CURRENT_USER", json!({}));
    let shown = shown.dry_run().await.unwrap();
    assert_eq!(
        (&*shown.method, &*shown.headers["x-api-key"]),
        ("GET", "REDACTED")
    );
    assert!(
        shown.url.ends_with("/me") && shown.body.is_none(),
        "{shown:?}"
    );
    assert!(vendor.seen().is_empty());
}
