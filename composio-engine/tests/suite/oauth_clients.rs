//! Whose OAuth client an app is reached through.

use composio_core::Transport;
use composio_engine::{Caller, NewOauthClient, Operator};
use http::StatusCode;
use serde_json::json;

use crate::{
    oauth::{DOCUMENT, Provider, account, auth_config, begin, come_back, public, query},
    support::{builder, execute, post, send_as},
};

const AUTH_CONFIGS: &str = "/api/v3.1/auth_configs";

#[tokio::test]
async fn without_a_client_the_error_says_what_to_register() {
    let provider = Provider::start().await;
    let yaml = provider.yaml("    oauth: {register_at: \"https://desk.example/apps\"}\n");
    let engine = public(format!("{yaml}  - auth_mode: BEARER_TOKEN\n")).await;
    let managed = json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_composio_managed_auth",
        "authScheme": "OAUTH2"}});
    let refused = post(&engine, AUTH_CONFIGS, &managed).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json["error"]["slug"], "AuthConfig_ClientNeeded");
    let message = refused.json["error"]["message"].as_str().unwrap();
    for said in [
        "https://desk.example/apps",
        "https://engine.example/api/v1/auth-apps/add",
        "read write",
        "composio apps configure desk --client-id",
        "BEARER_TOKEN",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
}

#[tokio::test]
async fn the_operators_client_is_used_by_managed_auth_configs_alone() {
    let provider = Provider::start().await;
    let engine = public(provider.yaml("")).await;
    let operator = Operator::new(Transport::from(engine.clone()));
    let before = operator.client("desk").await.unwrap();
    assert_eq!(before.client_id, None);
    assert_eq!(before.scopes, ["read", "write"]);
    let new = NewOauthClient::new("operators").secret("operators secret");
    let kept = operator.configure_client("desk", new).await.unwrap();
    assert_eq!(kept.client_id.as_deref(), Some("operators"));
    assert_eq!(
        kept.redirect_url.as_deref(),
        Some("https://engine.example/api/v1/auth-apps/add")
    );

    let managed = json!({"toolkit": {"slug": "desk"}});
    let made = post(&engine, AUTH_CONFIGS, &managed).await.json;
    let config = &made["auth_config"];
    assert_eq!(config["auth_scheme"], "OAUTH2", "{made}");
    assert_eq!(config["is_composio_managed"], true);
    let (begun, url) = begin(
        &engine,
        config["id"].as_str().unwrap(),
        json!({"user_id": "alice"}),
    )
    .await;
    assert_eq!(query(&url)["client_id"], "operators");
    provider.give(&json!({"access_token": "at-1"}));
    come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(account(&engine, &begun["id"]).await["status"], "ACTIVE");
    assert_eq!(
        provider.asked()[0].form()["client_secret"],
        "operators secret"
    );
    // The operator's client is nobody else's to see.
    let shown = crate::support::get(
        &engine,
        &format!("{AUTH_CONFIGS}/{}", config["id"].as_str().unwrap()),
    )
    .await;
    assert!(
        !shown.json.to_string().contains("operators"),
        "{:?}",
        shown.json
    );

    let own = json!({"client_id": "own", "client_secret": "own secret"});
    let config = auth_config(&engine, "OAUTH2", &own).await;
    let (_, url) = begin(&engine, &config, json!({})).await;
    assert_eq!(query(&url)["client_id"], "own");

    operator.remove_client("desk").await.unwrap();
    assert!(operator.remove_client("desk").await.is_err());
}

#[tokio::test]
async fn the_operators_client_is_for_operators() {
    let provider = Provider::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(provider.yaml(""), DOCUMENT).await.unwrap();
    let path = "/api/v3.1/engine/apps/desk/oauth_client";
    for method in ["GET", "PUT", "DELETE"] {
        let body = json!({"credentials": {"client_id": "mine"}}).to_string();
        let caller = Some(Caller::project("default"));
        let refused = send_as(&engine, caller, method, path, body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method}");
    }
}

#[tokio::test]
async fn client_credentials_need_no_user() {
    let provider = Provider::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let yaml = provider.yaml("").replace("OAUTH2", "S2S_OAUTH2");
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let robot = json!({"client_id": "robot", "client_secret": "robot secret"});
    let config = auth_config(&engine, "S2S_OAUTH2", &robot).await;
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "robot"}});
    let path = "/api/v3.1/connected_accounts";

    provider.tell(401, "application/json", r#"{"error": "invalid_client"}"#);
    let refused = post(&engine, path, &body).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_GATEWAY,
        "{:?}",
        refused.json
    );
    assert!(
        refused.json["error"]["message"]
            .as_str()
            .unwrap()
            .contains("invalid_client")
    );

    provider.give(&json!({"access_token": "robot-token", "expires_in": 60}));
    let made = post(&engine, path, &body).await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    assert_eq!(made.json["redirect_url"], json!(null));
    let form = provider.asked().pop().unwrap().form();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "read write");
    let called = execute(&engine, "DESK_GET_ME", "robot", json!({})).await;
    assert_eq!(called.json["data"]["authorization"], "[redacted]");
}

#[tokio::test]
async fn a_loopback_is_open_for_one_connection_and_answers_nothing_else() {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };
    async fn ask(url: &str, path: &str) -> Option<String> {
        let host = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }
    let provider = Provider::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(provider.yaml(""), DOCUMENT).await.unwrap();
    let own = json!({"client_id": "own", "client_secret": "own secret"});
    let config = &auth_config(&engine, "OAUTH2", &own).await;
    let body = json!({"auth_config": {"id": config}});
    let refused = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(refused.json["error"]["slug"], "Auth_NoPublicUrl");

    let loopback = engine.loopback().await.unwrap();
    assert!(engine.loopback().await.is_err());
    let (begun, url) = begin(&engine, config, json!({"user_id": "alice"})).await;
    let asked = query(&url);
    let back = asked["redirect_uri"].strip_prefix(loopback.url()).unwrap();
    for path in ["/api/v3.1/toolkits", "/health", "/files/x", "/"] {
        let answer = ask(loopback.url(), path).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    provider.give(&json!({"access_token": "at-1"}));
    let answer = ask(
        loopback.url(),
        &format!("{back}?code=c&state={}", asked["state"]),
    )
    .await;
    assert!(answer.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(account(&engine, &begun["id"]).await["status"], "ACTIVE");

    drop(loopback);
    let refused = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(refused.json["error"]["slug"], "Auth_NoPublicUrl");
    let again = engine.loopback().await.unwrap();
    assert!(again.url().starts_with("http://127.0.0.1:"));
}
