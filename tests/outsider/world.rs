//! The loopback world of the outsider: an app with notes behind a key, and a stand-in for the model.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use composio_tests::suite::Outcome;
use serde_json::{Value, json};

/// The user's key for the notes.
pub const KEY: &str = "outsiders-key-3f9c1d";
/// What note 7 says.
pub const NOTE: &str = "water the plants";

/// Both servers; they live as long as the runtime.
pub struct World {
    address: SocketAddr,
    reads: Reads,
}

/// The note and the key of every read.
type Reads = Arc<Mutex<Vec<(String, String)>>>;

impl World {
    pub async fn start() -> std::io::Result<Self> {
        let reads = Reads::default();
        let app = Router::new()
            .route("/notes/{id}", get(note))
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&reads));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, reads })
    }

    /// Base URL of the model.
    pub fn model_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The notes' OpenAPI document.
    pub fn document(&self) -> String {
        let id =
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        let read = json!({"operationId": "readNote", "summary": "Read a note", "parameters": [id],
            "responses": {"200": {"description": "The note"}}});
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Notes", "version": "1"},
            "servers": [{"url": format!("http://{}", self.address)}],
            "paths": {"/notes/{id}": {"get": read}},
        })
        .to_string()
    }

    /// Whether note 7 was read once, with the user's key.
    pub fn saw_one_call_with_the_key(&self) -> Outcome {
        let reads = self.reads.lock().unwrap();
        let expected = [("7".to_owned(), KEY.to_owned())];
        if *reads == expected {
            Ok(())
        } else {
            Err(format!("reads: {reads:?}").into())
        }
    }
}

async fn note(
    Path(id): Path<String>,
    headers: HeaderMap,
    State(reads): State<Reads>,
) -> Result<Json<Value>, StatusCode> {
    let key = headers
        .get("x-api-key")
        .and_then(|key| key.to_str().ok())
        .ok_or(StatusCode::UNAUTHORIZED)?;
    reads.lock().unwrap().push((id, key.to_owned()));
    Ok(Json(json!({"text": NOTE})))
}

/// Calls the tool that it was offered; once it has read a result, says what it read.
async fn complete(Json(request): Json<Value>) -> Json<Value> {
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    let result = messages.iter().find(|message| message["role"] == "tool");
    let (message, reason) = match result {
        Some(result) => (
            json!({"role": "assistant", "content": answer(result)}),
            "stop",
        ),
        None => (
            json!({"role": "assistant", "content": null, "tool_calls": [call(&request)]}),
            "tool_calls",
        ),
    };
    Json(json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }))
}

fn call(request: &Value) -> Value {
    let name = &request["tools"][0]["function"]["name"];
    json!({"id": "call_1", "type": "function", "function": {"name": name, "arguments": "{\"id\":7}"}})
}

fn answer(result: &Value) -> String {
    let text = result["content"].to_string();
    if text.contains(NOTE) {
        format!("The note says: {NOTE}")
    } else {
        format!("I cannot read it: {text}")
    }
}
