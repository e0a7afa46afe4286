//! OAuth 2 against a provider that does as it is told.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use composio_core::Body;
use composio_engine::Engine;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Reply, builder, get, post, send};

/// An answer that the provider was told to give.
pub(crate) type Told = (u16, &'static str, String);

/// A token request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    /// The members of a form.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .into_owned()
            .collect()
    }
}

/// An authorization server and an API: `/token` answers what it was told, everything else echoes its credentials.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provider {
    pub(crate) base: String,
    told: Arc<Mutex<VecDeque<Told>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let router = Router::new()
            .route("/token", any(token))
            .fallback(any(echo))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// Answers the next token request like this.
    pub(crate) fn tell(&self, status: u16, media_type: &'static str, body: impl Into<String>) {
        let told = (status, media_type, body.into());
        self.told.lock().unwrap().push_back(told);
    }

    /// Answers the next token request with these members.
    pub(crate) fn give(&self, tokens: &Value) {
        self.tell(200, "application/json", tokens.to_string());
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The `integration.yaml` of the app `desk`, with `more` in its scheme.
    pub(crate) fn yaml(&self, more: &str) -> String {
        format!(
            "name: Desk\nunique_key: desk\ntoken_response_metadata: [team.id, region]\nproxy:\n  base_url: {base}\n\
             auth_schemes:\n  - auth_mode: OAUTH2\n    name: desk_oauth2\n    \
             authorization_url: {base}/authorize?audience=desk\n    token_url: {base}/token\n    \
             default_scopes: [read, write]\n{more}",
            base = self.base
        )
    }
}

async fn token(State(provider): State<Provider>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    provider.asked.lock().unwrap().push(Asked {
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let told = provider.told.lock().unwrap().pop_front();
    let (status, media_type, body) = told.expect("nothing was told for this token request");
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", media_type)], body).into_response()
}

async fn echo(request: Request) -> Response {
    let authorization = request.headers().get("authorization");
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    let status = match request.uri().path() {
        "/forbidden" => StatusCode::FORBIDDEN,
        _ => StatusCode::OK,
    };
    (status, axum::Json(json!({"authorization": authorization}))).into_response()
}

pub(crate) const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Desk", "version": "1"}, "paths": {
    "/me": {"get": {"operationId": "me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;

/// An engine in memory that the world knows as `https://engine.example`, with the app that `yaml` describes.
pub(crate) async fn public(yaml: String) -> Engine {
    let builder = builder().in_memory().public_url("https://engine.example");
    let engine = builder.build().await.unwrap();
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    engine
}

/// An engine with the app `desk` and an auth config for it.
pub(crate) async fn desk(provider: &Provider, more: &str, credentials: &Value) -> (Engine, String) {
    let engine = public(provider.yaml(more)).await;
    let config = auth_config(&engine, "OAUTH2", credentials).await;
    (engine, config)
}

/// An auth config of the app `desk` with credentials of its own.
pub(crate) async fn auth_config(engine: &Engine, scheme: &str, credentials: &Value) -> String {
    let config = json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_custom_auth", "authScheme": scheme,
        "credentials": credentials}});
    let made = post(engine, "/api/v3.1/auth_configs", &config).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json);
    made.json["auth_config"]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn client() -> Value {
    json!({"client_id": "the client", "client_secret": "s3cret/+value"})
}

/// Begins a connection; gives its answer and the address where the user consents.
pub(crate) async fn begin(engine: &Engine, config: &str, connection: Value) -> (Value, Url) {
    let body = json!({"auth_config": {"id": config}, "connection": connection});
    let begun = post(engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{:?}", begun.json);
    let url = Url::parse(begun.json["redirect_url"].as_str().unwrap()).unwrap();
    (begun.json, url)
}

pub(crate) fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// The user comes back with this query.
pub(crate) async fn come_back(engine: &Engine, query: &str) -> Reply {
    let path = format!("/api/v1/auth-apps/add?{query}");
    send(engine, "GET", &path, Body::empty()).await
}

pub(crate) async fn account(engine: &Engine, id: &Value) -> Value {
    let path = format!("/api/v3.1/connected_accounts/{}", id.as_str().unwrap());
    get(engine, &path).await.json
}

#[tokio::test]
async fn a_user_consents_and_the_account_is_active() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    assert_eq!(begun["status"], "INITIATED");
    assert_eq!(begun["connectionData"]["val"]["status"], "INITIATED");
    assert_eq!(begun["connectionData"]["val"]["redirectUrl"], url.as_str());
    assert_eq!(begun["redirect_uri"], url.as_str());
    let asked = query(&url);
    assert_eq!(url.path(), "/authorize");
    assert_eq!(asked["audience"], "desk");
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "the client");
    assert_eq!(asked["scope"], "read write");
    assert_eq!(
        asked["redirect_uri"],
        "https://engine.example/api/v1/auth-apps/add"
    );
    assert_eq!(asked["code_challenge_method"], "S256");

    provider.give(
        &json!({"access_token": "at-1", "refresh_token": "rt-1", "token_type": "Bearer",
        "expires_in": 3600, "scope": "read", "team": {"id": 7}, "region": "eu"}),
    );
    let landed = come_back(&engine, &format!("code=c-1&state={}", asked["state"])).await;
    assert_eq!(landed.status, StatusCode::OK);
    let form = provider.asked()[0].form();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "c-1");
    assert_eq!(form["redirect_uri"], asked["redirect_uri"]);
    assert_eq!(form["client_secret"], "s3cret/+value");
    assert!(form["code_verifier"].len() >= 43);

    let account = account(&engine, &begun["id"]).await;
    assert_eq!(account["status"], "ACTIVE", "{account}");
    let val = &account["state"]["val"];
    assert_eq!(val["scope"], "read");
    assert_eq!(val["access_token"], "...");
    let called = crate::support::execute(&engine, "DESK_GET_ME", "alice", json!({})).await;
    assert_eq!(called.json["successful"], true, "{:?}", called.json);
    // The answer quotes the token, which is taken out of it.
    assert_eq!(called.json["data"]["authorization"], "[redacted]");
}

#[tokio::test]
async fn a_state_is_good_once() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (_, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let state = query(&url)["state"].clone();
    provider.give(&json!({"access_token": "at-1"}));
    let query = format!("code=c-1&state={state}");
    assert_eq!(come_back(&engine, &query).await.status, StatusCode::OK);
    for query in [
        &*query,
        "code=c-1&state=made-up",
        "code=c-1",
        "code=c-1&state=a&state=b",
        "",
    ] {
        let refused = come_back(&engine, query).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(provider.asked().len(), 1);
}

#[tokio::test]
async fn the_client_shows_who_it_is_as_the_provider_wants_it() {
    let provider = Provider::start().await;
    for (more, basic, in_body) in [
        ("", None, true),
        ("    oauth: {client_authentication: post}\n", None, true),
        (
            "    oauth: {client_authentication: basic}\n",
            // Both are form-encoded first: `the+client:s3cret%2F%2Bvalue`.
            Some("Basic dGhlK2NsaWVudDpzM2NyZXQlMkYlMkJ2YWx1ZQ=="),
            false,
        ),
    ] {
        let (engine, config) = desk(&provider, more, &client()).await;
        let (_, url) = begin(&engine, &config, json!({})).await;
        provider.give(&json!({"access_token": "at-1"}));
        come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
        let asked = provider.asked().pop().unwrap();
        let authorization = asked.headers.get("authorization");
        assert_eq!(
            authorization.map(|value| value.to_str().unwrap()),
            basic,
            "{more}"
        );
        assert_eq!(
            asked.form().contains_key("client_secret"),
            in_body,
            "{more}"
        );
    }
}

#[tokio::test]
async fn connecting_again_keeps_the_id() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let id = begun["id"].as_str().unwrap();
    let refused = format!("error=access_denied&state={}", query(&url)["state"]);
    assert_eq!(come_back(&engine, &refused).await.status, StatusCode::OK);
    assert_eq!(account(&engine, &begun["id"]).await["status"], "FAILED");

    let path = format!("/api/v3.1/connected_accounts/{id}/refresh");
    let again = post(&engine, &path, &json!({})).await.json;
    assert_eq!(
        (&again["id"], &again["status"]),
        (&json!(id), &json!("INITIATED"))
    );
    let url = Url::parse(again["redirect_url"].as_str().unwrap()).unwrap();
    provider.give(&json!({"access_token": "at-1", "refresh_token": "rt-1"}));
    come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(account(&engine, &begun["id"]).await["status"], "ACTIVE");

    // What works goes on working while its user consents again, and whatever comes of it.
    let body = json!({"redirect_url": "https://app.example/done?x=1"});
    let again = post(&engine, &path, &body).await.json;
    assert_eq!(again["status"], "ACTIVE", "{again}");
    let url = Url::parse(again["redirect_url"].as_str().unwrap()).unwrap();
    let query = format!("error=access_denied&state={}", query(&url)["state"]);
    let landed = come_back(&engine, &query).await;
    let location = landed.headers["location"].to_str().unwrap();
    assert!(
        location.starts_with("https://app.example/done?x=1&status=failed"),
        "{location}"
    );
    let account = account(&engine, &begun["id"]).await;
    assert_eq!(account["status"], "ACTIVE");
    assert_eq!(account["status_reason"], Value::Null);
}
