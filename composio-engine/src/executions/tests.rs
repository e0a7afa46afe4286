use std::{sync::Arc, time::Duration};

use composio_catalog::{Integration, compile};
use composio_core::models::{CustomAuth, ExecuteRequestBody};
use tokio::{net::TcpListener, time::timeout};

use super::LogQueue;
use crate::{
    caller::Caller,
    executor::{EgressPolicy, Executor, ExecutorOptions},
    files::FileOptions,
    platform::Platform,
    server::Metrics,
    store::{LogRecord, Store as _, sqlite::SqliteStore},
    vault::{StaticKey, Vault},
};

fn entry(id: usize) -> LogRecord {
    LogRecord {
        id: format!("log_{id}"),
        project: "default".to_owned(),
        user_id: None,
        toolkit: "demo".to_owned(),
        tool: "DEMO_BREAK".to_owned(),
        version: "20260101_00".to_owned(),
        account: None,
        outcome: "succeeded",
        error: None,
        duration: 1,
        created_at: 1,
    }
}

async fn stored(store: &SqliteStore) -> i64 {
    store.count_logs().await
}

#[tokio::test]
async fn entries_are_written_without_being_asked_for() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = LogQueue::start(Arc::new(store.clone()), Arc::new(Metrics::new()));
    for id in 0..1234 {
        queue.push(entry(id));
    }
    for _ in 0..200 {
        if stored(&store).await == 1234 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} entries were written", stored(&store).await);
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = LogQueue::start(Arc::new(store.clone()), Arc::new(Metrics::new()));
    for id in 0..700 {
        queue.push(entry(id));
    }
    queue.close().await.unwrap();
    assert_eq!(stored(&store).await, 700);
}

#[test]
fn what_waits_when_the_program_ends_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let queue = first.block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        LogQueue::start(Arc::new(store), Arc::new(Metrics::new()))
    });
    for id in 0..30 {
        queue.push(entry(id));
    }
    // The runtime ends first, and its tasks with it.
    drop(first);
    drop(queue);
    runtime().block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(stored(&store).await, 30);
        store.close().await;
    });
}

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"}, "paths": {
    "/slow": {"get": {"summary": "Wait", "responses": {"200": {"description": "ok"}}}}}}"#;

#[tokio::test]
async fn a_call_whose_caller_left_is_in_the_log_and_one_that_was_never_sent_is_not() {
    let store = SqliteStore::in_memory().await.unwrap();
    let egress = EgressPolicy::default().allow_loopback();
    let options = ExecutorOptions {
        egress,
        ..ExecutorOptions::default()
    };
    let executor = Executor::new(options).unwrap();
    let vault = Vault::new(Arc::new(StaticKey::random()));
    let platform = Platform::start(
        Arc::new(store.clone()),
        vault,
        executor,
        FileOptions::default(),
    )
    .await
    .unwrap();
    let yaml = "name: Demo\nunique_key: demo\nauth_schemes: [{name: key, auth_mode: API_KEY}]";
    let integration = Integration::parse(yaml.as_bytes()).unwrap();
    let compiled = compile(integration, DOCUMENT.as_bytes(), "00000000_00").unwrap();
    platform
        .catalogue
        .add(compiled.toolkit, yaml)
        .await
        .unwrap();
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();

    let mut body = ExecuteRequestBody::default();
    body.user_id = Some("alice".to_owned());
    let base = format!("http://{}", silent.local_addr().unwrap());
    body.custom_auth_params = Some(CustomAuth::new().base_url(base));
    let caller = Caller::default();
    let run = platform.executions.execute(&caller, "DEMO_WAIT", body);
    assert!(timeout(Duration::from_millis(100), run).await.is_err());
    drop(
        platform
            .executions
            .execute(&caller, "DEMO_WAIT", ExecuteRequestBody::default()),
    );
    let refused = platform
        .executions
        .execute(&caller, "DEMO_WAIT", ExecuteRequestBody::default());
    refused.await.unwrap_err();
    platform.executions.logs.flush().await.unwrap();
    assert_eq!(
        store.logged().await,
        [
            (
                "DEMO_WAIT".to_owned(),
                "cancelled".to_owned(),
                Some("alice".to_owned())
            ),
            ("DEMO_WAIT".to_owned(), "refused".to_owned(), None),
        ]
    );
}
