//! A new master key while the engine serves.

use std::{path::Path, time::Duration};

use composio_core::ErrorKind;
use composio_engine::{Engine, FileKey, KeyProvider, StaticKey};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{DOCUMENT, Reply, Vendor, builder, execute};

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
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path, StaticKey::new(OLD)).await.unwrap();
    fill(&engine, &vendor).await;
    engine.close().await;
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
