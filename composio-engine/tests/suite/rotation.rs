//! A new master key while the engine serves.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{Router, routing::any};
use composio_core::ErrorKind;
use composio_engine::{Engine, FileKey, KeyProvider, StaticKey};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    oauth::{self, Provider, begin, client, come_back, query},
    support::{DOCUMENT, Reply, Vendor, builder, execute, get, post},
};

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];
const USERS: usize = 300;

async fn open(path: &Path, key: impl KeyProvider) -> composio_core::Result<Engine> {
    builder().database(path).key_provider(key).build().await
}

/// Fills a database with accounts of many users.
async fn fill(engine: &Engine, vendor: &Vendor) {
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    for user in 0..USERS {
        let connect = engine.connect("demo").entity(format!("u{user}"));
        connect
            .field("api_key", format!("key {user}"))
            .await
            .unwrap();
    }
}

/// A folder with a database whose accounts are sealed under the old key, its path, and their vendor.
async fn sealed() -> (TempDir, PathBuf, Vendor) {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path, StaticKey::new(OLD)).await.unwrap();
    fill(&engine, &vendor).await;
    engine.close().await;
    (folder, path, vendor)
}

async fn me(engine: &Engine, user: usize) -> Reply {
    execute(
        engine,
        "DEMO_GET_CURRENT_USER",
        &format!("u{user}"),
        json!({}),
    )
    .await
}

async fn check_all(engine: &Engine, vendor: &Vendor) {
    for user in 0..USERS {
        let reply = me(engine, user).await;
        assert_eq!(reply.json["successful"], true, "{user}: {:?}", reply.json);
        let key = format!("key {user}");
        assert_eq!(vendor.last().headers["x-api-key"], key.as_str());
    }
}

#[tokio::test]
async fn everything_opens_under_the_new_key_alone_when_it_is_sealed_anew() {
    let (_folder, path, vendor) = sealed().await;
    // Half-way: the new key alone is refused, both are welcome.
    let error = open(&path, StaticKey::new(NEW)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    let both = || StaticKey::new(NEW).with_previous(OLD);
    let engine = open(&path, both()).await.unwrap();
    let calls = join_all((0..USERS).map(|user| me(&engine, user)));
    let (resealed, replies) = tokio::join!(engine.reseal(), calls);
    assert!(resealed.unwrap() >= USERS as u64);
    assert!(replies.iter().all(|reply| reply.json["successful"] == true));
    assert_eq!(engine.reseal().await.unwrap(), 0);
    engine.close().await;
    let engine = open(&path, StaticKey::new(NEW)).await.unwrap();
    check_all(&engine, &vendor).await;
    engine.close().await;
    let error = open(&path, StaticKey::new(OLD)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn processes_take_up_a_new_key_of_their_file_by_themselves() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let file = folder.path().join("key");
    let here = open(&path, FileKey::open_or_create(&file).unwrap())
        .await
        .unwrap();
    fill(&here, &vendor).await;
    let there = open(&path, FileKey::open(&file).unwrap()).await.unwrap();
    let before = FileKey::open(&file).unwrap().active_key_id();
    let rotated = FileKey::rotate(&file).unwrap();
    assert_ne!(rotated.active_key_id(), before);
    assert!(here.reseal().await.unwrap() >= USERS as u64);
    check_all(&there, &vendor).await;
    // What the other writes now is under the new key too.
    let connect = there.connect("demo").entity("late").field("api_key", "k");
    connect.await.unwrap();
    assert_eq!(here.reseal().await.unwrap(), 0);
    // The former key is not needed any longer.
    let text = std::fs::read_to_string(&file).unwrap();
    let (newest, former) = text.split_once('\n').unwrap();
    assert!(!former.trim().is_empty());
    std::fs::write(&file, newest).unwrap();
    here.close().await;
    there.close().await;
    let engine = open(&path, FileKey::open(&file).unwrap()).await.unwrap();
    check_all(&engine, &vendor).await;
}

#[tokio::test]
async fn a_key_file_that_breaks_while_the_engine_runs_breaks_nothing() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let file = folder.path().join("key");
    let engine = open(&path, FileKey::open_or_create(&file).unwrap())
        .await
        .unwrap();
    fill(&engine, &vendor).await;
    for text in ["", "not a key", "§"] {
        std::fs::write(&file, text).unwrap();
        let call = me(&engine, 7);
        let reply = tokio::time::timeout(Duration::from_secs(60), call)
            .await
            .unwrap();
        assert_eq!(reply.json["successful"], true, "{:?}", reply.json);
        assert_eq!(engine.reseal().await.unwrap(), 0);
        assert!(FileKey::rotate(&file).is_err());
    }
}

/// A provider of OAuth 1 that gives its tokens to everybody.
async fn board() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let request = "oauth_token=request-1&oauth_token_secret=rs&oauth_callback_confirmed=true";
    let access = "oauth_token=access-1&oauth_token_secret=as";
    let router = Router::new()
        .route("/request_token", any(async move || request))
        .route("/access_token", any(async move || access))
        .fallback(any(async || "{}"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

const BOARD: &str = "name: Board\nunique_key: board\nproxy: {base_url: BASE/api}\nauth_schemes:\n  - name: board_oauth1\n    \
     auth_mode: OAUTH1\n    request_url: BASE/request_token\n    authorization_url: BASE/authorize\n    \
     token_url: BASE/access_token\n    signature_method: HMAC-SHA1\n    fields:\n      \
     - {name: consumer_key, type: string, required: true}\n      - {name: consumer_secret, type: string, required: true}\n";
const CARDS: &str = r#"{"openapi": "3.1.0", "info": {"title": "Board", "version": "1"}, "paths": {"/cards": {"get": {
    "operationId": "list", "summary": "List cards", "responses": {"200": {"description": "ok"}}}}}}"#;

/// An auth config of the developer's own.
async fn config(engine: &Engine, app: &str, scheme: &str, credentials: Value) -> String {
    let config = json!({"toolkit": {"slug": app}, "auth_config": {"type": "use_custom_auth", "authScheme": scheme,
        "credentials": credentials}});
    let made = post(engine, "/api/v3.1/auth_configs", &config).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json);
    made.json["auth_config"]["id"].as_str().unwrap().to_owned()
}

async fn public(path: &Path, key: impl KeyProvider) -> Engine {
    let builder = builder().public_url("https://engine.example");
    let builder = builder.database(path).key_provider(key);
    builder.build().await.unwrap()
}

#[tokio::test]
async fn consents_that_wait_for_their_users_end_well_under_the_new_key_alone() {
    let provider = Provider::start().await;
    let board = board().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = public(&path, StaticKey::new(OLD)).await;
    engine
        .add_app(provider.yaml(""), oauth::DOCUMENT)
        .await
        .unwrap();
    engine
        .add_app(BOARD.replace("BASE", &board), CARDS)
        .await
        .unwrap();
    let desk = config(&engine, "desk", "OAUTH2", client()).await;
    let keys = json!({"consumer_key": "the client", "consumer_secret": "secret"});
    let cards = config(&engine, "board", "OAUTH1", keys).await;
    let (second, url) = begin(&engine, &desk, json!({"user_id": "mira"})).await;
    let (first, _) = begin(&engine, &cards, json!({"user_id": "mira"})).await;
    engine.close().await;
    let engine = public(&path, StaticKey::new(NEW).with_previous(OLD)).await;
    assert!(engine.reseal().await.unwrap() >= 6);
    engine.close().await;
    let engine = public(&path, StaticKey::new(NEW)).await;
    provider.give(&json!({"access_token": "at", "token_type": "Bearer", "expires_in": 3600}));
    let landed = come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(landed.status, StatusCode::OK, "{landed:?}");
    let landed = come_back(&engine, "oauth_token=request-1&oauth_verifier=v").await;
    assert_eq!(landed.status, StatusCode::OK, "{landed:?}");
    for begun in [first, second] {
        let path = format!(
            "/api/v3.1/connected_accounts/{}",
            begun["id"].as_str().unwrap()
        );
        let account = get(&engine, &path).await.json;
        assert_eq!(account["status"], "ACTIVE", "{account}");
    }
}

#[tokio::test]
async fn a_rotation_that_was_cut_short_loses_nothing_and_can_be_ended() {
    let (_folder, path, vendor) = sealed().await;
    let both = || StaticKey::new(NEW).with_previous(OLD);
    let engine = open(&path, both()).await.unwrap();
    let (told, mut heard) = mpsc::unbounded_channel();
    let resealed = engine.reseal_with(move |seen, of| told.send((seen, of)).unwrap());
    resealed.await.unwrap();
    let (mut last, mut all) = (0, 0);
    while let Some((seen, of)) = heard.recv().await {
        assert!(seen > last && seen <= of, "{seen} of {of}");
        (last, all) = (seen, of);
    }
    assert_eq!(last, all);
    engine.close().await;
    // As if it had ended half-way: some records are under one key, some under the other.
    let engine = open(&path, StaticKey::new(OLD).with_previous(NEW))
        .await
        .unwrap();
    for user in 0..10 {
        let connect = engine.connect("demo").entity(format!("late{user}"));
        connect.field("api_key", "late").await.unwrap();
    }
    engine.close().await;
    let error = open(&path, StaticKey::new(OLD)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    // With the new key alone those are told, and the others work.
    let engine = open(&path, StaticKey::new(NEW)).await.unwrap();
    let late = execute(&engine, "DEMO_GET_CURRENT_USER", "late3", json!({})).await;
    let text = late.json.to_string();
    assert!(
        text.contains("the stored credentials cannot be read"),
        "{text}"
    );
    check_all(&engine, &vendor).await;
    let error = engine.reseal().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    engine.close().await;
    let engine = open(&path, both()).await.unwrap();
    assert!(engine.reseal().await.unwrap() >= 10);
    engine.close().await;
    let engine = open(&path, StaticKey::new(NEW)).await.unwrap();
    let late = execute(&engine, "DEMO_GET_CURRENT_USER", "late3", json!({})).await;
    assert_eq!(late.json["successful"], true, "{:?}", late.json);
}
