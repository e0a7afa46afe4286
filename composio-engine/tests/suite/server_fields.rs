//! Variables of an app's server, chosen by whoever connects; and scopes that a connection lacks.

use composio_engine::Engine;
use serde_json::{Value, json};

use crate::{
    oauth::Provider,
    support::{Reply, builder, execute, get, post},
};

const ACCOUNTS: &str = "/api/v3.1/connected_accounts";

const YAML: &str = "name: Desk\nunique_key: desk\nauth_schemes:\n  - auth_mode: API_KEY\n    \
    proxy: {headers: {X-Key: '{{api_key}}'}}\n";

fn document() -> String {
    let ok = json!({"200": {"description": "ok"}});
    json!({"openapi": "3.1.0", "info": {"title": "d", "version": "1"},
        "servers": [{"url": "https://{region}.desk.example/{tenant}", "variables": {
            "region": {"default": "eu", "enum": ["eu", "us"]}, "tenant": {"default": "main"}}}],
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {
            "/me": {"get": {"summary": "Get me", "responses": ok}},
            "/status": {"get": {"summary": "Get status", "security": [], "responses": ok}},
            "/upload": {"post": {"summary": "Upload", "servers": [{"url": "https://up.desk.example"}], "responses": ok}}}})
    .to_string()
}

async fn desk() -> (Engine, String) {
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(YAML, document()).await.unwrap();
    let body = json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_custom_auth", "authScheme": "API_KEY"}});
    let made = post(&engine, "/api/v3.1/auth_configs", &body).await;
    let id = made.json["auth_config"]["id"].as_str().unwrap().to_owned();
    (engine, id)
}

async fn connect(engine: &Engine, config: &str, user: &str, fields: Value) -> Reply {
    let body =
        json!({"auth_config": {"id": config}, "connection": {"user_id": user, "data": fields}});
    post(engine, ACCOUNTS, &body).await
}

/// Where a call would go, or why it goes nowhere.
async fn target(engine: &Engine, tool: &str, user: Option<&str>) -> Value {
    let body = json!({"user_id": user, "arguments": {}});
    let reply = post(
        engine,
        &format!("/api/v3.1/engine/tools/execute/{tool}/dry_run"),
        &body,
    )
    .await;
    match &reply.json["url"] {
        Value::Null => reply.json["error"]["message"].clone(),
        url => url.clone(),
    }
}

#[tokio::test]
async fn whoever_connects_chooses_the_variables_of_the_server() {
    let (engine, config) = desk().await;
    let toolkit = get(&engine, "/api/v3.1/toolkits/desk").await.json;
    let asked = &toolkit["auth_config_details"][0]["fields"]["connected_account_initiation"];
    let names: Vec<&Value> = asked["optional"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["name"])
        .collect();
    assert_eq!(names, ["region", "tenant"], "{asked}");
    assert_eq!(asked["optional"][0]["options"], json!(["eu", "us"]));

    for (user, fields, expected) in [
        (
            "ann",
            json!({"api_key": "k1"}),
            "https://eu.desk.example/main/me",
        ),
        (
            "bob",
            json!({"api_key": "k2", "region": "us"}),
            "https://us.desk.example/main/me",
        ),
        (
            "cid",
            json!({"api_key": "k3", "tenant": "x.y"}),
            "https://eu.desk.example/x.y/me",
        ),
    ] {
        let made = connect(&engine, &config, user, fields).await;
        assert_eq!(made.json["status"], "ACTIVE", "{made:?}");
        assert_eq!(target(&engine, "DESK_GET_ME", Some(user)).await, expected);
    }
    let uploaded = target(&engine, "DESK_UPLOAD", Some("bob")).await;
    assert_eq!(
        uploaded, "https://up.desk.example/upload",
        "its own server is where it goes"
    );
    let status = target(&engine, "DESK_GET_STATUS", None).await;
    assert_eq!(
        status, "https://eu.desk.example/main/status",
        "without an account the defaults hold"
    );
}

#[tokio::test]
async fn no_value_leads_out_of_its_label() {
    let (engine, config) = desk().await;
    for region in [
        "de",
        "EU",
        "us.evil.example",
        "evil.example/",
        "us@evil.example",
        "{{api_key}}",
    ] {
        let made = connect(
            &engine,
            &config,
            "ann",
            json!({"api_key": "k", "region": region}),
        )
        .await;
        assert_eq!(
            made.json["error"]["slug"], "Auth_FieldInvalid",
            "{region}: {made:?}"
        );
    }
    for tenant in ["..", "a/../../b", "a?b", "a#b", "%2e%2e"] {
        let made = connect(
            &engine,
            &config,
            "ann",
            json!({"api_key": "k", "tenant": tenant}),
        )
        .await;
        assert_eq!(made.json["status"], "ACTIVE", "{made:?}");
        let told = target(&engine, "DESK_GET_ME", Some("ann")).await;
        let told = told.as_str().unwrap();
        let stays = told
            .strip_prefix("https://eu.desk.example/")
            .and_then(|rest| rest.strip_suffix("/me"))
            .is_some_and(|tenant| {
                !tenant.contains(['/', '?', '#']) && !matches!(tenant, ".." | "%2e%2e")
            });
        assert!(stays || told.contains("tenant"), "{tenant}: {told}");
    }
}

#[tokio::test]
async fn a_vendors_refusal_tells_which_scopes_the_connection_lacks() {
    let provider = Provider::start().await;
    let base = &provider.base;
    let yaml = format!(
        "name: Desk\nunique_key: desk\nproxy:\n  base_url: {base}\nauth_schemes:\n  - auth_mode: OAUTH2\n    \
         authorization_url: {base}/authorize\n    token_url: {base}/token\n"
    );
    let document = json!({"openapi": "3.1.0", "info": {"title": "d", "version": "1"},
        "components": {"securitySchemes": {"user": {"type": "oauth2", "flows": {}}}},
        "paths": {"/forbidden": {"get": {"summary": "List notes", "responses": {"200": {"description": "ok"}},
            "security": [{"user": ["notes:read", "users:read"]}, {"user": ["admin"]}]}}}});
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(yaml, document.to_string()).await.unwrap();
    let config = crate::oauth::auth_config(
        &engine,
        "OAUTH2",
        &json!({"client_id": "c", "client_secret": "s"}),
    )
    .await;
    for (user, scope, expected) in [
        ("ann", json!("users:read profile"), Some("notes:read")),
        ("bob", json!("users:read,notes:read"), None),
        ("cid", json!("admin"), None),
        ("dan", Value::Null, None),
    ] {
        let fields = json!({"access_token": format!("token of {user}"), "scope": scope});
        let made = connect(&engine, &config, user, fields).await;
        assert_eq!(made.json["status"], "ACTIVE", "{made:?}");
        let reply = execute(&engine, "DESK_LIST_NOTES", user, json!({})).await;
        let error = reply.json["error"].as_str().unwrap();
        assert!(error.starts_with("HTTP 403: "), "{error}");
        let told = error.split_once("asks for: ").map(|(_, scopes)| scopes);
        assert_eq!(told, expected, "{user}");
    }
    let tool = get(&engine, "/api/v3.1/tools/DESK_LIST_NOTES").await.json;
    let needed =
        json!({"all_of": [{"any_of": [{"all_of": ["notes:read", "users:read"]}, "admin"]}]});
    assert_eq!(
        (&tool["scopes"], &tool["scope_requirements"]),
        (&json!(["notes:read", "users:read"]), &needed)
    );
    let body = json!({"tools": ["DESK_LIST_NOTES"]});
    let told = post(&engine, "/api/v3.1/tools/scopes/required", &body)
        .await
        .json;
    assert_eq!(
        told["per_tool_requirements"][0]["scope_requirements"],
        needed
    );
    assert_eq!(told["scopes_required"], json!(["notes:read", "users:read"]));
    let found = get(&engine, "/api/v3.1/tools?toolkit_slug=desk&scopes=admin")
        .await
        .json;
    assert_eq!(found["total_items"], 1);
}
