//! The audit log: no use without its entry, and none that goes unseen.

use std::{fs, path::Path, time::Duration};

use composio_core::Body;
use composio_engine::{AuditEntry, AuditQuery, Caller, Engine, Operator};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::{sleep, timeout};

use crate::support::{DOCUMENT, Vendor, builder, engine, execute, post, send, send_as};

const PATIENCE: Duration = Duration::from_secs(60);

async fn open(path: &Path) -> Engine {
    builder().database(path).build().await.unwrap()
}

async fn connect(engine: &Engine, user: &str) -> String {
    let connect = engine.connect("demo").entity(user).field("api_key", "k");
    connect.await.unwrap().id
}

/// An engine on a file, with accounts of two users.
async fn filled(path: &Path, vendor: &Vendor) -> Engine {
    let engine = open(path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    connect(&engine, "mira").await;
    connect(&engine, "noor").await;
    engine
}

async fn call(engine: &Engine, user: &str) {
    let reply = execute(engine, "DEMO_GET_CURRENT_USER", user, json!({})).await;
    assert_eq!(reply.json["successful"], true, "{:?}", reply.json);
}

async fn entries(engine: &Engine) -> Vec<AuditEntry> {
    let query = AuditQuery::new().limit(1_000);
    Operator::new(engine.clone()).audit(&query).await.unwrap()
}

/// Why the log is not sound; empty if it is.
async fn problems(engine: &Engine, head: Option<&str>) -> String {
    let report = Operator::new(engine.clone()).verify_audit(head).await;
    let report = report.unwrap();
    let problems: Vec<String> = report.problems.into_iter().map(|one| one.what).collect();
    assert_eq!(report.is_sound, problems.is_empty());
    problems.join("; ")
}

async fn change(path: &Path, statements: &[&'static str]) {
    let mut database = SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    for statement in statements {
        let done = sqlx::query(*statement)
            .execute(&mut database)
            .await
            .unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_call_says_who_used_which_account_for_what_where_and_when() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = connect(&engine, "mira").await;
    call(&engine, "mira").await;
    let entry = entries(&engine).await.remove(0);
    assert_eq!(entry.action, "call");
    assert_eq!(entry.by, "program");
    assert_eq!(entry.user_id.as_deref(), Some("mira"));
    assert_eq!(entry.connected_account_id.as_deref(), Some(&*account));
    assert_eq!(entry.toolkit_slug.as_deref(), Some("demo"));
    assert_eq!(entry.tool_slug.as_deref(), Some("DEMO_GET_CURRENT_USER"));
    assert_eq!(entry.host.as_deref(), Some("127.0.0.1"));
    assert!(entry.at.starts_with("20"), "{entry:?}");
    let request = json!({"endpoint": "/me", "method": "GET", "connected_account_id": account});
    let reply = post(&engine, "/api/v3.1/tools/execute/proxy", &request).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json);
    let path = format!("/api/v3.1/engine/connected_accounts/{account}/export");
    assert_eq!(
        post(&engine, &path, &json!({})).await.status,
        StatusCode::OK
    );
    engine.reseal().await.unwrap();
    let actions: Vec<String> = entries(&engine)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, ["reseal", "export", "proxy", "call"]);
    assert_eq!(problems(&engine, None).await, "");
}

#[tokio::test]
async fn credentials_that_come_with_a_call_are_noted_and_a_call_without_any_is_not() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let body = json!({"arguments": {}, "version": "latest", "user_id": "mira", "custom_auth_params":
        {"parameters": [{"name": "x-api-key", "in": "header", "value": "given-secret"}]}});
    let reply = post(
        &engine,
        "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER",
        &body,
    )
    .await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json);
    call_without_account(&engine).await;
    let found = entries(&engine).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].connected_account_id, None);
    assert!(!format!("{found:?}").contains("given-secret"));
}

async fn call_without_account(engine: &Engine) {
    let reply = execute(engine, "DEMO_GET_STATUS", "mira", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{:?}", reply.json);
}

#[tokio::test]
async fn the_log_is_for_operators_and_each_project_has_its_own() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    connect(&engine, "mira").await;
    call(&engine, "mira").await;
    for caller in [
        Caller::project("default"),
        Caller::project("default").user("mira"),
    ] {
        let list = "/api/v3.1/engine/audit";
        let verify = "/api/v3.1/engine/audit/verify";
        for (method, path) in [("GET", list), ("POST", verify)] {
            let reply = send_as(&engine, Some(caller.clone()), method, path, Body::empty()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let other = Some(Caller::project("other").operator());
    let reply = send_as(
        &engine,
        other,
        "GET",
        "/api/v3.1/engine/audit",
        Body::empty(),
    )
    .await;
    assert_eq!(reply.json, json!({"items": []}));
    for path in [
        "/api/v3.1/engine/audit?limit=x",
        "/api/v3.1/engine/audit?before=-1",
    ] {
        let reply = send(&engine, "GET", path, Body::empty()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn an_entry_is_there_before_the_credential_leaves() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = filled(&path, &vendor).await;
    let slow = execute(&engine, "DEMO_WAIT", "mira", json!({}));
    let arrived = async {
        while vendor.seen().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        // What a process that is killed here leaves behind.
        fs::read_dir(folder.path())
            .unwrap()
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| String::from_utf8_lossy(&bytes).contains("DEMO_WAIT"))
    };
    let is_noted = tokio::select! {
        _ = slow => panic!("the vendor takes longer"),
        is_noted = timeout(PATIENCE, arrived) => is_noted.unwrap(),
    };
    assert!(is_noted);
}

#[tokio::test]
async fn a_removed_changed_or_reordered_row_is_noticed() {
    let vendor = Vendor::start().await;
    let changes: [(&[&'static str], &str); 9] = [
        (&["DELETE FROM audit WHERE part = 2"], "missing"),
        (&["DELETE FROM audit WHERE part = 1"], "missing"),
        (&["DELETE FROM audit WHERE part = 4"], "missing at the end"),
        (&["DELETE FROM audit"], "missing at the end"),
        (
            &[
                "UPDATE audit SET entries = replace(entries, '127.0.0.1', 'elsewhere') WHERE part = 3",
            ],
            "changed",
        ),
        (
            &[
                "UPDATE audit SET part = 9 WHERE part = 2",
                "UPDATE audit SET part = 2 WHERE part = 3",
                "UPDATE audit SET part = 3 WHERE part = 9",
            ],
            "changed",
        ),
        (
            &["INSERT INTO audit SELECT 5, 5, 1, entries, code FROM audit WHERE part = 1"],
            "the end of the log was changed",
        ),
        (
            &[
                "UPDATE audit_head SET last = 3, entries = 3, code = (SELECT code FROM audit WHERE part = 3)",
                "DELETE FROM audit WHERE part = 4",
            ],
            "the end of the log was changed",
        ),
        (&["DELETE FROM audit_head"], "the log has no end"),
    ];
    for (statements, expected) in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("composio.db");
        let engine = filled(&path, &vendor).await;
        for _ in 0..4 {
            call(&engine, "mira").await;
            // Each reading makes a part.
            entries(&engine).await;
        }
        assert_eq!(problems(&engine, None).await, "");
        engine.close().await;
        change(&path, statements).await;
        let engine = open(&path).await;
        let found = problems(&engine, None).await;
        assert!(found.contains(expected), "{statements:?}: {found}");
        // What is written later does not heal it.
        call(&engine, "noor").await;
        assert_eq!(entries(&engine).await[0].user_id.as_deref(), Some("noor"));
        assert_ne!(problems(&engine, None).await, "", "{statements:?}");
        engine.close().await;
    }
}

#[tokio::test]
async fn a_log_that_was_put_back_to_an_older_state_is_told_by_an_end_that_was_noted() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = filled(&path, &vendor).await;
    call(&engine, "mira").await;
    entries(&engine).await;
    engine.close().await;
    let older = fs::read(&path).unwrap();
    let engine = open(&path).await;
    call(&engine, "mira").await;
    let report = Operator::new(engine.clone())
        .verify_audit(None)
        .await
        .unwrap();
    let head = report.head.unwrap();
    assert!(head.starts_with("2:"), "{head}");
    call(&engine, "mira").await;
    assert_eq!(problems(&engine, Some(&head)).await, "");
    engine.close().await;
    fs::write(&path, older).unwrap();
    let engine = open(&path).await;
    assert_eq!(problems(&engine, None).await, "");
    let found = problems(&engine, Some(&head)).await;
    assert!(found.contains("not the one that ended at 2"), "{found}");
    for nonsense in ["2:00", "x", "", "999:ab"] {
        assert_ne!(problems(&engine, Some(nonsense)).await, "", "{nonsense:?}");
    }
}

#[tokio::test]
async fn engines_on_one_database_write_one_log() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let here = filled(&path, &vendor).await;
    let there = open(&path).await;
    for _ in 0..3 {
        let calls = (0..50).flat_map(|_| [call(&here, "mira"), call(&there, "noor")]);
        join_all(calls).await;
        entries(&here).await;
    }
    there.close().await;
    let found = entries(&here).await;
    assert_eq!(found.len(), 300);
    let numbers: Vec<i64> = found.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=300).rev().collect::<Vec<_>>());
    assert_eq!(problems(&here, None).await, "");
}

#[tokio::test]
async fn a_deleted_user_is_named_no_longer_and_the_log_is_whole() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = filled(&path, &vendor).await;
    call(&engine, "mira").await;
    call(&engine, "noor").await;
    assert_eq!(entries(&engine).await[1].user_id.as_deref(), Some("mira"));
    engine.delete_user("default", "mira").await.unwrap();
    let found = entries(&engine).await;
    assert!(
        found[1].user_id.as_deref().unwrap().starts_with("u_"),
        "{found:?}"
    );
    assert_eq!(found[0].user_id.as_deref(), Some("noor"));
    let query = AuditQuery::new().user("mira");
    let hers = Operator::new(engine.clone()).audit(&query).await.unwrap();
    assert_eq!(hers, [found[1].clone()]);
    assert_eq!(problems(&engine, None).await, "");
}

#[tokio::test]
async fn the_list_is_narrowed_and_read_in_pages() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = filled(&path, &vendor).await;
    for user in ["mira", "noor", "mira", "mira", "noor"] {
        call(&engine, user).await;
        entries(&engine).await;
    }
    let operator = Operator::new(engine);
    let numbers = async |query: AuditQuery| -> Vec<i64> {
        let found = operator.audit(&query).await.unwrap();
        found.into_iter().map(|entry| entry.number).collect()
    };
    assert_eq!(numbers(AuditQuery::new().user("mira")).await, [4, 3, 1]);
    assert_eq!(
        numbers(AuditQuery::new().user("mira").limit(2)).await,
        [4, 3]
    );
    assert_eq!(numbers(AuditQuery::new().user("mira").before(3)).await, [1]);
    assert_eq!(numbers(AuditQuery::new().app("demo").limit(1)).await, [5]);
    for query in [
        AuditQuery::new().app("other"),
        AuditQuery::new().action("refresh"),
        AuditQuery::new().account("ca_none"),
        AuditQuery::new().user("nobody"),
    ] {
        assert_eq!(numbers(query.clone()).await, [0; 0], "{query:?}");
    }
}
