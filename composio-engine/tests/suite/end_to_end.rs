//! From an empty file to tool calls, and again after it is reopened.

use composio_core::{ErrorKind, models::AuthScheme};
use http::StatusCode;
use serde_json::json;

use crate::support::{DOCUMENT, Vendor, YAML, builder, engine, execute, get, post};

#[tokio::test]
async fn a_tool_runs_with_the_users_key_and_again_after_the_file_is_reopened() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = builder().database(&path).build().await.unwrap();
    let added = engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    assert_eq!((added.toolkit.as_str(), added.tools), ("demo", 6));
    let account = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "sk-alice")
        .await
        .unwrap();
    assert!(account.is_active());
    let reply = execute(
        &engine,
        "DEMO_CREATE_A_NOTE",
        "alice",
        json!({"title": "hi"}),
    )
    .await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(reply.json["data"]["body"], json!({"title": "hi"}));
    assert_eq!(vendor.last().headers["x-api-key"], "sk-alice");
    engine.close().await;
    drop(engine);

    let engine = builder().database(&path).build().await.unwrap();
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "alice", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(vendor.last().headers["x-api-key"], "sk-alice");
    let reply = get(
        &engine,
        &format!("/api/v3/connected_accounts/{}", account.id),
    )
    .await;
    assert_eq!(reply.json["state"]["val"]["api_key"], "...");
}

#[tokio::test]
async fn every_static_scheme_reaches_the_vendor() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine
        .connect("demo")
        .entity("bearer")
        .scheme(AuthScheme::BearerToken)
        .field("token", "tok-1")
        .await
        .unwrap();
    engine
        .connect("demo")
        .entity("basic")
        .field("username", "bob")
        .field("password", "p:ss")
        .field("workspace", "acme")
        .await
        .unwrap();

    execute(&engine, "DEMO_GET_CURRENT_USER", "bearer", json!({})).await;
    assert_eq!(vendor.last().headers["authorization"], "Bearer tok-1");

    execute(&engine, "DEMO_GET_CURRENT_USER", "basic", json!({})).await;
    let headers = vendor.last().headers;
    // RFC 7617: base64 of `bob:p:ss`.
    assert_eq!(headers["authorization"], "Basic Ym9iOnA6c3M=");
    assert_eq!(headers["x-workspace"], "acme");
    assert_eq!(headers["x-region"], "eu");
}

#[tokio::test]
async fn a_tool_without_authentication_needs_no_account() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let reply = execute(&engine, "DEMO_GET_STATUS", "nobody", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert!(!vendor.last().headers.contains_key("x-api-key"));
}

#[tokio::test]
async fn a_vendors_failure_is_a_result() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine.connect("demo").field("api_key", "k").await.unwrap();
    let reply = execute(&engine, "DEMO_BREAK", "default", json!({})).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json["successful"], false);
    assert!(
        reply.json["error"].as_str().unwrap().contains("500"),
        "{reply:?}"
    );
    assert!(reply.json["log_id"].as_str().unwrap().starts_with("log_"));
}

#[tokio::test]
async fn a_vendor_that_is_gone_is_a_result_that_says_so() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let yaml = YAML.replace("BASE", &address);
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    engine.connect("demo").field("api_key", "k").await.unwrap();
    let reply = execute(
        &engine,
        "DEMO_CREATE_A_NOTE",
        "default",
        json!({"title": "x"}),
    )
    .await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json["successful"], false, "{reply:?}");
}

#[tokio::test]
async fn wrong_missing_and_extra_arguments_are_named_and_nothing_is_sent() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine.connect("demo").field("api_key", "k").await.unwrap();
    for (arguments, named) in [
        (json!({}), "title"),
        (json!({"title": 7}), "title"),
        (json!({"title": "x".repeat(81)}), "title"),
    ] {
        let reply = execute(&engine, "DEMO_CREATE_A_NOTE", "default", arguments).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
        let error = &reply.json["error"];
        assert_eq!(error["slug"], "Tool_InvalidArguments");
        assert!(
            error["message"].as_str().unwrap().contains(named),
            "{error}"
        );
    }
    let body = json!({"arguments": [1]});
    let reply = post(&engine, "/api/v3/tools/execute/DEMO_CREATE_A_NOTE", &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn credentials_given_with_a_call_win_and_are_not_stored() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let body = json!({
        "user_id": "alice",
        "arguments": {},
        "custom_connection_data": {
            "authScheme": "API_KEY", "toolkitSlug": "demo", "val": {"api_key": "given"}
        }
    });
    let reply = post(
        &engine,
        "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER",
        &body,
    )
    .await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(vendor.last().headers["x-api-key"], "given");

    let body = json!({
        "user_id": "alice",
        "arguments": {},
        "custom_auth_params": {
            "base_url": vendor.base,
            "parameters": [{"name": "X-Custom", "value": "mine", "in": "header"}]
        }
    });
    let reply = post(
        &engine,
        "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER",
        &body,
    )
    .await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(vendor.last().headers["x-custom"], "mine");
    let reply = get(&engine, "/api/v3.1/connected_accounts").await;
    assert_eq!(reply.json["total_items"], 0);
}

#[tokio::test]
async fn a_proxied_request_carries_the_accounts_credentials() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "k1")
        .await
        .unwrap();
    let body = json!({
        "endpoint": "/anything", "method": "POST", "body": {"a": 1},
        "connected_account_id": account.id,
        "parameters": [{"name": "q", "value": "x", "type": "query"}]
    });
    let reply = post(&engine, "/api/v3.1/tools/execute/proxy", &body).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert_eq!(reply.json["status"], 200);
    assert_eq!(reply.json["data"]["target"], "/anything?q=x");
    assert_eq!(vendor.last().headers["x-api-key"], "k1");
}

#[tokio::test]
async fn adding_an_app_again_makes_a_version_and_keeps_the_old_one() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine.connect("demo").field("api_key", "k").await.unwrap();
    let first = get(&engine, "/api/v3.1/toolkits/demo").await.json["meta"]["version"].clone();
    let smaller = DOCUMENT.replace("Get current user", "Get the current user");
    let second = engine.add_app(vendor.yaml(), smaller).await.unwrap();
    let toolkit = get(&engine, "/api/v3.1/toolkits/demo").await.json;
    assert_eq!(toolkit["meta"]["version"], second.version.as_str());
    assert_eq!(
        toolkit["meta"]["available_versions"],
        json!([first, second.version])
    );
    assert!(second.version.as_str() > first.as_str().unwrap());
    // The old version still runs, on the account that was connected before.
    let old = first.as_str().unwrap();
    let body =
        json!({"arguments": {"title": "x"}, "version": old, "connected_account_id": account.id});
    let reply = post(&engine, "/api/v3.1/tools/execute/DEMO_CREATE_A_NOTE", &body).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    let reply = execute(&engine, "DEMO_GET_THE_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    let body = json!({"arguments": {}, "version": "19990101_00"});
    let reply = post(&engine, "/api/v3.1/tools/execute/DEMO_CREATE_A_NOTE", &body).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(reply.json["error"]["slug"], "Toolkit_VersionNotFound");
}

#[tokio::test]
async fn a_removed_app_takes_its_accounts_with_it() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine.connect("demo").field("api_key", "k").await.unwrap();
    engine.remove_app("demo").await.unwrap();
    let reply = execute(
        &engine,
        "DEMO_CREATE_A_NOTE",
        "default",
        json!({"title": "x"}),
    )
    .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(reply.json["error"]["slug"], "Tool_ToolNotFound");
    assert_eq!(
        get(&engine, "/api/v3/connected_accounts").await.json["total_items"],
        0
    );
    assert!(engine.remove_app("demo").await.is_err());
}

#[tokio::test]
async fn an_app_that_cannot_be_understood_changes_nothing() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for (yaml, document) in [
        ("a: [".to_owned(), DOCUMENT),
        (vendor.yaml(), "{\"openapi\": \"3.1.0\", \"paths\": {"),
        (vendor.yaml(), "not a document"),
        (String::new(), DOCUMENT),
    ] {
        let error = engine.add_app(yaml, document).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let toolkit = get(&engine, "/api/v3.1/toolkits/demo").await.json;
    assert_eq!(
        toolkit["meta"]["available_versions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
