//! Whose account it is, and whether its credentials are any good: what the app says when it is asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use composio_engine::{Engine, EngineBuilder};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    oauth::{DOCUMENT, account, auth_config, begin, client, come_back, query},
    support::{Reply, builder, execute, get as read, post as ask},
};

const ACCOUNTS: &str = "/api/v3.1/connected_accounts";

/// An app that knows people by their tokens, and gives the tokens that it was told to give.
#[derive(Debug, Clone, Default)]
struct App {
    base: String,
    people: Arc<Mutex<HashMap<String, String>>>,
    tokens: Arc<Mutex<VecDeque<Value>>>,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl App {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let router = Router::new()
            .route("/{tenant}/me", get(me))
            .route("/token", post(token))
            .fallback(any(async || axum::Json(json!({"ok": true}))))
            .with_state(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        app
    }

    /// Takes `token` for a token of `name`.
    fn knows(&self, token: &str, name: &str) {
        self.people
            .lock()
            .unwrap()
            .insert(token.to_owned(), name.to_owned());
    }

    fn forgets(&self, token: &str) {
        self.people.lock().unwrap().remove(token);
    }

    fn give(&self, tokens: Value) {
        self.tokens.lock().unwrap().push_back(tokens);
    }

    fn yaml(&self, scheme: &str) -> String {
        format!(
            "name: Desk\nunique_key: desk\nget_current_user_endpoint: \"/{{{{tenant}}}}/me\"\n\
             identity: {{id: id, label: login}}\ntoken_response_metadata: [tenant]\nproxy:\n  base_url: {}\n\
             auth_schemes:\n{scheme}",
            self.base
        )
    }

    fn oauth(&self, more: &str) -> String {
        let base = &self.base;
        self.yaml(&format!(
            "  - auth_mode: OAUTH2\n    authorization_url: {base}/authorize\n    token_url: {base}/token\n{more}"
        ))
    }

    fn keys(&self) -> String {
        self.yaml(
            "  - auth_mode: API_KEY\n    fields:\n      - {name: api_key, required: true, expected_from_customer: true}\n      \
             - {name: tenant, expected_from_customer: true}\n",
        )
    }
}

async fn me(State(app): State<App>, Path(tenant): Path<String>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.map(|value| value.to_str().unwrap().to_owned());
    app.seen.lock().unwrap().push(headers);
    let token = shown.and_then(|text| text.strip_prefix("Bearer ").map(str::to_owned));
    let people = app.people.lock().unwrap();
    match token.and_then(|token| people.get(&token).cloned()) {
        Some(name) => {
            axum::Json(json!({"id": 7, "login": format!("{name}@{tenant}")})).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn token(State(app): State<App>) -> Response {
    match app.tokens.lock().unwrap().pop_front() {
        Some(tokens) => axum::Json(tokens).into_response(),
        None => (
            StatusCode::BAD_REQUEST,
            axum::Json(json!({"error": "invalid_grant"})),
        )
            .into_response(),
    }
}

async fn open(
    builder: EngineBuilder,
    yaml: String,
    scheme: &str,
    credentials: Value,
) -> (Engine, String) {
    let builder = builder.in_memory().public_url("https://engine.example");
    let engine = builder.build().await.unwrap();
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let config = auth_config(&engine, scheme, &credentials).await;
    (engine, config)
}

async fn with_oauth(app: &App) -> (Engine, String) {
    open(builder(), app.oauth(""), "OAUTH2", client()).await
}

async fn connect(engine: &Engine, config: &str) -> Value {
    let (begun, url) = begin(engine, config, json!({"user_id": "ann"})).await;
    let landed = come_back(engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(landed.status, StatusCode::OK);
    begun["id"].clone()
}

async fn validate(engine: &Engine, id: &Value) -> Reply {
    let path = format!("{ACCOUNTS}/{}/refresh", id.as_str().unwrap());
    ask(engine, &path, &json!({"validate_credentials": true})).await
}

async fn with_key(app: &App, fields: Value) -> (Engine, Value) {
    let (engine, config) = open(builder(), app.keys(), "API_KEY", json!({})).await;
    let body =
        json!({"auth_config": {"id": config}, "connection": {"user_id": "ann", "data": fields}});
    let made = ask(&engine, ACCOUNTS, &body).await;
    assert_eq!(made.json["status"], "ACTIVE", "{:?}", made.json);
    (engine, made.json["id"].clone())
}

#[tokio::test]
async fn the_address_that_tells_may_be_made_of_what_the_token_response_said() {
    let app = App::start().await;
    app.knows("at-1", "ann");
    app.give(json!({"access_token": "at-1", "tenant": "north"}));
    let (engine, config) = with_oauth(&app).await;
    let id = connect(&engine, &config).await;
    assert_eq!(
        account(&engine, &id).await["identity"],
        json!({"id": "7", "label": "ann@north"})
    );
    let list = read(&engine, ACCOUNTS).await;
    assert_eq!(list.json["items"][0]["identity"]["label"], "ann@north");
    // Without the tenant nobody can be asked, which keeps nobody from connecting.
    app.give(json!({"access_token": "at-1"}));
    let id = connect(&engine, &config).await;
    let account = account(&engine, &id).await;
    assert_eq!(
        (&account["status"], &account["identity"]),
        (&json!("ACTIVE"), &Value::Null)
    );
}

#[tokio::test]
async fn who_it_is_is_asked_when_the_application_has_confirmed_and_not_before() {
    let app = App::start().await;
    app.knows("at-1", "ann");
    app.give(json!({"access_token": "at-1", "tenant": "north"}));
    let builder = builder().callback_verifier_url("https://app.example/verify");
    let (engine, config) = open(builder, app.oauth(""), "OAUTH2", client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "ann"})).await;
    let back = come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    let next = url::Url::parse(back.headers["location"].to_str().unwrap()).unwrap();
    assert!(
        app.seen.lock().unwrap().is_empty(),
        "a stranger's token may be held"
    );
    let body = json!({"user_id": "ann", "session_uri": query(&next)["session_uri"]});
    let done = ask(&engine, &format!("{ACCOUNTS}/complete_auth"), &body).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    assert_eq!(
        account(&engine, &begun["id"]).await["identity"]["label"],
        "ann@north"
    );
}

#[tokio::test]
async fn before_a_refresh_the_app_is_asked_and_a_refused_key_is_expired() {
    let app = App::start().await;
    app.knows("k-1", "ann");
    let (engine, id) = with_key(&app, json!({"api_key": "k-1", "tenant": "north"})).await;
    let good = validate(&engine, &id).await;
    assert_eq!(good.json["status"], "ACTIVE", "{:?}", good.json);
    assert_eq!(
        account(&engine, &id).await["identity"]["label"],
        "ann@north"
    );
    app.forgets("k-1");
    let bad = validate(&engine, &id).await;
    assert_eq!(bad.json["status"], "EXPIRED", "{:?}", bad.json);
    let account = account(&engine, &id).await;
    let reason = account["status_reason"].as_str().unwrap();
    assert!(reason.contains("Desk does not accept"), "{reason}");
    let refused = execute(&engine, "DESK_GET_ME", "ann", json!({})).await;
    assert!(refused.status.is_client_error(), "{:?}", refused.json);
}

#[tokio::test]
async fn an_app_that_cannot_be_asked_says_so_and_changes_nothing() {
    let app = App::start().await;
    let (engine, id) = with_key(&app, json!({"api_key": "k-1"})).await;
    let refused = validate(&engine, &id).await;
    assert_eq!(
        refused.status,
        StatusCode::NOT_IMPLEMENTED,
        "{:?}",
        refused.json
    );
    assert_eq!(account(&engine, &id).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_and_tried_again_before_its_user_is_asked() {
    let app = App::start().await;
    app.knows("at-2", "ann");
    app.give(json!({"access_token": "at-1", "refresh_token": "rt", "tenant": "north"}));
    let (engine, config) = with_oauth(&app).await;
    let id = connect(&engine, &config).await;
    app.give(json!({"access_token": "at-2"}));
    let renewed = validate(&engine, &id).await;
    assert_eq!(renewed.json["status"], "ACTIVE", "{:?}", renewed.json);
    assert_eq!(
        account(&engine, &id).await["identity"]["label"],
        "ann@north"
    );
    // The app knows neither the old token nor the new one: the user has to consent again, under the same id.
    app.forgets("at-2");
    app.give(json!({"access_token": "at-3"}));
    let expired = validate(&engine, &id).await;
    assert_eq!(expired.json["id"], id);
    assert!(
        expired.json["redirect_url"].is_string(),
        "{:?}",
        expired.json
    );
    assert_ne!(account(&engine, &id).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_key_of_the_app_goes_beside_the_users_token_and_only_to_the_app() {
    let app = App::start().await;
    app.knows("at-1", "ann");
    app.give(json!({"access_token": "at-1", "tenant": "north"}));
    let more = "    fields:\n      - {name: app_key, required: true, is_secret: true}\n    proxy:\n      headers:\n        \
                Authorization: \"Bearer {{access_token}}\"\n        X-App-Key: \"{{app_key}}\"\n";
    let mut credentials = client();
    credentials["app_key"] = json!("the app's own key");
    let (engine, config) = open(builder(), app.oauth(more), "OAUTH2", credentials).await;
    let id = connect(&engine, &config).await;
    // The token endpoint does not get it: the identity does.
    assert_eq!(
        account(&engine, &id).await["identity"]["label"],
        "ann@north"
    );
    let seen = app.seen.lock().unwrap().pop().unwrap();
    assert_eq!(seen["x-app-key"], "the app's own key");
    assert_eq!(seen["authorization"], "Bearer at-1");
    let shown = account(&engine, &id).await.to_string();
    assert!(!shown.contains("own key"), "{shown}");
    // It is the developer's: no user gives another one.
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "eve", "data": {"app_key": "mine"}}});
    let caller = composio_engine::Caller::project("default").user("eve");
    let path = "/api/v3.1/connected_accounts";
    let refused =
        crate::support::send_as(&engine, Some(caller), "POST", path, body.to_string()).await;
    assert_eq!(
        refused.json["error"]["slug"], "Auth_FieldNotAllowed",
        "{:?}",
        refused.json
    );
}
