//! The log of executions, what of it is kept, and the project's say in it.

use std::time::Duration;

use composio_engine::{Caller, Engine, NewKey, Operator};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{DOCUMENT, Vendor, builder, engine, execute, get, post, send, send_as};

const LOGS: &str = "/api/v3.1/logs/tool_execution";
const CONFIG: &str = "/api/v3/org/project/config";

async fn run(engine: &Engine, tool: &str, user: &str) -> String {
    let reply = execute(engine, tool, user, json!({})).await;
    reply.json["log_id"].as_str().unwrap_or_default().to_owned()
}

/// Calls of alice and bob: three that succeed, one that fails, one that is refused.
async fn called(vendor: &Vendor) -> Engine {
    let engine = engine(vendor).await;
    for user in ["alice", "bob"] {
        let request = engine.connect("demo").entity(user).field("api_key", "k");
        request.await.unwrap();
    }
    for (tool, user) in [
        ("DEMO_GET_CURRENT_USER", "alice"),
        ("DEMO_BREAK", "alice"),
        ("DEMO_GET_CURRENT_USER", "bob"),
        ("DEMO_GET_STATUS", "bob"),
        ("DEMO_GET_CURRENT_USER", "carol"),
    ] {
        run(&engine, tool, user).await;
    }
    engine
}

async fn search(engine: &Engine, body: Value) -> Value {
    post(engine, LOGS, &body).await.json
}

fn count(page: &Value) -> usize {
    page["logs"]
        .as_array()
        .unwrap_or_else(|| panic!("{page}"))
        .len()
}

#[tokio::test]
async fn a_call_is_in_the_log_as_soon_as_it_is_answered_and_without_what_was_said() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .entity("u")
        .field("api_key", "k")
        .await
        .unwrap();
    let arguments = json!({"title": "needle-argument"});
    let reply = execute(&engine, "DEMO_CREATE_A_NOTE", "u", arguments).await;
    let id = reply.json["log_id"].as_str().unwrap();
    let entry = get(&engine, &format!("{LOGS}/{id}")).await.json;
    assert_eq!(entry["id"], id);
    assert_eq!(entry["type"], "tool.execution");
    assert_eq!(entry["status"], "success");
    assert_eq!(entry["level"], "info");
    let metadata = &entry["metadata"];
    assert_eq!(metadata["tool_slug"], "DEMO_CREATE_A_NOTE");
    assert_eq!(metadata["user_id"], "u");
    assert_eq!(metadata["connected_account_id"], account.id.as_str());
    let (start, end) = (
        &entry["timings"]["start_time"],
        &entry["timings"]["end_time"],
    );
    assert!(end.as_f64() > start.as_f64());
    assert!(entry["metrics"]["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(entry["data"], json!({}));
    assert!(!entry.to_string().contains("needle-argument"), "{entry}");
    let none = get(&engine, &format!("{LOGS}/log_none")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert_eq!(none.json["error"]["slug"], "Log_NotFound");
}

#[tokio::test]
async fn entries_are_filtered_by_all_conditions() {
    let vendor = Vendor::start().await;
    let engine = called(&vendor).await;
    let filter = |field: &str, operator: &str, value: &str| json!({"field": field, "operator": operator, "value": value});
    for (filters, expected) in [
        (vec![], 5),
        (vec![filter("status", "==", "success")], 3),
        (vec![filter("status", "!=", "success")], 2),
        (vec![filter("tool_slug", "==", "demo_break")], 1),
        (vec![filter("tool_slug", "contains", "current")], 3),
        (vec![filter("tool_slug", "not_contains", "CURRENT")], 2),
        (vec![filter("toolkit_slug", "==", "DEMO")], 5),
        (
            vec![
                filter("user_id", "==", "alice"),
                filter("status", "==", "failed"),
            ],
            1,
        ),
        (vec![filter("user_id", "==", "Alice")], 0),
        (vec![filter("session_id", "==", "trs_1")], 0),
        (vec![filter("session_id", "!=", "trs_1")], 5),
        (vec![filter("user_id", "==", "' OR 1=1 --")], 0),
    ] {
        let body = json!({"filters": filters});
        assert_eq!(
            count(&search(&engine, body.clone()).await),
            expected,
            "{body}"
        );
    }
    let listed = get(&engine, &format!("{LOGS}?user_id=bob&status=success")).await;
    assert_eq!(count(&listed.json), 2);
    let accounts = get(&engine, "/api/v3/connected_accounts?user_ids=alice")
        .await
        .json;
    let account = &accounts["items"][0];
    for (field, value) in [
        ("connected_account_id", &account["id"]),
        ("auth_config_id", &account["auth_config"]["id"]),
    ] {
        let found = search(
            &engine,
            json!({"filters": [filter(field, "==", value.as_str().unwrap())]}),
        );
        let expected = if field == "auth_config_id" { 3 } else { 2 };
        assert_eq!(count(&found.await), expected, "{field}");
    }
}

#[tokio::test]
async fn pages_of_the_log_go_from_the_newest_to_the_oldest() {
    let vendor = Vendor::start().await;
    let engine = called(&vendor).await;
    let all = search(&engine, json!({"limit": 100})).await;
    assert_eq!(all["next_cursor"], Value::Null);
    let mut ids = Vec::new();
    let mut cursor = Value::Null;
    for page in 1..=3 {
        let reply = search(&engine, json!({"limit": 2, "cursor": cursor})).await;
        ids.extend(reply["logs"].as_array().unwrap().clone());
        cursor = reply["next_cursor"].clone();
        assert_eq!(cursor.is_null(), page == 3);
    }
    assert_eq!(all["logs"], Value::Array(ids));
    let times: Vec<_> = all["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["timestamp"].to_string())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let future = json!({"time_range": {"from": 4e12, "to": 5e12}});
    assert_eq!(count(&search(&engine, future).await), 0);
    let ever = json!({"time_range": {"from": 0, "to": 5e12}});
    assert_eq!(count(&search(&engine, ever).await), 5);
}

#[tokio::test]
async fn bad_questions_to_the_log_are_refused() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let filter = json!({"field": "user_id", "operator": "==", "value": "u"});
    for body in [
        json!({"limit": -1}),
        json!({"limit": "many"}),
        json!({"cursor": "nonsense"}),
        json!({"cursor": "MTp4OnkK!"}),
        json!({"filters": [{"field": "sealed", "operator": "==", "value": ""}]}),
        json!({"filters": [{"field": "user_id", "operator": "like", "value": ""}]}),
        json!({"filters": vec![filter; 51]}),
        json!({"time_range": {"from": "yesterday", "to": 1}}),
    ] {
        let reply = post(&engine, LOGS, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
    for query in ["limit=x", "from=x", "cursor=x"] {
        let reply = get(&engine, &format!("{LOGS}?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_caller_reads_its_own_part_of_the_log() {
    let vendor = Vendor::start().await;
    let engine = called(&vendor).await;
    let bobs = search(
        &engine,
        json!({"filters": [{"field": "user_id", "operator": "==", "value": "bob"}]}),
    )
    .await;
    let bobs = format!("{LOGS}/{}", bobs["logs"][0]["id"].as_str().unwrap());
    let alice = || Some(Caller::default().user("alice"));
    let own = send_as(&engine, alice(), "POST", LOGS, "{}").await;
    assert_eq!(count(&own.json), 2);
    assert!(!own.json.to_string().contains("bob"));
    let not_bob = json!({"filters": [{"field": "user_id", "operator": "!=", "value": "alice"}]});
    let reply = send_as(&engine, alice(), "POST", LOGS, not_bob.to_string()).await;
    assert_eq!(count(&reply.json), 0);
    let of_bob = json!({"filters": [{"field": "user_id", "operator": "==", "value": "bob"}]});
    let reply = send_as(&engine, alice(), "POST", LOGS, of_bob.to_string()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(
        send_as(&engine, alice(), "GET", &bobs, "").await.status,
        StatusCode::FORBIDDEN
    );

    let two = || Some(Caller::project("two"));
    assert_eq!(
        count(&send_as(&engine, two(), "POST", LOGS, "{}").await.json),
        0
    );
    assert_eq!(
        send_as(&engine, two(), "GET", &bobs, "").await.status,
        StatusCode::NOT_FOUND
    );

    let apps = || Some(Caller::default().apps(vec!["other".to_owned()]));
    assert_eq!(
        count(&send_as(&engine, apps(), "POST", LOGS, "{}").await.json),
        0
    );
    assert_eq!(
        send_as(&engine, apps(), "GET", &bobs, "").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn arguments_and_results_are_kept_sealed_where_the_project_asks_for_it() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let engine = builder()
        .database(folder.path().join("e.db"))
        .build()
        .await
        .unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engine.connect("demo").field("api_key", "k").await.unwrap();
    let on = json!({"log_visibility_setting": "show_all"}).to_string();
    let reply = send(&engine, "PATCH", CONFIG, on).await;
    assert_eq!(reply.json["log_visibility_setting"], "show_all");
    let arguments = json!({"title": "needle-in-the-log"});
    let reply = execute(&engine, "DEMO_CREATE_A_NOTE", "default", arguments.clone()).await;
    let id = reply.json["log_id"].as_str().unwrap();
    let entry = get(&engine, &format!("{LOGS}/{id}")).await.json;
    assert_eq!(entry["data"]["arguments"], arguments);
    assert_eq!(entry["data"]["result"]["data"]["body"], arguments);
    let listed = search(&engine, json!({})).await;
    assert!(!listed.to_string().contains("needle"), "{listed}");

    let proxied = json!({"endpoint": "/notes", "method": "POST", "toolkit_slug": "demo", "body": {"text": "needle-two"}});
    post(&engine, "/api/v3/tools/execute/proxy", &proxied).await;
    let listed = search(&engine, json!({"limit": 1})).await;
    let path = format!("{LOGS}/{}", listed["logs"][0]["id"].as_str().unwrap());
    let entry = get(&engine, &path).await.json;
    assert_eq!(entry["data"]["arguments"]["body"]["text"], "needle-two");
    assert_eq!(entry["data"]["result"]["status"], 200);

    let large = json!({"title": "x", "text": "large ".repeat(100_000)});
    let reply = execute(&engine, "DEMO_CREATE_A_NOTE", "default", large).await;
    let id = reply.json["log_id"].as_str().unwrap();
    let entry = get(&engine, &format!("{LOGS}/{id}")).await.json;
    assert!(
        entry["data"]["arguments"]["left_out_bytes"]
            .as_u64()
            .unwrap()
            > 600_000
    );
    engine.close().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"needle"));
    }
}

#[tokio::test]
async fn the_engines_default_holds_until_a_project_says_otherwise() {
    let vendor = Vendor::start().await;
    let engine = builder()
        .in_memory()
        .log_payloads(true)
        .build()
        .await
        .unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    for project in ["one", "two"] {
        engine
            .connect("demo")
            .project(project)
            .field("api_key", "k")
            .await
            .unwrap();
    }
    let off = json!({"log_visibility_setting": "dont_store_data"}).to_string();
    send_as(&engine, Some(Caller::project("two")), "PATCH", CONFIG, off).await;
    for (project, setting, kept) in [("one", "show_all", true), ("two", "dont_store_data", false)] {
        let caller = || Some(Caller::project(project));
        let config = send_as(&engine, caller(), "GET", CONFIG, "").await.json;
        assert_eq!(config["log_visibility_setting"], setting);
        let path = "/api/v3/tools/execute/DEMO_GET_CURRENT_USER";
        let reply = send_as(&engine, caller(), "POST", path, "{}").await;
        let path = format!("{LOGS}/{}", reply.json["log_id"].as_str().unwrap());
        let entry = send_as(&engine, caller(), "GET", &path, "").await.json;
        assert_eq!(entry["data"] != json!({}), kept, "{project}");
    }
}

#[tokio::test]
async fn a_projects_configuration_is_its_own_and_promises_nothing() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let config = get(&engine, CONFIG).await.json;
    assert_eq!(
        config,
        json!({"is_2FA_enabled": false, "mask_secret_keys_in_connected_account": true,
            "log_visibility_setting": "dont_store_data"})
    );
    let change = json!({"display_name": "Acme", "logo_url": "https://acme.example/l.png", "require_mcp_api_key": true});
    let changed = send(&engine, "PATCH", CONFIG, change.to_string())
        .await
        .json;
    assert_eq!(changed["display_name"], "Acme");
    let changed = send(&engine, "PATCH", CONFIG, r#"{"is_2FA_enabled": false}"#)
        .await
        .json;
    assert_eq!(changed["logo_url"], "https://acme.example/l.png");
    assert_eq!(changed["require_mcp_api_key"], true);
    let other = send_as(&engine, Some(Caller::project("two")), "GET", CONFIG, "")
        .await
        .json;
    assert_eq!(other, config);
    for body in [
        json!({"is_2FA_enabled": true}),
        json!({"mask_secret_keys_in_connected_account": false}),
        json!({"log_visibility_setting": "some"}),
        json!({"display_name": "a\u{0}b"}),
        json!({"display_name": "x".repeat(2049)}),
    ] {
        let reply = send(&engine, "PATCH", CONFIG, body.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let alice = Some(Caller::default().user("alice"));
    let reply = send_as(
        &engine,
        alice,
        "PATCH",
        CONFIG,
        r#"{"display_name": "Mine"}"#,
    )
    .await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn session_info_names_the_project_and_no_key() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let caller = Some(Caller::project("acme").user("alice"));
    let info = send_as(&engine, caller, "GET", "/api/v3.1/auth/session/info", "")
        .await
        .json;
    assert_eq!(info["project"]["nano_id"], "acme");
    assert_eq!(info["api_key"], Value::Null);
    assert_eq!(info["org_member"]["id"], "alice");
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_and_others_everything() {
    let vendor = Vendor::start().await;
    let engine = called(&vendor).await;
    engine
        .connect("demo")
        .project("two")
        .entity("alice")
        .field("api_key", "k")
        .await
        .unwrap();
    let removed = engine.delete_user("default", "alice").await.unwrap();
    assert_eq!((removed.connections, removed.logs), (1, 2));
    let accounts = get(&engine, "/api/v3/connected_accounts").await.json;
    assert_eq!(accounts["total_items"], 1);
    assert_eq!(accounts["items"][0]["user_id"], "bob");
    assert_eq!(count(&search(&engine, json!({})).await), 3);
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "alice", json!({})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let two = Some(Caller::project("two"));
    let accounts = send_as(&engine, two, "GET", "/api/v3/connected_accounts", "")
        .await
        .json;
    assert_eq!(accounts["total_items"], 1);
    let again = engine.delete_user("default", "nobody").await.unwrap();
    assert_eq!((again.connections, again.logs), (0, 0));
}

#[tokio::test]
async fn a_user_is_deleted_over_the_api_by_an_operator_alone() {
    let vendor = Vendor::start().await;
    let engine = called(&vendor).await;
    let path = "/api/v3.1/engine/users/alice";
    for caller in [
        Caller::project("default"),
        Caller::default().user("bob"),
        Caller::project("two").user("alice"),
    ] {
        let reply = send_as(&engine, Some(caller), "DELETE", path, "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
    let operator = Operator::new(engine.clone());
    for new in [
        NewKey::new().user("alice"),
        NewKey::new().user("bob"),
        NewKey::new(),
    ] {
        operator.create_key(new).await.unwrap();
    }
    let reply = send(&engine, "DELETE", &format!("{path}?project=two"), "").await;
    assert_eq!(reply.json["connections"], 0);
    assert_eq!(reply.json["keys"], 0);
    let reply = send(&engine, "DELETE", path, "").await;
    let gone = json!({"connections": 1, "logs": 2, "files": 0, "keys": 1});
    assert_eq!(reply.json, gone);
    let kept = operator.keys().await.unwrap();
    let users: Vec<_> = kept
        .iter()
        .map(|key| key.scope.user_id.as_deref())
        .collect();
    assert_eq!(users, [Some("bob"), None]);
}

#[tokio::test]
async fn a_user_is_deleted_while_they_call() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine
        .connect("demo")
        .entity("u")
        .field("api_key", "k")
        .await
        .unwrap();
    let calling = engine.clone();
    let slow = tokio::spawn(async move { run(&calling, "DEMO_WAIT", "u").await });
    while vendor.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        engine
            .delete_user("default", "u")
            .await
            .unwrap()
            .connections,
        1
    );
    slow.abort();
    assert!(slow.await.unwrap_err().is_cancelled());
}
