use std::{sync::Arc, time::Duration};

use composio_catalog::{Integration, compile};
use composio_core::{
    ErrorKind, Secret,
    models::{CustomAuth, ExecuteRequestBody},
};
use tokio::{net::TcpListener, time::timeout};

use super::{Journal, LogOptions, LogQueue};
use crate::{
    caller::Caller,
    executor::{EgressPolicy, Executor, ExecutorOptions},
    ids,
    platform::{Platform, Settings},
    server::Metrics,
    store::{LogPayload, LogRecord, Store as _, sqlite::SqliteStore},
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
        payload: None,
    }
}

fn vault() -> Vault {
    Vault::new(Arc::new(StaticKey::random()))
}

fn queue(store: Arc<SqliteStore>) -> Arc<LogQueue> {
    LogQueue::start(store, vault(), Arc::new(Metrics::new()))
}

async fn stored(store: &SqliteStore) -> i64 {
    store.count_logs().await
}

#[tokio::test]
async fn entries_are_written_without_being_asked_for() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = queue(Arc::new(store.clone()));
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
    let queue = queue(Arc::new(store.clone()));
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
        queue(Arc::new(store))
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
    let platform = Platform::start(
        Arc::new(store.clone()),
        vault(),
        std::future::ready(Ok(executor)),
        Settings::default(),
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
    let (_, tool) = platform.catalogue.tool("DEMO_WAIT", None).await.unwrap();
    let run = platform.executions.execute(&caller, &tool, body);
    assert!(timeout(Duration::from_millis(100), run).await.is_err());
    drop(
        platform
            .executions
            .execute(&caller, &tool, ExecuteRequestBody::default()),
    );
    let refused = platform
        .executions
        .execute(&caller, &tool, ExecuteRequestBody::default());
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

#[tokio::test]
async fn what_was_kept_for_long_enough_is_removed_and_nothing_else() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = queue(Arc::new(store.clone()));
    let options = LogOptions {
        entries: Duration::from_secs(100),
        payloads: Duration::from_secs(10),
        ..LogOptions::default()
    };
    let journal = Journal::new(
        Arc::new(store.clone()),
        vault(),
        Arc::clone(&queue),
        options,
    );
    let now = 1_800_000_000_000_000;
    for age in [1, 50, 99, 101, 5000] {
        let time = now - age * 1_000_000;
        queue.push(LogRecord {
            id: ids::log(time),
            created_at: time,
            payload: Some(LogPayload::Plain(Secret::from("{}"))),
            ..entry(0)
        });
    }
    queue.flush().await.unwrap();
    journal.sweep(now).await.unwrap();
    assert_eq!(stored(&store).await, 3);
    assert_eq!(store.count_payloads().await, 1);
    journal.sweep(now + 100_000_000).await.unwrap();
    assert_eq!((stored(&store).await, store.count_payloads().await), (0, 0));
}

#[tokio::test]
async fn more_entries_than_one_sweep_takes_are_removed() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = queue(Arc::new(store.clone()));
    let journal = Journal::new(
        Arc::new(store.clone()),
        vault(),
        Arc::clone(&queue),
        LogOptions::default(),
    );
    for _ in 0..9000 {
        queue.push(LogRecord {
            id: ids::log(7),
            ..entry(0)
        });
    }
    queue.flush().await.unwrap();
    journal.sweep(i64::MAX).await.unwrap();
    assert_eq!(stored(&store).await, 0);
}

#[tokio::test]
async fn payloads_that_would_fill_the_memory_go_and_their_entries_stay() {
    let store = SqliteStore::in_memory().await.unwrap();
    let queue = queue(Arc::new(store.clone()));
    for id in 0..10 {
        queue.push(LogRecord {
            payload: Some(LogPayload::Plain(Secret::from("x".repeat(1024 * 1024)))),
            ..entry(id)
        });
    }
    queue.flush().await.unwrap();
    assert_eq!(stored(&store).await, 10);
    assert_eq!(store.count_payloads().await, 8);
    // What was written makes room.
    queue.push(LogRecord {
        payload: Some(LogPayload::Plain(Secret::from("{}"))),
        ..entry(41)
    });
    queue.flush().await.unwrap();
    assert_eq!(store.count_payloads().await, 9);
}

#[tokio::test]
async fn a_payload_opens_at_its_own_entry_alone() {
    let store = SqliteStore::in_memory().await.unwrap();
    let vault = vault();
    let queue = LogQueue::start(
        Arc::new(store.clone()),
        vault.clone(),
        Arc::new(Metrics::new()),
    );
    let journal = Journal::new(
        Arc::new(store.clone()),
        vault,
        Arc::clone(&queue),
        LogOptions::default(),
    );
    for id in [1, 2] {
        queue.push(LogRecord {
            payload: Some(LogPayload::Plain(Secret::from(format!("{{\"n\":{id}}}")))),
            ..entry(id)
        });
    }
    let caller = Caller::default();
    let read = async |id: &str| journal.get(&caller, id).await;
    assert_eq!(read("log_2").await.unwrap().data.unwrap()["n"], 2);
    store.move_payload("log_1", "log_2").await;
    assert_eq!(read("log_2").await.unwrap_err().kind(), ErrorKind::Internal);
}
