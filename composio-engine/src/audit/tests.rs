use std::{path::Path, sync::Arc};

use composio_core::ErrorKind;

use super::{
    Audit, AuditOptions,
    chain::Chain,
    entry::{Action, Use, Who},
    journal::{Journal, beside},
};
use crate::{
    clock,
    operator::AuditQuery,
    store::{AuditStore as _, Store, sqlite::SqliteStore},
    vault::{StaticKey, Vault},
};

const KEY: [u8; 32] = [5; 32];

fn used(tool: &str) -> Use<'_> {
    Use {
        action: Action::Call,
        who: Who::Program,
        project: "default",
        user: Some("mira"),
        account: Some("ca_1"),
        toolkit: Some("demo"),
        tool: Some(tool),
        host: Some("api.example.com"),
    }
}

fn vault() -> Vault {
    Vault::new(Arc::new(StaticKey::new(KEY)))
}

async fn chain(store: &SqliteStore) -> Chain {
    Chain::open(store, &vault()).await.unwrap()
}

async fn audit(store: &SqliteStore) -> Arc<Audit> {
    let options = AuditOptions {
        database: store.path().map(Path::to_owned),
        ..AuditOptions::default()
    };
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    Audit::start(shared, &vault(), options).await.unwrap()
}

async fn tools(audit: &Audit) -> Vec<String> {
    let entries = audit.list("default", &AuditQuery::new().limit(1_000)).await;
    let tools = entries.unwrap().into_iter().rev();
    tools
        .map(|entry| entry.tool_slug.unwrap_or_default())
        .collect()
}

/// What a process leaves that was killed.
async fn left_by_a_dead_process(store: &SqliteStore, tools: &[&str]) -> std::path::PathBuf {
    let path = store.path().unwrap();
    let mut journal = Journal::new(Some(path.to_owned()));
    let chain = chain(store).await;
    for tool in tools {
        journal.append(&chain, &used(tool), Some("u_1")).unwrap();
    }
    drop(journal);
    beside(path).unwrap().pop().unwrap().0
}

#[tokio::test]
async fn what_a_dead_process_noted_is_taken_up_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let left = left_by_a_dead_process(&store, &["A", "B", "C"]).await;
    let kept = std::fs::read(&left).unwrap();
    let audit = audit(&store).await;
    assert_eq!(tools(&audit).await, ["A", "B", "C"]);
    assert!(!left.exists());
    // Somebody dies after the database had it and before the file went.
    std::fs::write(&left, kept).unwrap();
    assert_eq!(tools(&audit).await, ["A", "B", "C"]);
    assert!(audit.verify(None).await.unwrap().is_sound);
}

#[tokio::test]
async fn a_line_that_was_never_finished_is_no_use_and_a_changed_one_stays_to_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let audit = audit(&store).await;
    let left = left_by_a_dead_process(&store, &["A", "B"]).await;
    let text = std::fs::read(&left).unwrap();
    std::fs::write(&left, &text[..text.len() - 20]).unwrap();
    assert_eq!(tools(&audit).await, ["A"]);
    assert!(audit.verify(None).await.unwrap().is_sound);
    let left = left_by_a_dead_process(&store, &["C", "D", "E"]).await;
    let text = std::fs::read_to_string(&left).unwrap();
    std::fs::write(&left, text.replace("\"D\"", "\"X\"")).unwrap();
    assert_eq!(tools(&audit).await, ["A", "C", ""]);
    let report = audit.verify(None).await.unwrap();
    assert!(!report.is_sound, "{report:?}");
    assert!(
        report.problems[0].what.contains("not legible"),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_use_that_cannot_be_written_down_is_refused_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    let options = AuditOptions {
        database: Some(absent.join("composio.db")),
        ..AuditOptions::default()
    };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let audit = Audit::start(store, &vault(), options).await.unwrap();
    let error = audit.note(&used("A")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    std::fs::create_dir(&absent).unwrap();
    let _noted = audit.note(&used("B")).unwrap();
    assert_eq!(tools(&audit).await, ["B"]);
    audit.close().await.unwrap();
    let error = audit.note(&used("C")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(std::fs::read_dir(&absent).unwrap().count(), 0);
}

#[tokio::test]
async fn the_journal_of_a_living_process_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut journal = Journal::new(Some(path.clone()));
    let chain = chain(&store).await;
    journal.append(&chain, &used("A"), None).unwrap();
    let audit = audit(&store).await;
    assert_eq!(tools(&audit).await, [""; 0]);
    assert_eq!(beside(&path).unwrap().len(), 1);
    drop(journal);
    assert_eq!(tools(&audit).await, ["A"]);
}

#[tokio::test]
async fn old_entries_go_from_the_beginning_and_the_rest_still_proves_itself() {
    let store = SqliteStore::in_memory().await.unwrap();
    let audit = audit(&store).await;
    for tool in ["A", "B", "C"] {
        let _noted = audit.note(&used(tool)).unwrap();
        audit.flush().await.unwrap();
    }
    let now = clock::now();
    audit.sweep(now).await.unwrap();
    assert_eq!(tools(&audit).await, ["A", "B", "C"]);
    let later = now + clock::microseconds(audit.options.kept) + 1;
    audit.sweep(later).await.unwrap();
    assert_eq!(tools(&audit).await, ["C"]);
    let report = audit.verify(None).await.unwrap();
    assert!(report.is_sound, "{report:?}");
    assert_eq!((report.entries, report.removed), (1, 2));
    // The journal goes on, and so does the chain.
    let _noted = audit.note(&used("D")).unwrap();
    assert_eq!(tools(&audit).await, ["C", "D"]);
    assert!(audit.verify(None).await.unwrap().is_sound);
}

#[tokio::test]
async fn a_part_that_was_changed_is_not_removed_as_old() {
    let store = SqliteStore::in_memory().await.unwrap();
    let audit = audit(&store).await;
    for tool in ["A", "B", "C"] {
        let _noted = audit.note(&used(tool)).unwrap();
        audit.flush().await.unwrap();
    }
    store
        .change_audit(
            "UPDATE audit SET entries = replace(entries, '\"A\"', '\"X\"') WHERE part = 1",
        )
        .await;
    let later = clock::now() + clock::microseconds(audit.options.kept) + 1;
    audit.sweep(later).await.unwrap();
    assert_eq!(tools(&audit).await, ["X", "B", "C"]);
    assert!(!audit.verify(None).await.unwrap().is_sound);
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let logs = [
        audit(&store).await,
        audit(&store).await,
        audit(&store).await,
    ];
    for round in 0..20 {
        let tool = format!("T{round}");
        for log in &logs {
            let _noted = log.note(&used(&tool)).unwrap();
        }
        let flushes = logs.iter().map(|log| log.flush());
        futures_util::future::try_join_all(flushes).await.unwrap();
    }
    let report = logs[0].verify(None).await.unwrap();
    assert!(report.is_sound, "{report:?}");
    assert_eq!(report.entries, 60);
    assert_eq!(store.audit_end().await.unwrap().head.unwrap().entries, 60);
}

#[tokio::test]
async fn users_are_not_named_and_can_be_told_by_the_engine_alone() {
    let store = SqliteStore::in_memory().await.unwrap();
    let audit = audit(&store).await;
    let _noted = audit.note(&used("A")).unwrap();
    audit.flush().await.unwrap();
    let parts = store.audit_parts(1, 10).await.unwrap();
    assert!(!parts[0].entries.contains("mira"), "{}", parts[0].entries);
    let of = async |user: &str| audit.list("default", &AuditQuery::new().user(user)).await;
    assert_eq!(of("mira").await.unwrap().len(), 1);
    assert_eq!(of("noor").await.unwrap().len(), 0);
    assert_eq!(audit.list("other", &AuditQuery::new()).await.unwrap(), []);
}

#[tokio::test]
async fn a_busy_process_goes_on_in_another_journal_before_one_grows_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let options = AuditOptions {
        database: Some(path.clone()),
        largest: 2_000,
        ..AuditOptions::default()
    };
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    let audit = Audit::start(shared, &vault(), options).await.unwrap();
    for round in 0..20 {
        for _ in 0..10 {
            let _noted = audit.note(&used(&format!("T{round}"))).unwrap();
        }
        // Somebody is always at it: there is an entry that waits.
        audit.flush().await.unwrap();
        let _noted = audit.note(&used("late")).unwrap();
        for (journal, _) in beside(&path).unwrap() {
            let length = std::fs::metadata(journal).unwrap().len();
            assert!(length < 2_000 + 12 * 400, "{length}");
        }
        assert!(beside(&path).unwrap().len() <= 2);
    }
    assert_eq!(tools(&audit).await.len(), 220);
    assert!(audit.verify(None).await.unwrap().is_sound);
    audit.close().await.unwrap();
    assert_eq!(beside(&path).unwrap(), []);
}
