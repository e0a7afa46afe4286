//! The routes: lists, pages, filters, errors.

use composio_core::{Body, Transport};
use composio_engine::Engine;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Vendor, engine, execute, get, post, send};

fn slugs(reply: &Value) -> Vec<&str> {
    let items = reply["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["slug"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn tools_are_listed_filtered_and_found() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let list = async |query: &str| get(&engine, &format!("/api/v3.1/tools?{query}")).await.json;

    assert_eq!(list("toolkit_slug=demo").await["total_items"], 6);
    assert_eq!(list("toolkit_slug=nothing").await["total_items"], 0);
    let important = list("toolkit_slug=demo&important=true").await;
    assert_eq!(slugs(&important), ["DEMO_CREATE_A_NOTE"]);
    let named = list("tool_slugs=DEMO_WAIT,demo_break&toolkit_slug=nothing&limit=9999").await;
    assert_eq!(slugs(&named), ["DEMO_WAIT", "DEMO_BREAK"]);
    let repeated = list("tool_slugs=DEMO_WAIT&tool_slugs=DEMO_BREAK").await;
    assert_eq!(slugs(&repeated), ["DEMO_WAIT", "DEMO_BREAK"]);
    assert_eq!(list("tags=users").await["total_items"], 1);
    for query in ["query=make%20a%20new%20note", "search=create+notes"] {
        assert_eq!(slugs(&list(query).await)[0], "DEMO_CREATE_A_NOTE");
    }
    assert_eq!(list("query=zebra").await["total_items"], 0);

    let tool = get(&engine, "/api/v3/tools/DEMO_CREATE_A_NOTE").await.json;
    assert_eq!(tool["input_parameters"]["required"], json!(["title"]));
    assert_eq!(tool["toolkit"]["slug"], "demo");
    assert_eq!(tool["available_versions"], json!([tool["version"]]));
    assert_eq!(
        get(&engine, "/api/v3/tools/demo_create_a_note")
            .await
            .status,
        StatusCode::OK
    );
    let all = get(&engine, "/api/v3/tools/enum").await.json;
    assert_eq!(all.as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let mut path = "/api/v3.1/tools?limit=4".to_owned();
    let mut seen = Vec::new();
    let first = get(&engine, &path).await.json;
    // The cursor is what the SDKs know: base64 of page and limit.
    assert_eq!(first["next_cursor"], "eyJwYWdlIjoyLCJsaW1pdCI6NH0=");
    for page in 1..=2 {
        let reply = get(&engine, &path).await.json;
        assert_eq!(reply["current_page"], page);
        assert_eq!(reply["total_pages"], 2);
        seen.extend(slugs(&reply).iter().map(ToString::to_string));
        match reply["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v3.1/tools?limit=4&cursor={cursor}"),
            None => assert_eq!(page, 2),
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn bad_queries_are_refused() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for query in [
        "cursor=nonsense",
        "cursor=eyJwYWdlIjowLCJsaW1pdCI6NH0=",
        "cursor=eyJwYWdlIjoyLCJsaW1pdCI6OTk5OTl9",
        "limit=many",
        "limit=-1",
        "important=perhaps",
    ] {
        let reply = get(&engine, &format!("/api/v3.1/tools?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(
            reply.json["error"]["slug"], "Request_InvalidQuery",
            "{query}"
        );
    }
    let reply = get(&engine, "/api/v3.1/tools?limit=0").await;
    assert_eq!(reply.json["items"].as_array().unwrap().len(), 1);
    let reply = get(&engine, "/api/v3/connected_accounts?order_by=name").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

/// Method, path, body; the status and the slug of the answer.
const WRONG: &[(&str, &str, &str, u16, &str)] = &[
    (
        "GET",
        "/api/v3.1/tools/NOTHING",
        "",
        404,
        "Tool_ToolNotFound",
    ),
    (
        "GET",
        "/api/v3.1/toolkits/nothing",
        "",
        404,
        "Toolkit_NotFound",
    ),
    (
        "GET",
        "/api/v3.1/auth_configs/ac_x",
        "",
        404,
        "AuthConfig_NotFound",
    ),
    (
        "DELETE",
        "/api/v3.1/auth_configs/ac_x",
        "",
        404,
        "AuthConfig_NotFound",
    ),
    (
        "GET",
        "/api/v3.1/connected_accounts/ca_x",
        "",
        404,
        "ConnectedAccount_NotFound",
    ),
    (
        "DELETE",
        "/api/v3.1/connected_accounts/ca_x",
        "",
        404,
        "ConnectedAccount_NotFound",
    ),
    (
        "POST",
        "/api/v3.1/tools/execute/NOTHING",
        "{}",
        404,
        "Tool_ToolNotFound",
    ),
    (
        "POST",
        "/api/v3.1/tools/execute/DEMO_BREAK",
        "{",
        400,
        "Request_InvalidBody",
    ),
    (
        "POST",
        "/api/v3.1/tools/execute/DEMO_BREAK",
        "[]",
        400,
        "Request_InvalidBody",
    ),
    (
        "POST",
        "/api/v3.1/tools/execute/DEMO_BREAK",
        "{\"text\": \"x\"}",
        501,
        "Tool_TextNotSupported",
    ),
    (
        "POST",
        "/api/v3.1/tools/execute/DEMO_BREAK/input",
        "{\"text\": \"x\"}",
        501,
        "Tool_TextNotSupported",
    ),
    (
        "POST",
        "/api/v3.1/tools",
        "{}",
        405,
        "Route_MethodNotAllowed",
    ),
    (
        "GET",
        "/api/v3/tools/%FF%FE",
        "",
        400,
        "Request_InvalidQuery",
    ),
    ("GET", "/api/v4/tools", "", 404, "Route_NotFound"),
    ("GET", "/api/v3.1/nothing", "", 404, "Route_NotFound"),
];

#[tokio::test]
async fn a_body_that_lacks_something_is_told_what() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for (path, body, name) in [
        ("/api/v3.1/connected_accounts", json!({}), "auth_config"),
        ("/api/v3.1/auth_configs", json!({}), "toolkit"),
        ("/api/v3.1/tools/scopes/required", json!({}), "tools"),
    ] {
        let reply = post(&engine, path, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let message = reply.json["error"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("lacks `{name}`")), "{message}");
    }
    let secret = json!({"toolkit": {"slug": "demo"}, "auth_config": "sk-secret"});
    let reply = post(&engine, "/api/v3.1/auth_configs", &secret).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(
        !reply.json.to_string().contains("sk-secret"),
        "{}",
        reply.json
    );
    let kind = json!({"toolkit": {"slug": "demo"}, "auth_config": {"type": "bogus"}});
    let reply = post(&engine, "/api/v3.1/auth_configs", &kind).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.json);
    assert_eq!(reply.json["error"]["slug"], "AuthConfig_InvalidType");
}

#[tokio::test]
async fn errors_have_an_envelope_and_the_request_its_id() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    for (method, path, body, status, slug) in WRONG {
        let reply = send(&engine, method, path, *body).await;
        let error = &reply.json["error"];
        assert_eq!(reply.status.as_u16(), *status, "{method} {path} {reply:?}");
        assert_eq!(error["slug"], *slug, "{path}");
        assert_eq!(error["status"], *status, "{path}");
        assert!(error["code"].is_i64(), "{path}");
        assert!(!error["message"].as_str().unwrap().is_empty(), "{path}");
        assert_eq!(
            error["request_id"],
            reply.headers["x-request-id"].to_str().unwrap()
        );
    }
}

#[tokio::test]
async fn a_callers_request_id_is_kept() {
    let vendor = Vendor::start().await;
    let transport = Transport::from(engine(&vendor).await);
    for (given, is_kept) in [("abc-1", true), (&*"x".repeat(500), false)] {
        let request = http::Request::get("/api/v3/toolkits")
            .header("x-request-id", given)
            .body(Body::empty())
            .unwrap();
        let response = transport.send(request).await.unwrap();
        assert_eq!(response.headers()["x-request-id"] == given, is_kept);
    }
}

#[tokio::test]
async fn toolkits_say_what_their_schemes_ask_for() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let list = get(
        &engine,
        "/api/v3/toolkits?search=DEMONSTR&category=Productivity",
    )
    .await
    .json;
    assert_eq!(slugs(&list), ["demo"]);
    assert_eq!(
        list["items"][0]["auth_schemes"],
        json!(["API_KEY", "BEARER_TOKEN", "BASIC"])
    );
    assert_eq!(
        get(&engine, "/api/v3/toolkits?category=crm").await.json["total_items"],
        0
    );
    let toolkit = get(&engine, "/api/v3.1/toolkits/DEMO").await.json;
    let details = &toolkit["auth_config_details"][0];
    assert_eq!(details["mode"], "API_KEY");
    let asked = &details["fields"]["connected_account_initiation"]["required"][0];
    assert_eq!(asked["name"], "api_key");
    let categories = get(&engine, "/api/v3/toolkits/categories").await.json;
    assert_eq!(categories["items"][0]["id"], "productivity");
}

/// The path of a new auth config for basic authentication in the region `us`.
async fn basic_config(engine: &Engine) -> String {
    let body = json!({"toolkit": {"slug": "demo"}, "auth_config": {
        "type": "use_custom_auth", "authScheme": "BASIC", "name": "staging", "credentials": {"region": "us"}}});
    let created = post(engine, "/api/v3.1/auth_configs", &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    let id = created.json["auth_config"]["id"].as_str().unwrap();
    assert!(id.starts_with("ac_"));
    format!("/api/v3.1/auth_configs/{id}")
}

#[tokio::test]
async fn a_changed_auth_config_is_used_by_the_next_call() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let path = basic_config(&engine).await;
    let request = engine
        .connect("demo")
        .auth_config(path.rsplit('/').next().unwrap());
    let request = request.field("username", "u").field("password", "p");
    let account = request.field("workspace", "w").await.unwrap();
    let body = json!({"connected_account_id": account.id, "arguments": {}});
    let run = "/api/v3/tools/execute/DEMO_GET_CURRENT_USER";
    post(&engine, run, &body).await;
    assert_eq!(vendor.last().headers["x-region"], "us");

    let change = json!({"type": "custom", "name": "production", "credentials": {"region": "ap"}});
    let reply = send(&engine, "PATCH", &path, change.to_string()).await;
    assert_eq!(reply.json["success"], true, "{reply:?}");
    let config = get(&engine, &path).await.json;
    assert_eq!(config["name"], "production");
    assert_eq!(config["credentials"]["region"], "ap");
    assert_eq!(config["no_of_connections"], 1);
    post(&engine, run, &body).await;
    assert_eq!(vendor.last().headers["x-region"], "ap");
}

#[tokio::test]
async fn auth_configs_live_their_life() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let path = basic_config(&engine).await;
    let config = get(&engine, &path).await.json;
    assert_eq!(config["credentials"]["region"], "us");
    assert_eq!(config["status"], "ENABLED");
    assert_eq!(config["is_composio_managed"], false);
    let list = async |query: &str| {
        get(&engine, &format!("/api/v3/auth_configs?{query}"))
            .await
            .json
    };

    send(&engine, "PATCH", &format!("{path}/DISABLED"), "").await;
    assert_eq!(list("toolkit_slug=demo").await["total_items"], 0);
    let disabled = list("show_disabled=true&search=STAG").await;
    assert_eq!(disabled["items"][0]["status"], "DISABLED");
    let reply = send(&engine, "PATCH", &format!("{path}/MAYBE"), "").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    send(&engine, "PATCH", &format!("{path}/ENABLED"), "").await;
    assert_eq!(list("toolkit_slug=demo").await["total_items"], 1);

    assert_eq!(
        send(&engine, "DELETE", &path, "").await.json["success"],
        true
    );
    assert_eq!(get(&engine, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_deleted_auth_config_takes_its_accounts_with_it() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let account = engine.connect("demo").field("api_key", "k").await.unwrap();
    execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    let path = format!("/api/v3.1/auth_configs/{}", account.auth_config.id);
    send(&engine, "DELETE", &path, "").await;
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "default", json!({})).await;
    assert_eq!(reply.json["error"]["slug"], "ConnectedAccount_NotFound");
    assert_eq!(
        get(&engine, "/api/v3/connected_accounts").await.json["total_items"],
        0
    );
}

#[tokio::test]
async fn connected_accounts_live_their_life() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let body = json!({"toolkit": {"slug": "demo"}});
    let config = post(&engine, "/api/v3.1/auth_configs", &body).await.json;
    assert_eq!(config["auth_config"]["auth_scheme"], "API_KEY");
    let config = config["auth_config"]["id"].as_str().unwrap().to_owned();
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "u1", "state": {
        "authScheme": "API_KEY", "val": {"status": "ACTIVE", "generic_api_key": "sk-long-enough"}}}});
    let created = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    assert_eq!(created.json["status"], "ACTIVE");
    assert_eq!(created.json["connectionData"]["val"]["status"], "ACTIVE");
    assert_eq!(created.json["connectionData"]["val"]["api_key"], "sk-l...");
    assert_eq!(created.json["redirect_url"], Value::Null);
    let id = created.json["id"].as_str().unwrap();

    for (query, total) in [
        ("user_ids=u1&toolkit_slugs=DEMO&statuses=active", 1),
        ("user_ids=u2,u1", 1),
        ("user_ids=u2", 0),
        ("statuses=INACTIVE", 0),
        (
            &*format!("auth_config_ids={config}&connected_account_ids={id}"),
            1,
        ),
        ("order_by=updated_at&order_direction=asc", 1),
    ] {
        let list = get(&engine, &format!("/api/v3/connected_accounts?{query}"))
            .await
            .json;
        assert_eq!(list["total_items"], total, "{query}");
    }
    let path = format!("/api/v3.1/connected_accounts/{id}");
    let reply = send(&engine, "POST", &format!("{path}/refresh"), "{}").await;
    assert_eq!(
        reply.json,
        json!({"id": id, "status": "ACTIVE", "redirect_url": null})
    );
    assert_eq!(
        send(&engine, "DELETE", &path, "").await.json["success"],
        true
    );
    assert_eq!(get(&engine, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn accounts_that_do_not_fit_are_refused() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let config = post(
        &engine,
        "/api/v3.1/auth_configs",
        &json!({"toolkit": {"slug": "demo"}}),
    )
    .await;
    let config = config.json["auth_config"]["id"].clone();
    let connect = |connection: Value| {
        let body = json!({"auth_config": {"id": config}, "connection": connection});
        let engine = engine.clone();
        async move { post(&engine, "/api/v3.1/connected_accounts", &body).await }
    };
    for (connection, slug) in [
        (json!({}), "Auth_FieldMissing"),
        (json!({"data": {"api_key": ""}}), "Auth_FieldMissing"),
        (json!({"data": {"api_key": null}}), "Auth_FieldMissing"),
        (json!({"data": {"api_key": 7}}), "Auth_FieldInvalid"),
        (
            json!({"data": {"api_key": "k", "base_url": "http://evil"}}),
            "Auth_FieldUnknown",
        ),
        (
            json!({"state": {"authScheme": "BASIC", "val": {}}}),
            "Auth_SchemeMismatch",
        ),
        (
            json!({"user_id": "", "data": {"api_key": "k"}}),
            "Request_Invalid",
        ),
        (
            json!({"user_id": "x\n", "data": {"api_key": "k"}}),
            "Request_Invalid",
        ),
    ] {
        let reply = connect(connection.clone()).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_REQUEST,
            "{connection} {reply:?}"
        );
        assert_eq!(reply.json["error"]["slug"], slug, "{connection}");
    }
    let body = json!({"toolkit": {"slug": "demo"}, "auth_config": {"type": "use_custom_auth", "authScheme": "SAML"}});
    let reply = post(&engine, "/api/v3.1/auth_configs", &body).await;
    assert_eq!(reply.status, StatusCode::NOT_IMPLEMENTED);
    let body = json!({"toolkit": {"slug": "nothing"}});
    let reply = post(&engine, "/api/v3.1/auth_configs", &body).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(
        get(&engine, "/api/v3/connected_accounts").await.json["total_items"],
        0
    );
}
