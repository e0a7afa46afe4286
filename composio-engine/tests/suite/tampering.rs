//! Whoever writes into the database file gets nothing opened, and a clear error is told.

use std::{fs, path::Path};

use composio_core::{Body, ErrorKind};
use composio_engine::{Engine, StaticKey};
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

use crate::{
    oauth::{self, Provider, begin, client, come_back, query},
    pages,
    support::{DOCUMENT, Vendor, builder, execute, get, post, send},
};

const KEY: [u8; 32] = [3; 32];
const SECRET: &str = "s3cret/+value";

async fn open(path: &Path) -> composio_core::Result<Engine> {
    let builder = builder().public_url("https://engine.example");
    let builder = builder.database(path).key_provider(StaticKey::new(KEY));
    builder.build().await
}

async fn change(path: &Path, statement: &'static str) {
    let mut database = SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let done = sqlx::query(statement).execute(&mut database).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    database.close().await.unwrap();
}

/// An engine whose users consent at the provider.
async fn with_desk(path: &Path, provider: &Provider) -> Engine {
    let engine = open(path).await.unwrap();
    let yaml = provider.yaml("");
    engine.add_app(yaml, oauth::DOCUMENT).await.unwrap();
    engine
}

/// An engine whose users `mira` and `noor` have keys for the vendor.
async fn filled(path: &Path, vendor: &Vendor) -> Engine {
    let engine = open(path).await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    for user in ["mira", "noor"] {
        let connect = engine.connect("demo").entity(user);
        connect
            .field("api_key", format!("key of {user}"))
            .await
            .unwrap();
    }
    engine
}

async fn call(engine: &Engine, user: &str) -> (StatusCode, Value) {
    let reply = execute(engine, "DEMO_GET_CURRENT_USER", user, json!({})).await;
    (reply.status, reply.json)
}

fn is_told(status: StatusCode, answer: &Value) {
    let text = answer.to_string();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    assert!(
        text.contains("the stored credentials cannot be read"),
        "{text}"
    );
    assert!(!text.contains(SECRET) && !text.contains("key of"), "{text}");
}

#[tokio::test]
async fn a_connection_with_anothers_or_an_older_or_a_cut_seal_does_not_open_and_goes_nowhere() {
    let vendor = Vendor::start().await;
    for statement in [
        "UPDATE connections SET sealed = (SELECT sealed FROM connections AS o WHERE o.id <> connections.id)",
        "UPDATE connections SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE connections SET sealed = zeroblob(length(sealed))",
        "UPDATE connections SET sealed = x''",
        "UPDATE connections SET generation = generation + 1",
        "UPDATE connections SET id = 'ca_other' WHERE user_id = 'mira'",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("composio.db");
        filled(&path, &vendor).await.close().await;
        change(&path, statement).await;
        let engine = open(&path).await.unwrap();
        let body = json!({"user_id": "mira", "arguments": {}, "version": "latest"}).to_string();
        let target = "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER";
        let reply = send(&engine, "POST", target, body).await;
        is_told(reply.status, &reply.json);
        engine.close().await;
    }
    assert_eq!(vendor.seen().len(), 0);
}

#[tokio::test]
async fn an_old_ciphertext_under_a_new_generation_does_not_open() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = filled(&path, &vendor).await;
    let mut database = SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let keep = "CREATE TABLE kept AS SELECT id, sealed FROM connections";
    sqlx::query(keep).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let list = get(&engine, "/api/v3.1/connected_accounts?user_ids=mira").await;
    let id = list.json["items"][0]["id"].as_str().unwrap();
    let account = format!("/api/v3.1/connected_accounts/{id}");
    let change_alias = json!({"alias": "new"}).to_string();
    let changed = send(&engine, "PATCH", &account, change_alias).await;
    assert_eq!(changed.status, StatusCode::OK, "{:?}", changed.json);
    assert_eq!(call(&engine, "mira").await.0, StatusCode::OK);
    engine.close().await;
    change(
        &path,
        "UPDATE connections SET sealed = (SELECT sealed FROM kept WHERE kept.id = connections.id) WHERE alias = 'new'",
    )
    .await;
    change(&path, "DELETE FROM kept").await;
    let engine = open(&path).await.unwrap();
    let (status, answer) = call(&engine, "mira").await;
    is_told(status, &answer);
    assert_eq!(call(&engine, "noor").await.0, StatusCode::OK);
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn a_consent_whose_seal_was_changed_ends_without_an_account_or_a_request() {
    for statement in [
        "UPDATE flows SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE flows SET sealed = (SELECT sealed FROM connections)",
        "UPDATE auth_configs SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE auth_configs SET generation = generation + 1",
    ] {
        let provider = Provider::start().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("composio.db");
        let engine = with_desk(&path, &provider).await;
        let config = json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_custom_auth",
            "authScheme": "OAUTH2", "credentials": client()}});
        let config = post(&engine, "/api/v3.1/auth_configs", &config).await.json;
        let config = config["auth_config"]["id"].as_str().unwrap().to_owned();
        let (begun, url) = begin(&engine, &config, json!({"user_id": "mira"})).await;
        engine.close().await;
        change(&path, statement).await;
        let engine = open(&path).await.unwrap();
        let landed = come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
        assert!(!landed.status.is_success(), "{statement}: {landed:?}");
        assert_eq!(provider.asked().len(), 0, "{statement}");
        let id = begun["id"].as_str().unwrap();
        let list = get(&engine, "/api/v3.1/connected_accounts?statuses=ACTIVE").await;
        assert_eq!(list.json["total_items"], 0, "{statement}: {id}");
        assert!(!landed.json.to_string().contains(SECRET));
        engine.close().await;
    }
}

#[tokio::test]
async fn what_waits_for_the_applications_word_is_told_when_its_seal_was_changed() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let session = pages::session(&engine, "mira", "key of mira").await;
    change(&path, "UPDATE confirmations SET sealed = substr(sealed, 2)").await;
    let target = "/api/v3.1/connected_accounts/complete_auth";
    let body = json!({"user_id": "mira", "session_uri": session});
    let told = post(&engine, target, &body).await;
    is_told(told.status, &told.json);
    let (status, answer) = call(&engine, "mira").await;
    assert_ne!(status, StatusCode::OK, "{answer}");
    assert_eq!(vendor.seen().len(), 0);
}

#[tokio::test]
async fn a_changed_canary_or_key_of_the_audit_log_keeps_the_engine_shut_and_changes_nothing() {
    let vendor = Vendor::start().await;
    for statement in [
        "UPDATE meta SET value = substr(value, 2) WHERE name = 'canary'",
        "UPDATE meta SET value = substr(value, 2) WHERE name = 'audit'",
        "UPDATE meta SET value = substr(value, 2) WHERE name = 'file_links'",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("composio.db");
        filled(&path, &vendor).await.close().await;
        let kept = fs::read(&path).unwrap();
        change(&path, statement).await;
        let changed = fs::read(&path).unwrap();
        let error = open(&path).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Config | ErrorKind::Internal),
            "{statement}: {error}"
        );
        assert_eq!(fs::read(&path).unwrap(), changed, "{statement}");
        fs::write(&path, kept).unwrap();
        let engine = open(&path).await.unwrap();
        assert_eq!(call(&engine, "mira").await.0, StatusCode::OK, "{statement}");
        engine.close().await;
    }
}

#[tokio::test]
async fn a_changed_oauth_client_of_the_operators_is_told_and_can_be_given_anew() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = with_desk(&path, &provider).await;
    let target = "/api/v3.1/engine/apps/desk/oauth_client";
    let given = json!({"credentials": client()}).to_string();
    let kept = send(&engine, "PUT", target, given.clone()).await;
    assert_eq!(kept.status, StatusCode::OK, "{:?}", kept.json);
    engine.close().await;
    change(&path, "UPDATE oauth_clients SET sealed = substr(sealed, 2)").await;
    let engine = open(&path).await.unwrap();
    let config =
        json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_composio_managed_auth"}});
    let config = post(&engine, "/api/v3.1/auth_configs", &config).await;
    let config = config.json["auth_config"]["id"].clone();
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "mira"}});
    let begun = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    is_told(begun.status, &begun.json);
    assert_eq!(
        send(&engine, "PUT", target, given).await.status,
        StatusCode::OK
    );
    let begun = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{:?}", begun.json);
    let _ = send(&engine, "DELETE", target, Body::empty()).await;
}
