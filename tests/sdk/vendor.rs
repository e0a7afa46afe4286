//! Three apps of one vendor on loopback, each with another scheme. It answers with what it was sent.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The last file that was attached.
type Attached = Arc<Mutex<Bytes>>;

/// Starts it on the current runtime, and gives its address.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/attachments", post(attach))
        .route("/attachments/1", any(download))
        .route("/broken", any(broken))
        .fallback(echo)
        .with_state(Attached::default());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

/// The `integration.yaml` of each app.
pub(crate) fn integrations(base: &str) -> [String; 3] {
    let app = |name: &str, scheme: &str, fields: &[&str], header: &str| {
        let fields: String = fields
            .iter()
            .map(|field| {
                format!(
                    "      - name: {field}\n        type: string\n        required: true\n        expected_from_customer: true\n"
                )
            })
            .collect();
        let fields = if fields.is_empty() {
            String::new()
        } else {
            format!("    fields:\n{fields}")
        };
        format!(
            "name: {name}\nunique_key: {}\ndescription: {name} for tests\nlogo: https://example.com/logo.png\n\
             categories: [productivity]\nauth_schemes:\n  - name: {scheme}\n    auth_mode: {scheme}\n{fields}    \
             proxy:\n      base_url: {base}\n      headers:\n        {header}\n",
            name.to_lowercase()
        )
    };
    [
        app(
            "Desk",
            "API_KEY",
            &["api_key"],
            "X-Api-Key: \"{{api_key}}\"",
        ),
        app(
            "Mail",
            "BEARER_TOKEN",
            &[],
            "Authorization: \"Bearer {{token}}\"",
        ),
        app("Books", "BASIC", &[], "X-App: books"),
    ]
}

/// What all three can do.
pub(crate) fn document() -> String {
    let ok = json!({"200": {"description": "done", "content": {"application/json": {"schema": {"type": "object"}}}}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let note = json!({"type": "object", "required": ["title"],
        "properties": {"title": {"type": "string"}, "text": {"type": "string"}}});
    let attachment = json!({"type": "object", "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}, "label": {"type": "string"}}});
    let bytes = json!({"200": {"description": "the file", "content":
        {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Vendor", "version": "1"},
        "paths": {
            "/me": {"get": {"summary": "Get the current user", "responses": ok}},
            "/notes": {"post": {"summary": "Create a note", "responses": ok,
                "requestBody": {"required": true, "content": {"application/json": {"schema": note}}}}},
            "/notes/{id}": {"delete": {"summary": "Delete a note", "parameters": id, "responses": ok}},
            "/broken": {"post": {"summary": "Break something", "responses": ok}},
            "/attachments": {"post": {"summary": "Attach a file", "responses": ok,
                "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": attachment}}}}},
            "/attachments/{id}": {"get": {"summary": "Download a file", "parameters": id, "responses": bytes}}
        }
    })
    .to_string()
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    // Backwards: what looks like a credential is taken out of every answer.
    let header = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.chars().rev().collect::<String>())
    };
    Json(json!({
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query(),
        "key": header("x-api-key"),
        "authorization": header("authorization"),
        "note": serde_json::from_slice::<Value>(&body).unwrap_or_default(),
    }))
}

async fn broken() -> (StatusCode, &'static str) {
    (StatusCode::INTERNAL_SERVER_ERROR, "on fire")
}

async fn attach(State(attached): State<Attached>, mut form: Multipart) -> Response {
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("file") {
            let name = field.file_name().map(str::to_owned);
            let content = field.bytes().await.unwrap_or_default();
            let size = content.len();
            *attached.lock().unwrap() = content;
            return Json(json!({"size": size, "name": name})).into_response();
        }
    }
    StatusCode::BAD_REQUEST.into_response()
}

async fn download(State(attached): State<Attached>) -> Response {
    let content = attached.lock().unwrap().clone();
    let headers = [
        ("content-type", "application/octet-stream"),
        (
            "content-disposition",
            "attachment; filename=\"picture.bin\"",
        ),
    ];
    (headers, content).into_response()
}
