//! Tokens that an account gets with its own credentials: a password, a key that signs, its client's credentials.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_engine::Engine;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    oauth::{DOCUMENT, Provider, auth_config, public},
    support::{Reply, builder, execute, get, post, send},
};

const ACCOUNTS: &str = "/api/v3.1/connected_accounts";
const SECRET: &str = "a secret of 32 bytes, no less: 32";

/// The app `desk` by the scheme `mode`, with `more` in it, and the provider behind it.
struct Desk {
    provider: Provider,
    engine: Engine,
    config: String,
}

impl Desk {
    async fn open(mode: &str, more: &str) -> Self {
        Self::with(mode, more, &json!({})).await
    }

    async fn with(mode: &str, more: &str, credentials: &Value) -> Self {
        let provider = Provider::start().await;
        let base = &provider.base;
        let yaml = format!(
            "name: Desk\nunique_key: desk\nget_current_user_endpoint: /me\nproxy:\n  base_url: {base}\n\
             auth_schemes:\n  - auth_mode: {mode}\n    token_url: {base}/token\n    default_scopes: [read, write]\n{more}"
        );
        let engine = public(yaml).await;
        Self {
            config: auth_config(&engine, mode, credentials).await,
            provider,
            engine,
        }
    }

    async fn connect(&self, fields: Value) -> Reply {
        let body = json!({"auth_config": {"id": self.config}, "connection": {"user_id": "ann", "data": fields}});
        post(&self.engine, ACCOUNTS, &body).await
    }

    async fn account(&self, id: &Value) -> Value {
        let path = format!("{ACCOUNTS}/{}", id.as_str().unwrap());
        get(&self.engine, &path).await.json
    }

    async fn me(&self) -> Reply {
        execute(&self.engine, "DESK_GET_ME", "ann", json!({})).await
    }

    async fn refresh(&self, id: &Value) -> Reply {
        let path = format!("{ACCOUNTS}/{}/refresh", id.as_str().unwrap());
        post(&self.engine, &path, &json!({})).await
    }
}

fn password() -> Value {
    json!({"username": "ann", "password": "hunter2/+"})
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn message(reply: &Reply) -> &str {
    reply.json["error"]["message"].as_str().unwrap()
}

#[tokio::test]
async fn a_password_is_exchanged_for_a_token_that_the_calls_carry() {
    let desk = Desk::open("BASIC_WITH_JWT", "").await;
    desk.provider
        .give(&json!({"token": "jwt-1", "expires_in": 3600}));
    let made = desk.connect(password()).await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    assert!(
        !made.json.to_string().contains("hunter2"),
        "{:?}",
        made.json
    );
    let asked = desk.provider.asked().pop().unwrap();
    let sent: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(sent, json!({"username": "ann", "password": "hunter2/+"}));
    assert_eq!(asked.headers["content-type"], "application/json");
    let called = desk.me().await;
    // The echo of the token is taken out of the answer: it was there.
    assert_eq!(called.json["data"]["authorization"], "[redacted]");
    for _ in 0..3 {
        desk.me().await;
    }
    assert_eq!(
        desk.provider.asked().len(),
        1,
        "the token is kept until it runs out"
    );
}

#[tokio::test]
async fn a_password_goes_by_basic_in_a_form_and_under_other_names_where_the_scheme_says_so() {
    let more = "    oauth: {client_authentication: basic, token_body: form, token_path: data, token_member: sessionToken, \
                token_params: {audience: \"{{username}}s\"}, token_headers: {X-App: desk}}\n";
    let desk = Desk::open("BASIC_WITH_JWT", more).await;
    desk.provider
        .give(&json!({"data": {"sessionToken": "jwt-1", "token": "another"}}));
    let made = desk.connect(password()).await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    let asked = desk.provider.asked().pop().unwrap();
    assert_eq!(
        asked.form(),
        [("audience".to_owned(), "anns".to_owned())].into()
    );
    assert_eq!(asked.headers["authorization"], "Basic YW5uOmh1bnRlcjIvKw==");
    assert_eq!(asked.headers["x-app"], "desk");
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_leaves_nothing() {
    let desk = Desk::open("BASIC_WITH_JWT", "").await;
    for (status, kind, body, expected) in [
        (
            401,
            "application/json",
            r#"{"message": "not hunter2/+"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            401,
            "text/html",
            "<html>no</html>",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            200,
            "application/json",
            r#"{"hello": "you"}"#,
            StatusCode::BAD_GATEWAY,
        ),
        (200, "text/html", "<html>no</html>", StatusCode::BAD_GATEWAY),
        (503, "text/html", "<html>no</html>", StatusCode::BAD_GATEWAY),
    ] {
        desk.provider.tell(status, kind, body);
        let refused = desk.connect(password()).await;
        assert_eq!(refused.status, expected, "{:?}", refused.json);
        assert!(
            !refused.json.to_string().contains("hunter2"),
            "{:?}",
            refused.json
        );
    }
    let list = get(&desk.engine, ACCOUNTS).await;
    assert_eq!(list.json["total_items"], 0, "{:?}", list.json);
}

#[tokio::test]
async fn a_token_is_fetched_anew_when_it_has_run_out_and_a_refusal_ends_the_account() {
    let desk = Desk::open("BASIC_WITH_JWT", "").await;
    desk.provider
        .give(&json!({"jwt": "jwt-1", "expires_in": 1}));
    let made = desk.connect(password()).await.json;
    // A token of a second has run out when this is over, however slow the machine is.
    sleep(Duration::from_millis(1100)).await;
    desk.provider
        .give(&json!({"jwt": "jwt-2", "expires_in": 3600}));
    let called = desk.me().await;
    assert_eq!(called.json["successful"], true, "{:?}", called.json);
    let asked = desk.provider.asked();
    assert!(asked.len() >= 2);
    assert!(asked.iter().all(|one| one.body.contains("hunter2")));

    // What will pass leaves the account as it is.
    desk.provider.tell(503, "text/plain", "busy");
    let refused = desk.refresh(&made["id"]).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_GATEWAY,
        "{:?}",
        refused.json
    );
    assert_eq!(desk.account(&made["id"]).await["status"], "ACTIVE");

    desk.provider
        .tell(401, "application/json", r#"{"error": "wrong password"}"#);
    let _ = desk.refresh(&made["id"]).await;
    let account = desk.account(&made["id"]).await;
    assert_eq!(account["status"], "EXPIRED", "{account}");
    assert!(
        account["status_reason"]
            .as_str()
            .unwrap()
            .contains("wrong password")
    );

    // A new password makes the same account usable again.
    desk.provider
        .give(&json!({"jwt": "jwt-3", "expires_in": 3600}));
    let path = format!("{ACCOUNTS}/{}", made["id"].as_str().unwrap());
    let body = json!({"connection": {"state": {"authScheme": "BASIC_WITH_JWT", "val": {"password": "a new one"}}}});
    let patched = send(&desk.engine, "PATCH", &path, body.to_string()).await;
    assert_eq!(patched.json["status"], "ACTIVE", "{:?}", patched.json);
    let sent = desk.provider.asked().pop().unwrap().body;
    assert!(sent.contains("a new one"), "{sent}");
    assert_eq!(desk.me().await.json["successful"], true);
}

#[tokio::test]
async fn a_token_that_says_itself_when_it_runs_out_is_believed() {
    let desk = Desk::open("BASIC_WITH_JWT", "").await;
    let soon = BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp": 1300819380}"#);
    let late = BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp": 4102444800}"#);
    desk.provider
        .give(&json!({"token": format!("e30.{late}.c2ln")}));
    desk.connect(password()).await;
    desk.me().await;
    assert_eq!(desk.provider.asked().len(), 1);
    // One that has run out already is no token to come back for: its provider's clock is wrong, or ours.
    desk.provider
        .give(&json!({"token": format!("e30.{soon}.c2ln")}));
    let made = desk.connect(password()).await;
    assert_eq!(made.json["status"], "ACTIVE");
}

#[tokio::test]
async fn whoever_chooses_the_host_of_the_token_endpoint_owns_the_password() {
    let more = "    fields:\n      - {name: host, required: true, expected_from_customer: true}\n      \
                - {name: password, required: true}\n";
    let provider = Provider::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let base = &provider.base;
    let yaml = format!(
        "name: Desk\nunique_key: desk\nproxy:\n  base_url: {base}\nauth_schemes:\n  - auth_mode: BASIC_WITH_JWT\n    \
         token_url: \"{{{{host}}}}/token\"\n{more}"
    );
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let password = json!({"password": "the developer's"});
    let config = auth_config(&engine, "BASIC_WITH_JWT", &password).await;
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann",
        "data": {"username": "ann", "host": base}}});
    let refused = post(&engine, ACCOUNTS, &body).await;
    assert_eq!(
        refused.json["error"]["slug"], "Auth_FieldNotAllowed",
        "{:?}",
        refused.json
    );
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn an_application_signs_for_itself_and_sends_that_as_a_grant() {
    let more = "    assertion: {algorithm: HS256, subject: \"{{installation_id}}\", key_id: k-7, lifetime: 60, claims: \
                {role: admin, gone: \"{{nothing}}\"}}\n";
    let desk = Desk::open("SERVICE_ACCOUNT", more).await;
    desk.provider
        .give(&json!({"access_token": "at-1", "expires_in": 3600}));
    let fields =
        json!({"application_id": "app-1", "installation_id": "in-9", "private_key": SECRET});
    let made = desk.connect(fields).await;
    // Nothing but the claims mentions the installation.
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    let form = desk.provider.asked().pop().unwrap().form();
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    let claims = claims(&form["assertion"]);
    assert_eq!(claims["iss"], "app-1");
    assert_eq!(claims["sub"], "in-9");
    assert_eq!(claims["aud"], format!("{}/token", desk.provider.base));
    assert_eq!(claims["role"], "admin");
    assert_eq!(claims.get("gone"), None);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((60..=120).contains(&life), "{claims}");
    let called = desk.me().await;
    assert_eq!(called.json["data"]["authorization"], "[redacted]");
}

#[tokio::test]
async fn an_application_shows_its_signature_where_it_asks_for_an_installations_token() {
    let more = "    assertion: {algorithm: HS256, sent_as: bearer}\n";
    let desk = Desk::open("SERVICE_ACCOUNT", more).await;
    let token = json!({"token": "at-1", "expires_at": "2099-01-01T00:00:00Z"});
    desk.provider
        .tell(201, "application/json", token.to_string());
    let made = desk
        .connect(json!({"application_id": "app-1", "private_key": SECRET}))
        .await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    let asked = desk.provider.asked().pop().unwrap();
    let shown = asked.headers["authorization"].to_str().unwrap();
    assert_eq!(
        claims(shown.strip_prefix("Bearer ").unwrap())["iss"],
        "app-1"
    );
    assert_eq!(asked.form().get("assertion"), None);
    desk.me().await;
    assert_eq!(desk.provider.asked().len(), 1);
}

#[tokio::test]
async fn without_a_token_endpoint_the_signed_token_is_the_credential() {
    let provider = Provider::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let base = &provider.base;
    let yaml = format!(
        "name: Desk\nunique_key: desk\nproxy:\n  base_url: {base}\nauth_schemes:\n  - auth_mode: SERVICE_ACCOUNT\n    \
         assertion: {{algorithm: HS256, issuer: \"{{{{key_id}}}}\", audience: /admin/, lifetime: 2}}\n    \
         fields:\n      - {{name: key_id, required: true, expected_from_customer: true}}\n      \
         - {{name: installation_id, expected_from_customer: true}}\n"
    );
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let config = auth_config(&engine, "SERVICE_ACCOUNT", &json!({})).await;
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann",
        "data": {"key_id": "k", "private_key": SECRET}}});
    let made = post(&engine, ACCOUNTS, &body).await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    let generation = async || {
        let path = format!("{ACCOUNTS}/{}", made.json["id"].as_str().unwrap());
        get(&engine, &path).await.json["updated_at"].clone()
    };
    let first = generation().await;
    let renewed = async {
        while generation().await == first {
            let called = execute(&engine, "DESK_GET_ME", "ann", json!({})).await;
            assert_eq!(
                called.json["data"]["authorization"], "[redacted]",
                "{:?}",
                called.json
            );
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(60), renewed).await.unwrap();
    assert!(provider.asked().is_empty(), "nobody is asked");
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_refused_when_it_is_given() {
    let desk = Desk::open("SERVICE_ACCOUNT", "    assertion: {key_id: k}\n").await;
    let fields = |key: &str| json!({"application_id": "a", "private_key": key});
    let label = "PRIVATE KEY";
    let armored = format!("-----BEGIN {label}-----\nhunter2\n-----END {label}-----");
    for key in ["hunter2", &armored] {
        let refused = desk.connect(fields(key)).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{:?}",
            refused.json
        );
        assert!(
            message(&refused).contains("private key"),
            "{:?}",
            refused.json
        );
        assert!(
            !refused.json.to_string().contains("hunter2"),
            "{:?}",
            refused.json
        );
    }
    let desk = Desk::open("GOOGLE_SERVICE_ACCOUNT", "").await;
    for file in [
        "hunter2".to_owned(),
        json!({"client_email": "a@b"}).to_string(),
        json!({"type": "authorized_user", "client_email": "a@b", "private_key": "hunter2"})
            .to_string(),
        json!({"type": "service_account", "client_email": "a@b", "private_key": "hunter2"})
            .to_string(),
    ] {
        let refused = desk.connect(json!({"credentials_json": file})).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{:?}",
            refused.json
        );
        assert!(
            !refused.json.to_string().contains("hunter2"),
            "{:?}",
            refused.json
        );
    }
    assert!(desk.provider.asked().is_empty());
}

#[tokio::test]
async fn client_credentials_are_renewed_without_a_user() {
    let credentials = json!({"client_id": "robot", "client_secret": "robot secret"});
    let desk = Desk::with("S2S_OAUTH2", "", &credentials).await;
    desk.provider
        .give(&json!({"access_token": "at-1", "expires_in": 1}));
    let made = desk.connect(json!({})).await.json;
    assert_eq!(made["status"], "ACTIVE", "{made}");
    sleep(Duration::from_millis(1100)).await;
    desk.provider
        .give(&json!({"access_token": "at-2", "expires_in": 3600}));
    assert_eq!(desk.me().await.json["successful"], true);
    assert_eq!(desk.me().await.json["successful"], true);
    let asked = desk.provider.asked();
    assert_eq!(asked.len(), 2);
    for one in asked {
        assert_eq!(one.form()["grant_type"], "client_credentials");
    }
    // And before it has run out, when somebody asks.
    desk.provider
        .give(&json!({"access_token": "at-3", "expires_in": 3600}));
    let refreshed = desk.refresh(&made["id"]).await;
    assert_eq!(refreshed.json["status"], "ACTIVE", "{:?}", refreshed.json);
    assert_eq!(desk.provider.asked().len(), 3);
}
