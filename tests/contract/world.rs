//! An engine with one app whose server echoes.

use axum::{Json, Router, body::Bytes, http::Uri, routing::any};
use composio_engine::{EgressPolicy, Engine};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub struct World {
    pub engine: Engine,
    /// The address of the app's server.
    pub base: String,
    vendor: JoinHandle<()>,
    // Files live beside the database.
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(any(echo));
        let vendor = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::builder()
            .database(folder.path().join("composio.db"))
            .egress(EgressPolicy::default().allow_loopback())
            .public_url("https://engine.example")
            .build()
            .await
            .unwrap();
        engine.add_app(yaml(&base), DOCUMENT).await.unwrap();
        Self {
            engine,
            base,
            vendor,
            _folder: folder,
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.vendor.abort();
    }
}

async fn echo(uri: Uri, body: Bytes) -> Json<Value> {
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Json(json!({"path": uri.path(), "body": body}))
}

pub fn yaml(base: &str) -> String {
    YAML.replace("BASE", base)
}

const YAML: &str = r#"
name: Notes
unique_key: notes
description: Notes of a team
logo: https://notes.example/logo.png
docs: https://notes.example/docs
categories: [Time Tracking]
get_current_user_endpoint: /me
auth_schemes:
  - name: notes_key
    auth_mode: API_KEY
    fields:
      - {name: api_key, display_name: API key, description: From the settings page, type: string, required: true, expected_from_customer: true}
      - {name: region, display_name: Region, description: Where the team is, type: string, required: false, default: eu}
    proxy:
      base_url: BASE
      headers: {X-Api-Key: "{{api_key}}"}
  - name: notes_token
    auth_mode: BEARER_TOKEN
    proxy:
      base_url: BASE
      headers: {Authorization: "Bearer {{token}}"}
  - name: notes_basic
    auth_mode: BASIC
    proxy: {base_url: BASE}
  - name: notes_consent
    auth_mode: OAUTH2
    authorization_url: BASE/authorize
    token_url: BASE/token
    proxy: {base_url: BASE}
"#;

pub const DOCUMENT: &str = r#"{
  "openapi": "3.1.0",
  "info": {"title": "Notes", "version": "1"},
  "paths": {
    "/me": {"get": {"summary": "Get current user", "responses": {"200": {"description": "ok"}}}},
    "/notes": {"post": {"summary": "Create a note", "tags": ["notes"],
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["title"],
        "properties": {"title": {"type": "string"}}}}}},
      "responses": {"201": {"description": "created"}}}},
    "/notes/{id}": {"delete": {"summary": "Delete a note", "deprecated": true,
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
      "responses": {"204": {"description": "gone"}}}},
    "/status": {"get": {"summary": "Get status", "security": [], "responses": {"200": {"description": "ok"}}}}
  },
  "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
  "security": [{"key": []}]
}"#;
