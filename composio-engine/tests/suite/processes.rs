//! Two engines on one database, as two processes have them: what one takes back, the other does not go on using.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use composio_core::{Body, client::Client, models::ConnectedAccount};
use composio_engine::Engine;
use http::StatusCode;
use serde_json::json;

use crate::support::{DOCUMENT, Reply, Vendor, builder, execute, send};

const PATIENCE: Duration = Duration::from_secs(1);

struct Pair {
    here: Engine,
    there: Engine,
    account: ConnectedAccount,
    _folder: tempfile::TempDir,
}

async fn open(path: &Path) -> Engine {
    builder().database(path).build().await.unwrap()
}

/// Two engines that have both used the account of `mira`.
async fn pair(vendor: &Vendor) -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let here = open(&path).await;
    here.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let there = open(&path).await;
    let client = Client::new(here.clone());
    let connect = client.connect("demo").user_id("mira").field("api_key", "k");
    let account = connect.await.unwrap();
    let account = client.connected_accounts().get(&account.id).await.unwrap();
    for engine in [&here, &there] {
        assert_eq!(me(engine).await.status, StatusCode::OK);
    }
    Pair {
        here,
        there,
        account,
        _folder: folder,
    }
}

async fn me(engine: &Engine) -> Reply {
    execute(engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await
}

/// Whether `engine` stops running tools for `mira` in time: a call that begins later than that must not run.
async fn refuses(engine: &Engine) {
    let begun = Instant::now();
    loop {
        let asked = begun.elapsed();
        if me(engine).await.status != StatusCode::OK {
            return;
        }
        assert!(asked < PATIENCE, "it still runs after {asked:?}");
    }
}

#[tokio::test]
async fn an_account_that_was_disabled_elsewhere_is_refused_within_a_second() {
    let pair = pair(&Vendor::start().await).await;
    let path = format!("/api/v3.1/connected_accounts/{}/status", pair.account.id);
    let body = json!({"enabled": false}).to_string();
    let reply = send(&pair.there, "PATCH", &path, body).await;
    assert_eq!(reply.status, StatusCode::OK);
    refuses(&pair.here).await;
    assert_eq!(me(&pair.there).await.status, me(&pair.here).await.status);
}

#[tokio::test]
async fn an_account_that_was_deleted_elsewhere_is_refused_within_a_second() {
    let pair = pair(&Vendor::start().await).await;
    let path = format!("/api/v3.1/connected_accounts/{}", pair.account.id);
    let reply = send(&pair.there, "DELETE", &path, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::OK);
    refuses(&pair.here).await;
}

#[tokio::test]
async fn an_auth_config_that_was_disabled_or_deleted_elsewhere_is_refused_within_a_second() {
    for delete in [false, true] {
        let pair = pair(&Vendor::start().await).await;
        let config = &pair.account.auth_config.id;
        let (method, path) = if delete {
            ("DELETE", format!("/api/v3.1/auth_configs/{config}"))
        } else {
            ("PATCH", format!("/api/v3.1/auth_configs/{config}/DISABLED"))
        };
        let reply = send(&pair.there, method, &path, Body::empty()).await;
        assert_eq!(reply.status, StatusCode::OK);
        refuses(&pair.here).await;
    }
}

#[tokio::test]
async fn the_newest_account_is_the_newest_of_all_processes() {
    let vendor = Vendor::start().await;
    let pair = pair(&vendor).await;
    let client = Client::new(pair.there.clone());
    let connect = client
        .connect("demo")
        .user_id("mira")
        .field("api_key", "newer");
    connect.await.unwrap();
    let begun = Instant::now();
    loop {
        let asked = begun.elapsed();
        assert_eq!(me(&pair.here).await.status, StatusCode::OK);
        if vendor.last().headers["x-api-key"] == "newer" {
            return;
        }
        assert!(asked < PATIENCE, "it still uses the other after {asked:?}");
    }
}
