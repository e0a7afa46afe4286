//! The apps of an engine: read when they are asked for, shared with other processes, searched by an index that is kept.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use composio_catalog::{Change, Integration, compile};
use composio_core::{CallContext, Plain, ToolCall, ToolSet, ToolkitVersions};
use composio_engine::{Engine, NewApp, Operator};
use serde_json::{Value, json};
use sqlx::{
    SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::support::{DOCUMENT, Vendor, builder, engine, execute, get};

const PATIENCE: Duration = Duration::from_secs(30);

async fn open(path: &Path) -> Engine {
    builder().database(path).build().await.unwrap()
}

async fn pool(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true);
    SqlitePool::connect_with(options).await.unwrap()
}

async fn run(path: &Path, statement: &'static str) -> u64 {
    let pool = pool(path).await;
    let done = sqlx::query(statement).execute(&pool).await.unwrap();
    pool.close().await;
    done.rows_affected()
}

/// The app `key` with one tool.
fn small(vendor: &Vendor, key: &str, summary: &str) -> (String, String) {
    let yaml = vendor
        .yaml()
        .replace("unique_key: demo", &format!("unique_key: {key}"));
    let yaml = yaml.replace("important: [DEMO_CREATE_A_NOTE]", "");
    let document = json!({"openapi": "3.1.0", "info": {"title": "d", "version": "1"}, "paths": {
        "/thing": {"get": {"summary": summary, "security": [], "responses": {"200": {"description": "ok"}}}}}});
    (yaml, document.to_string())
}

/// Asks until the answer `fits`.
async fn until(engine: &Engine, path: &str, fits: impl Fn(&Value) -> bool) {
    let begun = Instant::now();
    loop {
        let reply = get(engine, path).await;
        if fits(&reply.json) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {reply:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn found(engine: &Engine, words: &str) -> Vec<String> {
    let reply = get(engine, &format!("/api/v3.1/tools?query={words}")).await;
    let items = reply.json["items"].as_array().expect("a list");
    let slugs = items.iter().filter_map(|tool| tool["slug"].as_str());
    slugs.map(str::to_owned).collect()
}

#[tokio::test]
async fn what_another_process_does_to_apps_is_seen_without_a_restart() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let (here, there) = (open(&path).await, open(&path).await);
    assert!(found(&here, "note").await.is_empty());

    there.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    until(&here, "/api/v3.1/tools?query=note", |json| {
        json["total_items"] == 2
    })
    .await;
    let reply = execute(&here, "DEMO_GET_STATUS", "alice", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");

    let (yaml, document) = small(&vendor, "demo", "Get the moon");
    let second = there.add_app(yaml, document).await.unwrap();
    let is_second = |json: &Value| json["meta"]["version"] == second.version.as_str();
    until(&here, "/api/v3.1/toolkits/demo", is_second).await;
    assert_eq!(found(&here, "moon").await, ["DEMO_GET_THE_MOON"]);
    assert!(found(&here, "note").await.is_empty());

    there.remove_app("demo").await.unwrap();
    until(&here, "/api/v3.1/toolkits/demo", |json| {
        json["error"]["status"] == 404
    })
    .await;
    assert!(found(&here, "moon").await.is_empty());

    // The same name and number again, and something else in it.
    there.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    until(&here, "/api/v3.1/tools/DEMO_WAIT", |json| {
        json["slug"] == "DEMO_WAIT"
    })
    .await;
    assert!(found(&here, "moon").await.is_empty());
}

#[tokio::test]
async fn a_tool_of_an_older_version_is_what_it_was_after_the_vendor_dropped_it() {
    let vendor = Vendor::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let first = engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let path = format!("/api/v3.1/tools/DEMO_GET_STATUS?version={}", first.version);
    let before = get(&engine, &path).await.json;
    let (yaml, document) = small(&vendor, "demo", "Get the moon");
    engine.add_app(yaml, document).await.unwrap();

    let mut after = get(&engine, &path).await.json;
    assert_eq!(after["available_versions"].as_array().unwrap().len(), 2);
    // What other versions there are is another matter.
    for name in ["available_versions", "deprecated"] {
        after[name] = before[name].clone();
    }
    assert_eq!(after, before);
    let reply = execute(&engine, "DEMO_GET_STATUS", "alice", json!({})).await;
    assert_eq!(reply.json["error"]["slug"], "Tool_ToolNotFound");
    let body = json!({"user_id": "alice", "version": first.version, "arguments": {}});
    let path = "/api/v3.1/tools/execute/DEMO_GET_STATUS";
    let reply = crate::support::post(&engine, path, &body).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    let body = json!({"user_id": "alice", "version": "20010101_00", "arguments": {}});
    let path = "/api/v3.1/tools/execute/DEMO_GET_THE_MOON";
    let reply = crate::support::post(&engine, path, &body).await;
    assert_eq!(reply.json["error"]["slug"], "Toolkit_VersionNotFound");
}

#[tokio::test]
async fn apps_whose_names_begin_alike_keep_their_tools_apart() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for (key, summary) in [
        ("demo_get", "One"),
        ("demo-get-one", "Two"),
        ("dem", "O get status"),
    ] {
        let (yaml, document) = small(&vendor, key, summary);
        engine.add_app(yaml, document).await.unwrap();
    }
    for (tool, app) in [
        ("DEMO_GET_STATUS", "demo"),
        ("DEMO_GET_ONE", "demo_get"),
        ("demo_get_one_two", "demo-get-one"),
        ("DEM_O_GET_STATUS", "dem"),
    ] {
        let reply = get(&engine, &format!("/api/v3.1/tools/{tool}")).await;
        assert_eq!(reply.json["toolkit"]["slug"], app, "{tool}: {reply:?}");
    }
    let (yaml, document) = small(&vendor, "demo_get", "Status");
    let error = engine.add_app(yaml, document).await.unwrap_err();
    assert!(error.to_string().contains("DEMO_GET_STATUS"), "{error}");
    let names = get(&engine, "/api/v3/tools/enum").await.json;
    assert_eq!(names.as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn damaged_facts_are_made_anew_from_the_tools() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let before = get(&engine, "/api/v3.1/toolkits/demo").await.json;
    engine.close().await;
    for damage in [
        "UPDATE apps SET facts = substr(facts, 1, length(facts) - 1), tools = NULL",
        "UPDATE apps SET facts = replace(facts, 'Demo', 'Dome')",
        "UPDATE apps SET facts = NULL, tools = NULL",
        "UPDATE apps SET facts = 'composio-facts 9 00000000' || char(10) || '{}'",
    ] {
        assert_eq!(run(&path, damage).await, 1);
        let engine = open(&path).await;
        assert_eq!(get(&engine, "/api/v3.1/toolkits/demo").await.json, before);
        let names = get(&engine, "/api/v3/tools/enum").await.json;
        assert_eq!(names.as_array().unwrap().len(), 6);
        engine.close().await;
        let whole = "UPDATE apps SET facts = facts WHERE facts LIKE 'composio-facts 1 %Demo%' AND tools IS NOT NULL";
        assert_eq!(run(&path, whole).await, 1, "{damage}");
    }
}

#[tokio::test]
async fn damaged_tools_say_so_and_the_app_is_still_listed() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engine.close().await;
    let damage =
        "UPDATE app_contents SET compiled = substr(compiled, 1, length(compiled) - 9) || 'x'";
    run(&path, damage).await;
    let engine = open(&path).await;
    let reply = get(&engine, "/api/v3.1/toolkits/demo").await;
    assert_eq!(reply.json["slug"], "demo");
    for route in [
        "tools/DEMO_WAIT",
        "tools?toolkit_slug=demo",
        "tools?tool_slugs=DEMO_WAIT",
    ] {
        let reply = get(&engine, &format!("/api/v3.1/{route}")).await;
        assert_eq!(reply.json["error"]["slug"], "Toolkit_Damaged", "{route}");
    }
    assert!(found(&engine, "note").await.is_empty());
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    assert_eq!(found(&engine, "delete+note").await[0], "DEMO_DELETE_A_NOTE");
}

#[tokio::test]
async fn a_search_index_that_is_cut_changed_or_of_another_version_is_made_anew() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let expected = found(&engine, "delete+note").await;
    assert_eq!(expected[0], "DEMO_DELETE_A_NOTE");
    engine.close().await;
    let kept = async || {
        let pool = pool(&path).await;
        let kept = "SELECT stamp, bytes FROM search_index ORDER BY piece";
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(kept).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    };
    let whole = kept().await;
    assert!(!whole.is_empty());
    for damage in [
        "UPDATE search_index SET bytes = substr(bytes, 1, length(bytes) - 1)",
        "UPDATE search_index SET bytes = substr(bytes, 1, 40)",
        "UPDATE search_index SET bytes = x''",
        "UPDATE search_index SET bytes = CAST(substr(bytes, 1, 200) || x'ff' || substr(bytes, 202) AS BLOB)",
        "UPDATE search_index SET stamp = 'of another version'",
        "DELETE FROM search_index",
    ] {
        run(&path, damage).await;
        assert_ne!(kept().await, whole, "{damage}");
        let engine = open(&path).await;
        assert_eq!(found(&engine, "delete+note").await, expected, "{damage}");
        engine.close().await;
        assert_eq!(kept().await, whole, "{damage}");
    }
}

#[tokio::test]
async fn a_kept_search_index_is_read_and_not_made_again() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let expected = found(&engine, "note").await;
    engine.close().await;
    // An index that had to be made would have none of these tools.
    run(&path, "UPDATE app_contents SET compiled = 'x'").await;
    let engine = open(&path).await;
    let reply = get(&engine, "/api/v3.1/tools?query=note").await;
    assert_eq!(reply.json["error"]["slug"], "Toolkit_Damaged", "{reply:?}");
    assert_eq!(expected.len(), 2);
}

#[tokio::test]
async fn a_change_of_one_app_is_taken_into_the_search_index_without_reading_the_others() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = open(&path).await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    assert_eq!(found(&engine, "note").await.len(), 2);
    engine.close().await;
    // An index that had to be made whole would have none of these tools.
    run(&path, "UPDATE app_contents SET compiled = 'x'").await;
    let knows_notes = async |engine: &Engine| {
        let reply = get(engine, "/api/v3.1/tools?query=note").await;
        reply.json["error"]["slug"] == "Toolkit_Damaged"
    };
    for _ in 0..2 {
        // Over the index that was kept first, then over the one in memory.
        let engine = open(&path).await;
        for summary in ["Get the moon", "Get the sun"] {
            let (yaml, document) = small(&vendor, "other", summary);
            engine.add_app(yaml, document).await.unwrap();
            let words = summary.rsplit(' ').next().unwrap();
            let slug = format!("OTHER_{}", summary.to_uppercase().replace(' ', "_"));
            assert_eq!(found(&engine, words).await, [slug]);
            assert!(knows_notes(&engine).await, "after {summary}");
        }
        assert!(found(&engine, "moon").await.is_empty());
        engine.remove_app("other").await.unwrap();
        assert!(found(&engine, "sun").await.is_empty());
        assert!(knows_notes(&engine).await);
        engine.close().await;
    }
}

#[tokio::test]
async fn a_search_with_a_filter_gives_all_that_pass_best_first() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let all = found(&engine, "note+status+user").await;
    assert_eq!(all.len(), 4);
    let some = found(&engine, "note+status+user&tags=notes").await;
    let expected: Vec<String> = all
        .into_iter()
        .filter(|slug| slug.contains("NOTE"))
        .collect();
    assert_eq!(some, expected);
    assert_eq!(
        found(&engine, "note&important=true").await,
        ["DEMO_CREATE_A_NOTE"]
    );
    assert!(found(&engine, "note&toolkit_slug=other").await.is_empty());
}

/// A database as the version before the catalogue's own tables left it, with the app `Demo`.
async fn former(path: &Path, vendor: &Vendor) {
    let folder = tempfile::tempdir().unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    for entry in std::fs::read_dir(migrations).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap() < "0008" {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let migrator = Migrator::new(folder.path()).await.unwrap();
    migrator.run(&pool).await.unwrap();
    sqlx::query("PRAGMA application_id = 1129476980")
        .execute(&pool)
        .await
        .unwrap();
    let integration = Integration::parse(vendor.yaml().as_bytes()).unwrap();
    let compiled = compile(integration, DOCUMENT.as_bytes(), "20260101_00");
    let insert = "INSERT INTO apps (slug, version, integration, compiled, created_at) VALUES ('demo', '20260101_00', $1, $2, 5)";
    sqlx::query(insert)
        .bind(vendor.yaml())
        .bind(compiled.unwrap().toolkit.to_stored().unwrap())
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}

#[tokio::test]
async fn apps_that_a_former_version_kept_are_there_after_the_update() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    former(&path, &vendor).await;
    for _ in 0..2 {
        let engine = open(&path).await;
        let reply = get(&engine, "/api/v3.1/toolkits/demo").await;
        assert_eq!(reply.json["meta"]["version"], "20260101_00");
        assert_eq!(reply.json["meta"]["tools_count"], 6);
        let reply = execute(&engine, "DEMO_GET_STATUS", "alice", json!({})).await;
        assert_eq!(reply.json["successful"], true, "{reply:?}");
        let app = get(&engine, "/api/v3.1/engine/apps/demo").await;
        assert_eq!(app.json["integration"], vendor.yaml());
        engine.close().await;
    }
}

#[tokio::test]
async fn what_a_new_version_changes_is_told_before_and_after_it_is_taken() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let operator = Operator::new(engine.clone());
    let only = operator.diff("demo", None, None).await.unwrap_err();
    assert_eq!(only.slug(), Some("Toolkit_OnlyVersion"));

    let changed = DOCUMENT
        .replace(
            "\"required\": [\"title\"]",
            "\"required\": [\"title\", \"text\"]",
        )
        .replace("Get status", "Get the state");
    let app = NewApp::new(vendor.yaml()).document(changed.clone());
    let linted = operator.lint_app(app.clone()).await.unwrap();
    let told = linted.changes.unwrap();
    assert_eq!(
        (told.added.len(), told.removed.len(), told.unchanged),
        (1, 1, 4)
    );
    let argument = "text".to_owned();
    assert_eq!(
        told.changed[0].changes,
        [Change::ArgumentNeeded { argument }]
    );
    assert!(told.is_breaking() && told.to.is_empty());

    let digest = linted.digest.unwrap();
    let other = NewApp::new(vendor.yaml()).document(DOCUMENT).only(&digest);
    let error = operator.add_app(other).await.unwrap_err();
    assert_eq!(error.slug(), Some("Toolkit_DocumentChanged"));
    let added = operator.add_app(app.only(&digest)).await.unwrap();

    let diff = operator.diff("demo", None, None).await.unwrap();
    assert_eq!(diff.to, added.version);
    assert_eq!((&diff.added, &diff.changed), (&told.added, &told.changed));
    let back = operator
        .diff("demo", Some(&diff.to), Some(&diff.from))
        .await
        .unwrap();
    assert_eq!(back.removed, diff.added);
    let same = operator.diff("demo", Some("latest"), None).await.unwrap();
    assert!(same.is_empty());
    let error = operator
        .diff("demo", Some("20010101_00"), None)
        .await
        .unwrap_err();
    assert_eq!(error.slug(), Some("Toolkit_VersionNotFound"));
    let again = NewApp::new(vendor.yaml()).document(changed);
    let nothing = operator.lint_app(again).await.unwrap().changes.unwrap();
    assert!(nothing.is_empty(), "{nothing:?}");
}

#[tokio::test]
async fn a_pinned_toolset_goes_on_with_the_tools_it_pins() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let first = Operator::new(engine.clone())
        .app("demo")
        .await
        .unwrap()
        .version;
    let renamed = DOCUMENT
        .replace("\"/status\"", "\"/state\"")
        .replace("\"operationId\": \"status\",", "");
    let second = engine
        .add_app(vendor.yaml(), renamed)
        .await
        .unwrap()
        .version;
    let newest = ToolSet::<Plain>::new(engine.clone());
    let pinned = newest
        .clone()
        .toolkit_versions(ToolkitVersions::latest().toolkit("demo", &first));
    for (toolset, version, target) in [(&newest, second, "/state"), (&pinned, first, "/status")] {
        let schemas = toolset.get_action_schemas().actions(["DEMO_GET_STATUS"]);
        assert_eq!(schemas.await.unwrap()[0].version, version);
        let tools = toolset
            .get_tools()
            .actions(["DEMO_GET_STATUS"])
            .await
            .unwrap();
        let call = ToolCall::new("call_1", "DEMO_GET_STATUS", "{}");
        let outcome = tools.call(&call, CallContext::new()).await.unwrap();
        assert!(outcome.is_success(), "{outcome:?}");
        assert_eq!(vendor.last().target, target);
        let result = toolset.execute_action("DEMO_GET_STATUS", json!({}));
        assert!(result.await.unwrap().successful);
        assert_eq!(vendor.last().target, target);
    }
}
