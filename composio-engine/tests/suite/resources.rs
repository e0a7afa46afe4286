//! Toolkits, tools, auth configs and connected accounts: what each route takes and answers.

use composio_engine::{Caller, Engine};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{DOCUMENT, Vendor, engine, execute, get, post, send, send_as};

const ACCOUNTS: &str = "/api/v3.1/connected_accounts";

/// An engine that knows `demo` and `other`, which has its categories alone in common with it.
async fn two_apps(vendor: &Vendor) -> Engine {
    let engine = engine(vendor).await;
    let yaml = vendor
        .yaml()
        .replace("unique_key: demo", "unique_key: other")
        .replace("[productivity]", "[Productivity, Time Tracking]");
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    engine
}

fn slugs(reply: &Value) -> Vec<&str> {
    let items = reply["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["slug"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn toolkits_are_filtered_and_sorted() {
    let vendor = Vendor::start().await;
    let engine = two_apps(&vendor).await;
    engine.connect("other").field("api_key", "k").await.unwrap();
    let reply = execute(&engine, "OTHER_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    for (query, expected) in [
        ("", &["demo", "other"][..]),
        ("managed_by=composio", &["demo", "other"]),
        ("managed_by=all&type=all", &["demo", "other"]),
        ("managed_by=project", &[]),
        ("type=native", &["demo", "other"]),
        ("type=custom", &[]),
        ("category=time-tracking", &["other"]),
        ("category=Time%20Tracking", &["other"]),
        ("category=productivity", &["demo", "other"]),
        ("search=oth", &["other"]),
        ("sort_by=alphabetically&limit=1", &["demo"]),
        ("include_deprecated=true&limit=1&cursor=", &["demo"]),
    ] {
        let reply = get(&engine, &format!("/api/v3.1/toolkits?{query}")).await;
        assert_eq!(slugs(&reply.json), expected, "{query}");
    }
    // The call is logged a moment after its answer.
    for attempt in 0..100 {
        let reply = get(&engine, "/api/v3.1/toolkits?sort_by=usage").await;
        if slugs(&reply.json) == ["other", "demo"] {
            break;
        }
        assert!(attempt < 99, "{reply:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for query in [
        "managed_by=me",
        "type=any",
        "sort_by=luck",
        "limit=x",
        "include_deprecated=2",
    ] {
        let reply = get(&engine, &format!("/api/v3/toolkits?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn several_toolkits_are_asked_for_at_once() {
    let vendor = Vendor::start().await;
    let engine = two_apps(&vendor).await;
    for (body, expected) in [
        (json!({}), &["demo", "other"][..]),
        (json!({"toolkits": ["OTHER", "nothing"]}), &["other"]),
        (
            json!({"category": "time-tracking", "managed_by": "all"}),
            &["other"],
        ),
        (
            json!({"limit": 1.0, "sort_by": "alphabetically"}),
            &["demo"],
        ),
    ] {
        let reply = post(&engine, "/api/v3/toolkits/multi", &body).await;
        assert_eq!(slugs(&reply.json), expected, "{body}");
    }
    for body in [
        json!({"sort_by": "luck"}),
        json!({"limit": -1}),
        json!({"toolkits": "demo"}),
    ] {
        let reply = post(&engine, "/api/v3.1/toolkits/multi", &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_toolkits_versions_are_in_the_changelog_and_can_be_asked_for() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let second = engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let log = get(&engine, "/api/v3.1/toolkits/changelog").await.json;
    let entry = &log["items"][0];
    assert_eq!(entry["slug"], "demo");
    assert_eq!(entry["display_name"], "Demo");
    let versions = entry["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["version"], second.version.as_str());
    let first = versions[1]["version"].as_str().unwrap();
    for version in [first, "latest"] {
        let path = format!("/api/v3/toolkits/demo?version={version}");
        let expected = if version == first {
            first
        } else {
            second.version.as_str()
        };
        assert_eq!(get(&engine, &path).await.json["meta"]["version"], expected);
    }
    let reply = get(&engine, "/api/v3/toolkits/demo?version=20010101_00").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let path = format!("/api/v3/tools/DEMO_WAIT?toolkit_versions[demo]={first}");
    assert_eq!(get(&engine, &path).await.json["version"], first);
}

#[tokio::test]
async fn scopes_are_told_for_tools_of_one_toolkit() {
    let vendor = Vendor::start().await;
    let engine = two_apps(&vendor).await;
    let path = "/api/v3.1/tools/scopes/required";
    let reply = post(
        &engine,
        path,
        &json!({"tools": ["demo_wait", "DEMO_BREAK"]}),
    )
    .await;
    assert_eq!(reply.json["scopes_required"], json!([]));
    assert_eq!(
        reply.json["per_tool_requirements"],
        json!([
            {"tool": "DEMO_WAIT", "scope_requirements": {"all_of": []}},
            {"tool": "DEMO_BREAK", "scope_requirements": {"all_of": []}},
        ])
    );
    for (tools, status) in [
        (json!([]), 400),
        (json!(["DEMO_WAIT", "OTHER_WAIT"]), 400),
        (json!(["NOTHING"]), 404),
    ] {
        let reply = post(&engine, path, &json!({"tools": tools})).await;
        assert_eq!(reply.status.as_u16(), status, "{tools}");
    }
}

#[tokio::test]
async fn tools_are_listed_by_the_toolkits_of_auth_configs() {
    let vendor = Vendor::start().await;
    let engine = two_apps(&vendor).await;
    let account = engine.connect("other").field("api_key", "k").await.unwrap();
    let id = &account.auth_config.id;
    for (query, total) in [
        (format!("auth_config_ids={id}"), 6),
        (
            format!("auth_config_ids={id},ac_none&toolkit_slug=OTHER"),
            6,
        ),
        (format!("auth_config_ids={id}&toolkit_slug=demo"), 0),
        ("auth_config_ids=ac_none".to_owned(), 0),
        ("auth_config_ids=ac_none&tool_slugs=DEMO_WAIT".to_owned(), 1),
    ] {
        let reply = get(&engine, &format!("/api/v3/tools?{query}")).await;
        assert_eq!(reply.json["total_items"], total, "{query}");
    }
}

#[tokio::test]
async fn an_alias_is_changed_removed_and_unique_to_its_user_and_toolkit() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let connect = async |user: &str| {
        let request = engine.connect("demo").entity(user).field("api_key", "k");
        request.await.unwrap().id
    };
    let (first, second, other) = (connect("u").await, connect("u").await, connect("v").await);
    let patch = async |id: &str, alias: &str| {
        let body = json!({"alias": alias}).to_string();
        send(&engine, "PATCH", &format!("{ACCOUNTS}/{id}"), body).await
    };
    let reply = patch(&first, "work").await;
    assert_eq!(
        reply.json,
        json!({"id": first, "status": "ACTIVE", "success": true})
    );
    let reply = patch(&second, "work").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json["error"]["slug"], "ConnectedAccount_AliasTaken");
    assert_eq!(patch(&other, "work").await.status, StatusCode::OK);
    assert_eq!(patch(&first, "").await.status, StatusCode::OK);
    let shown = get(&engine, &format!("{ACCOUNTS}/{first}")).await.json;
    assert_eq!(shown["alias"], Value::Null);
    assert_eq!(patch(&second, "work").await.status, StatusCode::OK);
    assert_eq!(
        patch(&second, "a\u{7}b").await.status,
        StatusCode::BAD_REQUEST
    );
    let error = engine
        .connect("demo")
        .entity("v")
        .alias("work")
        .field("api_key", "k")
        .await;
    assert_eq!(
        error.unwrap_err().slug(),
        Some("ConnectedAccount_AliasTaken")
    );
}

#[tokio::test]
async fn new_credentials_are_used_by_the_next_call() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .field("api_key", "old")
        .await
        .unwrap();
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    let path = format!("{ACCOUNTS}/{}", account.id);
    let patch = async |state: Value| {
        let body = json!({"connection": {"state": state}}).to_string();
        send(&engine, "PATCH", &path, body).await
    };
    let reply = patch(json!({"authScheme": "API_KEY", "val": {"generic_api_key": "new"}})).await;
    assert_eq!(reply.json["success"], true, "{reply:?}");
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "new");
    for (state, slug) in [
        (
            json!({"authScheme": "BASIC", "val": {}}),
            "Auth_SchemeMismatch",
        ),
        (
            json!({"authScheme": "API_KEY", "val": {"generic_api_key": null}}),
            "Auth_FieldMissing",
        ),
        (
            json!({"authScheme": "API_KEY", "val": {"colour": "red"}}),
            "Auth_FieldUnknown",
        ),
    ] {
        let reply = patch(state).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.json["error"]["slug"], slug);
    }
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "new");
}

#[tokio::test]
async fn what_static_credentials_cannot_do_is_said() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine.connect("demo").field("api_key", "k").await.unwrap();
    let path = format!("{ACCOUNTS}/{}", account.id);
    let refreshed = post(&engine, &format!("{path}/refresh"), &json!({})).await;
    assert_eq!(
        refreshed.json,
        json!({"id": account.id, "status": "ACTIVE", "redirect_url": null})
    );
    let link = json!({"auth_config_id": account.auth_config.id, "user_id": "u"});
    for (path, body, status, slug) in [
        (
            format!("{path}/revoke"),
            json!({}),
            400,
            "ConnectedAccount_RevokeNotSupported",
        ),
        (
            format!("{path}/refresh"),
            json!({"validate_credentials": true}),
            501,
            "Auth_ValidationNotSupported",
        ),
        (format!("{ACCOUNTS}/link"), link, 400, "Auth_NoPublicUrl"),
        (
            format!("{ACCOUNTS}/link"),
            json!({"auth_config_id": "ac_none", "user_id": "u"}),
            404,
            "AuthConfig_NotFound",
        ),
    ] {
        let reply = post(&engine, &path, &body).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(reply.json["error"]["slug"], slug);
    }
    let shown = get(&engine, &path).await.json;
    assert_eq!(shown["status"], "ACTIVE");
    for (kind, total) in [("PRIVATE", 1), ("ALL", 1), ("SHARED", 0)] {
        let reply = get(&engine, &format!("{ACCOUNTS}?account_type={kind}")).await;
        assert_eq!(reply.json["total_items"], total, "{kind}");
    }
}

#[tokio::test]
async fn shared_credentials_are_every_accounts_and_a_proxy_is_refused() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let config = |extra: Value| {
        let mut config = json!({"type": "use_custom_auth", "authScheme": "API_KEY"});
        let members = extra.as_object().unwrap().clone();
        config.as_object_mut().unwrap().extend(members);
        json!({"toolkit": {"slug": "demo"}, "auth_config": config})
    };
    let path = "/api/v3.1/auth_configs";
    let shared = config(json!({"shared_credentials": {"api_key": "everybodys"}}));
    let made = post(&engine, path, &shared).await;
    let id = made.json["auth_config"]["id"].as_str().unwrap();
    let body = json!({"auth_config": {"id": id}, "connection": {"user_id": "u"}});
    let reply = post(&engine, ACCOUNTS, &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    execute(&engine, "DEMO_GET_CURRENT_USER", "u", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "everybodys");
    let change = json!({"type": "custom", "shared_credentials": {"api_key": "new"},
        "restrict_to_following_tools": ["DEMO_GET_CURRENT_USER"]});
    send(
        &engine,
        "PATCH",
        &format!("{path}/{id}"),
        change.to_string(),
    )
    .await;
    execute(&engine, "DEMO_GET_CURRENT_USER", "u", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "new");
    let reply = execute(&engine, "DEMO_WAIT", "u", json!({})).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let proxied = config(json!({"proxy_config": {"proxy_url": "http://proxy.example"}}));
    let reply = post(&engine, path, &proxied).await;
    assert_eq!(reply.json["error"]["slug"], "AuthConfig_ProxyNotSupported");
}

#[tokio::test]
async fn a_caller_for_one_user_changes_that_users_account_alone() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "a")
        .await
        .unwrap();
    let alice = Some(Caller::default().user("alice"));
    let path = format!("{ACCOUNTS}/{}", account.id);
    let body = json!({"connection": {"state": {"authScheme": "API_KEY", "val": {"api_key": "b"}}}});
    let reply = send_as(&engine, alice, "PATCH", &path, body.to_string()).await;
    assert_eq!(reply.json["success"], true, "{reply:?}");
}
