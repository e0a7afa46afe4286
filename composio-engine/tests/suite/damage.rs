//! Wrong keys and damaged files: a clear error, and nothing lost.

use std::{fs, path::Path};

use composio_core::{Error, ErrorKind};
use composio_engine::{Engine, FileKey, StaticKey};
use serde_json::json;

use crate::support::{DOCUMENT, Vendor, builder, execute, get};

/// A file with one app and one connected account, closed.
async fn filled(path: &Path, vendor: &Vendor) {
    let engine = builder().database(path).build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "k")
        .await
        .unwrap();
    engine.close().await;
}

async fn failure(path: &Path) -> Error {
    let error = builder().database(path).build().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&*path.file_name().unwrap().to_string_lossy()),
        "{error}"
    );
    error
}

#[tokio::test]
async fn a_wrong_master_key_is_named_and_nothing_is_lost() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    filled(&path, &vendor).await;
    let before = fs::read(&path).unwrap();

    let wrong = builder()
        .database(&path)
        .key_provider(StaticKey::new([9; 32]));
    let error = wrong.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("the key given by the program"),
        "{error}"
    );

    let other = folder.path().join("other.key");
    let wrong = FileKey::open_or_create(&other).unwrap();
    let error = builder()
        .database(&path)
        .key_provider(wrong)
        .build()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("other.key"), "{error}");

    assert_eq!(fs::read(&path).unwrap(), before);
    let engine = builder().database(&path).build().await.unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "alice", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
}

#[tokio::test]
async fn a_missing_key_file_is_not_replaced_by_a_new_key() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    filled(&path, &vendor).await;
    let key = folder.path().join("composio.db.key");
    let kept = folder.path().join("kept");
    fs::rename(&key, &kept).unwrap();
    let error = builder().database(&path).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("missing"), "{error}");
    assert!(!key.exists());
    fs::rename(&kept, &key).unwrap();
    builder().database(&path).build().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private_and_a_shared_key_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = Engine::open(&path).await.unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
    engine.close().await;
    let key = folder.path().join("composio.db.key");
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let error = Engine::open(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[tokio::test]
async fn a_truncated_database_is_refused() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    filled(&path, &vendor).await;
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() / 2, whole.len() - 4096, 5000, 100, 50] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = failure(&path).await;
        assert_eq!(error.kind(), ErrorKind::Internal, "{length}: {error}");
        assert_eq!(fs::read(&path).unwrap(), &whole[..length], "{length}");
    }
    fs::write(&path, &whole).unwrap();
    builder().database(&path).build().await.unwrap();
}

#[tokio::test]
async fn a_database_with_overwritten_bytes_is_refused_or_still_right() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    filled(&path, &vendor).await;
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for place in (0..whole.len() - 600).step_by(2048) {
        let mut broken = whole.clone();
        broken[place..place + 600].fill(0xA5);
        fs::write(&path, &broken).unwrap();
        match builder().database(&path).build().await {
            Err(error) => {
                refused += 1;
                let kinds = [ErrorKind::Internal, ErrorKind::Config];
                assert!(kinds.contains(&error.kind()), "{place}: {error}");
            }
            // Bytes that nothing uses may be anything; content that is damaged must not pass for right.
            Ok(engine) => {
                let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "alice", json!({})).await;
                let is_right = reply.json["successful"] == true;
                let is_refused = reply.status.is_client_error() || reply.status.is_server_error();
                assert!(is_right || is_refused, "{place}: {reply:?}");
                if is_right {
                    assert_eq!(vendor.last().headers["x-api-key"], "k");
                }
                engine.close().await;
            }
        }
        for rest in ["composio.db-wal", "composio.db-shm"] {
            let _ = fs::remove_file(folder.path().join(rest));
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "no database, but the only copy of a novel\n".repeat(50);
    fs::write(&path, &text).unwrap();
    failure(&path).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_path_that_cannot_be_written_is_named() {
    let error = Engine::open("/nowhere/at/all/composio.db")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("/nowhere/at/all/composio.db"),
        "{error}"
    );
}

#[tokio::test]
async fn an_engine_in_memory_leaves_no_file() {
    let engine = builder().in_memory().build().await.unwrap();
    assert_eq!(
        get(&engine, "/api/v3/toolkits").await.json["total_items"],
        0
    );
    engine.close().await;
    let reply = get(&engine, "/api/v3/connected_accounts").await;
    assert!(reply.status.is_server_error());
}

#[tokio::test]
async fn two_engines_open_a_new_file_at_once_and_share_one_key() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let opened = (0..8).map(|_| builder().database(&path).build());
    let engines: Vec<Engine> = futures_util::future::try_join_all(opened).await.unwrap();
    engines[0].add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engines[0]
        .connect("demo")
        .field("api_key", "k")
        .await
        .unwrap();
    let late = builder().database(&path).build().await.unwrap();
    let reply = execute(&late, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
}

#[tokio::test]
async fn an_app_that_is_damaged_in_the_store_says_so_and_can_be_added_again() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    filled(&path, &vendor).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for damage in [
        "UPDATE apps SET facts = substr(facts, 2)",
        "UPDATE app_contents SET compiled = '{}'",
    ] {
        sqlx::query(damage).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let engine = builder().database(&path).build().await.unwrap();
    for route in [
        "toolkits/demo",
        "tools/DEMO_WAIT",
        "tools?toolkit_slug=demo",
    ] {
        let reply = get(&engine, &format!("/api/v3/{route}")).await;
        assert_eq!(reply.json["error"]["slug"], "Toolkit_Damaged", "{route}");
    }
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "alice", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
}
