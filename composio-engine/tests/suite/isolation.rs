//! One user's account is not another's, and one project's not another's.

use composio_core::ErrorKind;
use composio_engine::Caller;
use http::StatusCode;
use serde_json::json;

use crate::support::{DOCUMENT, Vendor, builder, engine, execute, get, post, send, send_as};

const RUN: &str = "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER";

#[tokio::test]
async fn two_users_run_with_their_own_keys() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for user in ["alice", "bob"] {
        engine
            .connect("demo")
            .entity(user)
            .field("api_key", format!("key-{user}"))
            .await
            .unwrap();
    }
    for user in ["alice", "bob", "alice"] {
        let reply = execute(&engine, "DEMO_GET_CURRENT_USER", user, json!({})).await;
        assert_eq!(reply.json["successful"], true, "{reply:?}");
        assert_eq!(
            vendor.last().headers["x-api-key"],
            format!("key-{user}").as_str()
        );
    }
}

#[tokio::test]
async fn another_users_account_is_not_found_by_its_id() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let alices = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "a")
        .await
        .unwrap();
    engine
        .connect("demo")
        .entity("bob")
        .field("api_key", "b")
        .await
        .unwrap();
    let body = json!({"user_id": "bob", "connected_account_id": alices.id, "arguments": {}});
    for _ in 0..2 {
        let reply = post(&engine, RUN, &body).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(reply.json["error"]["slug"], "ConnectedAccount_NotFound");
    }
    let body = json!({"user_id": "bob", "connected_account_id": alices.id, "endpoint": "/me", "method": "GET"});
    let reply = post(&engine, "/api/v3.1/tools/execute/proxy", &body).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_caller_for_some_apps_does_not_change_the_project_for_all() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let change = json!({"oauth_callback_verifier_url": "https://elsewhere.example/"}).to_string();
    let caller = Caller::project("default").apps(["demo".to_owned()]);
    let path = "/api/v3.1/org/project/config";
    let reply = send_as(&engine, Some(caller), "PATCH", path, change).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.json);
    let config = get(&engine, path).await.json;
    assert!(config["oauth_callback_verifier_url"].is_null(), "{config}");
}

#[tokio::test]
async fn a_user_without_an_account_is_told_what_to_do() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "a")
        .await
        .unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "bob", json!({})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let error = &reply.json["error"];
    assert_eq!(error["slug"], "ConnectedAccount_NotFound");
    let message = error["message"].as_str().unwrap();
    for part in ["bob", "demo", "connect"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn the_newest_active_account_is_used() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine
        .connect("demo")
        .field("api_key", "old")
        .await
        .unwrap();
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "old");
    let new = engine
        .connect("demo")
        .field("api_key", "new")
        .await
        .unwrap();
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "new");
    let off = json!({"enabled": false}).to_string();
    let path = format!("/api/v3/connected_accounts/{}/status", new.id);
    send(&engine, "PATCH", &path, off).await;
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "old");
    let path = format!("/api/v3/connected_accounts/{}", new.id);
    assert_eq!(get(&engine, &path).await.json["status"], "INACTIVE");
}

#[tokio::test]
async fn a_disabled_account_is_refused_at_once_and_works_again_when_enabled() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine.connect("demo").field("api_key", "k").await.unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["successful"], true);
    let path = format!("/api/v3/connected_accounts/{}/status", account.id);
    for (enabled, status) in [
        (false, StatusCode::UNPROCESSABLE_ENTITY),
        (true, StatusCode::OK),
    ] {
        let body = json!({"enabled": enabled}).to_string();
        let reply = send(&engine, "PATCH", &path, body).await;
        assert_eq!(reply.json["success"], true);
        let by_user = execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
        assert_eq!(by_user.status, status, "{by_user:?}");
        let body = json!({"connected_account_id": account.id, "arguments": {}});
        let by_id = post(&engine, RUN, &body).await;
        assert_eq!(by_id.status, status, "{by_id:?}");
        if !enabled {
            assert_eq!(by_id.json["error"]["slug"], "ConnectedAccount_Disabled");
        }
    }
    assert_eq!(vendor.seen().len(), 3);
}

#[tokio::test]
async fn a_disabled_auth_config_disables_its_accounts() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine.connect("demo").field("api_key", "k").await.unwrap();
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    let path = format!("/api/v3.1/auth_configs/{}/DISABLED", account.auth_config.id);
    send(&engine, "PATCH", &path, "").await;
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json["error"]["slug"], "AuthConfig_Disabled");
    let error = engine
        .connect("demo")
        .auth_config(&account.auth_config.id)
        .field("api_key", "k")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_account_of_another_toolkit_is_refused() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let yaml = vendor
        .yaml()
        .replace("unique_key: demo", "unique_key: other");
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let account = engine.connect("other").field("api_key", "k").await.unwrap();
    let body = json!({"connected_account_id": account.id, "arguments": {}});
    let reply = post(&engine, RUN, &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.json["error"]["slug"],
        "ConnectedAccount_ToolkitMismatch"
    );
}

#[tokio::test]
async fn a_caller_for_one_user_sees_and_uses_that_users_accounts_alone() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let alices = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "a")
        .await
        .unwrap();
    let bobs = engine
        .connect("demo")
        .entity("bob")
        .field("api_key", "b")
        .await
        .unwrap();
    let alice = || Some(Caller::default().user("alice"));

    let list = send_as(&engine, alice(), "GET", "/api/v3.1/connected_accounts", "").await;
    assert_eq!(list.json["total_items"], 1);
    assert_eq!(list.json["items"][0]["id"], alices.id.as_str());
    let list = send_as(
        &engine,
        alice(),
        "GET",
        "/api/v3.1/connected_accounts?user_ids=bob",
        "",
    )
    .await;
    assert_eq!(list.status, StatusCode::FORBIDDEN);

    let path = format!("/api/v3.1/connected_accounts/{}", bobs.id);
    let off = json!({"enabled": false}).to_string();
    let alias = json!({"alias": "mine now"}).to_string();
    for (method, path, body) in [
        ("GET", path.clone(), String::new()),
        ("DELETE", path.clone(), String::new()),
        ("PATCH", path.clone(), alias),
        ("PATCH", format!("{path}/status"), off),
        ("POST", format!("{path}/refresh"), String::new()),
        ("POST", format!("{path}/revoke"), String::new()),
    ] {
        let reply = send_as(&engine, alice(), method, &path, body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(!reply.json.to_string().contains("bob"), "{reply:?}");
    }
    let link = json!({"auth_config_id": bobs.auth_config.id, "user_id": "bob"}).to_string();
    let path = "/api/v3.1/connected_accounts/link";
    let reply = send_as(&engine, alice(), "POST", path, link).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_caller_for_one_user_connects_and_executes_for_that_user_alone() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let connect = async |user: &str| {
        let request = engine.connect("demo").entity(user).field("api_key", "a");
        request.await.unwrap()
    };
    let (_, bobs) = (connect("alice").await, connect("bob").await);
    let alice = || Some(Caller::default().user("alice"));
    let by_id = json!({"connected_account_id": bobs.id, "arguments": {}}).to_string();
    let reply = send_as(&engine, alice(), "POST", RUN, by_id).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let by_name = json!({"user_id": "bob", "arguments": {}}).to_string();
    let reply = send_as(&engine, alice(), "POST", RUN, by_name).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let without = json!({"arguments": {}}).to_string();
    let reply = send_as(&engine, alice(), "POST", RUN, without).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(vendor.last().headers["x-api-key"], "a");

    let for_bob = json!({
        "auth_config": {"id": bobs.auth_config.id},
        "connection": {"user_id": "bob", "data": {"api_key": "x"}}
    });
    let path = "/api/v3.1/connected_accounts";
    let reply = send_as(&engine, alice(), "POST", path, for_bob.to_string()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let path = format!("/api/v3.1/auth_configs/{}", bobs.auth_config.id);
    let reply = send_as(&engine, alice(), "DELETE", &path, "").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_header_does_not_make_a_caller() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "a")
        .await
        .unwrap();
    let path = format!("/api/v3.1/connected_accounts/{}", account.id);
    let other = Some(Caller::project("other"));
    let reply = send_as(&engine, other, "GET", &path, "").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let request = http::Request::get(&path)
        .header("x-project-id", "other")
        .header("x-user-id", "bob")
        .body(composio_core::Body::empty())
        .unwrap();
    let transport = composio_core::Transport::from(engine);
    assert_eq!(
        transport.send(request).await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn projects_share_apps_and_nothing_else() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .project("one")
        .field("api_key", "one")
        .await
        .unwrap();
    let two = || Some(Caller::project("two"));
    let reply = send_as(&engine, two(), "GET", "/api/v3/auth_configs", "").await;
    assert_eq!(reply.json["total_items"], 0);
    let body = json!({"connected_account_id": account.id, "arguments": {}}).to_string();
    let reply = send_as(&engine, two(), "POST", RUN, body).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let path = format!("/api/v3.1/connected_accounts/{}", account.id);
    let enabled = json!({"enabled": false}).to_string();
    let config = format!("/api/v3.1/auth_configs/{}", account.auth_config.id);
    let link = json!({"auth_config_id": account.auth_config.id, "user_id": "u"}).to_string();
    for (method, path, body) in [
        ("GET", path.clone(), String::new()),
        ("DELETE", path.clone(), String::new()),
        ("PATCH", path.clone(), json!({"alias": "a"}).to_string()),
        ("PATCH", format!("{path}/status"), enabled),
        ("POST", format!("{path}/refresh"), String::new()),
        ("POST", format!("{path}/revoke"), String::new()),
        ("POST", "/api/v3/connected_accounts/link".to_owned(), link),
        ("GET", config.clone(), String::new()),
        (
            "PATCH",
            config.clone(),
            json!({"type": "custom"}).to_string(),
        ),
        ("PATCH", format!("{config}/DISABLED"), String::new()),
        ("DELETE", config, String::new()),
    ] {
        let reply = send_as(&engine, two(), method, &path, body).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let path = format!("/api/v3/tools?auth_config_ids={}", account.auth_config.id);
    let reply = send_as(&engine, two(), "GET", &path, "").await;
    assert_eq!(reply.json["total_items"], 0);
    let body = json!({"arguments": {}}).to_string();
    let reply = send_as(&engine, Some(Caller::project("one")), "POST", RUN, body).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
}

#[tokio::test]
async fn a_restricted_auth_config_allows_its_tools_alone() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let body = json!({"toolkit": {"slug": "demo"}, "auth_config": {
        "type": "use_custom_auth", "authScheme": "API_KEY",
        "tool_access_config": {"tools_available_for_execution": ["DEMO_GET_CURRENT_USER"]}}});
    let config = post(&engine, "/api/v3.1/auth_configs", &body).await;
    let id = config.json["auth_config"]["id"].as_str().unwrap();
    let account = engine
        .connect("demo")
        .auth_config(id)
        .field("api_key", "k")
        .await
        .unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    let reply = execute(
        &engine,
        "DEMO_CREATE_A_NOTE",
        "default",
        json!({"title": "x"}),
    )
    .await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let body = json!({"connected_account_id": account.id, "endpoint": "/notes", "method": "POST"});
    let reply = post(&engine, "/api/v3.1/tools/execute/proxy", &body).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(vendor.seen().len(), 1);
}

#[tokio::test]
async fn requests_from_many_callers_at_once_do_not_mix_users() {
    let vendor = Vendor::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let engine = engine.clone();
        tasks.spawn(async move {
            let user = format!("user-{number}");
            engine
                .connect("demo")
                .entity(&user)
                .field("api_key", format!("key-of-{user}"))
                .await
                .unwrap();
            let reply = execute(&engine, "DEMO_CREATE_A_NOTE", &user, json!({"title": user})).await;
            assert_eq!(
                reply.json["data"]["body"]["title"],
                user.as_str(),
                "{reply:?}"
            );
        });
    }
    tasks.join_all().await;
    for seen in vendor.seen() {
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        let user = body["title"].as_str().unwrap();
        assert_eq!(seen.headers["x-api-key"], format!("key-of-{user}").as_str());
    }
    assert_eq!(
        get(&engine, "/api/v3/auth_configs").await.json["total_items"],
        1
    );
    assert_eq!(
        get(&engine, "/api/v3/connected_accounts").await.json["total_items"],
        100
    );
}
