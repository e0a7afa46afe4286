//! A vendor on loopback, and an engine that knows it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Request, State},
    routing::any,
};
use composio_core::{Body, Transport};
use composio_engine::{Caller, EgressPolicy, Engine, EngineBuilder};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A request that the vendor saw.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A vendor that answers with what it saw. `/slow` takes its time, `/broken` fails.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    pause: Arc<Mutex<Duration>>,
}

impl Vendor {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let vendor = Self {
            base,
            seen: Arc::default(),
            pause: Arc::default(),
        };
        let router = Router::new()
            .fallback(any(answer))
            .with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    /// Lets every answer wait for so long.
    pub(crate) fn hold(&self, pause: Duration) {
        *self.pause.lock().unwrap() = pause;
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The last request that was seen.
    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("no request came")
    }

    /// The `integration.yaml` of the app `Demo`.
    pub(crate) fn yaml(&self) -> String {
        YAML.replace("BASE", &self.base)
    }
}

async fn answer(State(vendor): State<Vendor>, request: Request) -> (StatusCode, Json<Value>) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path().to_owned();
    let seen = Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let echo = json!({
        "method": seen.method,
        "target": seen.target,
        "body": serde_json::from_slice::<Value>(&seen.body).unwrap_or(Value::Null),
    });
    vendor.seen.lock().unwrap().push(seen);
    let pause = *vendor.pause.lock().unwrap();
    tokio::time::sleep(pause).await;
    match path.as_str() {
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            (StatusCode::OK, Json(echo))
        }
        "/broken" => (
            StatusCode::INTERNAL_SERVER_ERROR,
            Json(json!({"message": "on fire"})),
        ),
        _ => (StatusCode::OK, Json(echo)),
    }
}

pub(crate) const YAML: &str = r#"
name: Demo
unique_key: demo
description: Notes for demonstrations
logo: https://example.com/demo.png
categories: [productivity]
auth_schemes:
  - name: demo_key
    auth_mode: API_KEY
    fields:
      - name: api_key
        display_name: API key
        type: string
        required: true
        expected_from_customer: true
    proxy:
      base_url: BASE
      headers:
        X-Api-Key: "{{api_key}}"
  - name: demo_bearer
    auth_mode: BEARER_TOKEN
    proxy:
      base_url: BASE
      headers:
        Authorization: "Bearer {{token}}"
  - name: demo_basic
    auth_mode: BASIC
    fields:
      - name: username
        type: string
        required: true
        expected_from_customer: true
      - name: password
        type: string
        required: true
        expected_from_customer: true
      - name: workspace
        type: string
        required: true
        expected_from_customer: true
      - name: region
        type: string
        required: true
        default: eu
      - name: tries
        type: number
        expected_from_customer: true
      - name: sandbox
        type: boolean
        expected_from_customer: true
    proxy:
      base_url: BASE
      headers:
        X-Workspace: "{{workspace}}"
        X-Region: "{{region}}"
important: [DEMO_CREATE_A_NOTE]
"#;

pub(crate) const DOCUMENT: &str = r#"{
  "openapi": "3.1.0",
  "info": {"title": "Demo", "version": "1"},
  "paths": {
    "/me": {"get": {
      "operationId": "me", "summary": "Get current user", "tags": ["users"],
      "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
    }},
    "/notes": {"post": {
      "operationId": "createNote", "summary": "Create a note", "tags": ["notes"],
      "requestBody": {"required": true, "content": {"application/json": {"schema": {
        "type": "object", "required": ["title"],
        "properties": {"title": {"type": "string", "maxLength": 80}, "text": {"type": "string"}}}}}},
      "responses": {"201": {"description": "created"}}
    }},
    "/notes/{id}": {"delete": {
      "operationId": "deleteNote", "summary": "Delete a note", "tags": ["notes"],
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
      "responses": {"204": {"description": "deleted"}}
    }},
    "/slow": {"get": {"operationId": "slow", "summary": "Wait", "responses": {"200": {"description": "ok"}}}},
    "/broken": {"post": {"operationId": "broken", "summary": "Break", "responses": {"200": {"description": "ok"}}}},
    "/status": {"get": {"operationId": "status", "summary": "Get status", "security": [],
      "responses": {"200": {"description": "ok"}}}}
  },
  "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
  "security": [{"key": []}]
}"#;

/// A builder whose engine may reach the vendor.
pub(crate) fn builder() -> EngineBuilder {
    Engine::builder().egress(EgressPolicy::default().allow_loopback())
}

/// An engine in memory that knows the app `Demo`.
pub(crate) async fn engine(vendor: &Vendor) -> Engine {
    let engine = builder().in_memory().build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engine
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) json: Value,
}

/// Sends a request to the engine, as a client in this process does.
pub(crate) async fn send(
    engine: &Engine,
    method: &str,
    path: &str,
    body: impl Into<Body>,
) -> Reply {
    send_as(engine, None, method, path, body).await
}

pub(crate) async fn send_as(
    engine: &Engine,
    caller: Option<Caller>,
    method: &str,
    path: &str,
    body: impl Into<Body>,
) -> Reply {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .body(body.into())
        .unwrap();
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let response = Transport::from(engine.clone()).send(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.bytes(64 * 1024 * 1024).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}

pub(crate) async fn get(engine: &Engine, path: &str) -> Reply {
    send(engine, "GET", path, Body::empty()).await
}

pub(crate) async fn post(engine: &Engine, path: &str, body: &Value) -> Reply {
    send(engine, "POST", path, body.to_string()).await
}

/// Runs a tool for `user`.
pub(crate) async fn execute(engine: &Engine, tool: &str, user: &str, arguments: Value) -> Reply {
    let body = json!({"user_id": user, "arguments": arguments, "version": "latest"});
    post(engine, &format!("/api/v3.1/tools/execute/{tool}"), &body).await
}
