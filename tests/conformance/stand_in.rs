//! A stand-in for the model: it speaks OpenAI's Chat Completions and follows a script.
//!
//! Which line of the script comes next is read off the history, so that a run may go on in another process. It
//! refuses a history in which a call is not answered exactly once and in order, as OpenAI's API does.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router, extract::State, http::StatusCode, response::IntoResponse, response::Response,
    routing::post,
};
use composio_core::{PlainResponse, ToolCall};
use serde_json::{Value, json};

/// One turn of the model.
#[derive(Clone)]
pub enum Turn {
    /// Calls: name and arguments, as the model writes them.
    Calls(Vec<(&'static str, String)>),
    /// The same calls in every turn from here on.
    ForEver(Vec<(&'static str, String)>),
    /// Words, and so the end.
    Says(&'static str),
}

/// What the model does, turn by turn.
#[derive(Clone)]
pub struct Script(pub Vec<Turn>);

impl Script {
    /// The answer after `turns` turns of the model.
    pub fn answer(&self, turns: usize) -> PlainResponse {
        let last = self.0.len() - 1;
        match &self.0[turns.min(last)] {
            Turn::Says(text) => PlainResponse::text(*text),
            Turn::Calls(calls) | Turn::ForEver(calls) => {
                PlainResponse::calls(calls.iter().enumerate().map(|(n, (name, arguments))| {
                    ToolCall::new(format!("call_{turns}_{n}"), *name, arguments.clone())
                }))
            }
        }
    }
}

/// The server; it stops when it is dropped.
pub struct StandIn {
    /// Base URL with `/v1`.
    pub url: String,
    state: Arc<Served>,
    task: tokio::task::JoinHandle<()>,
}

struct Served {
    script: Script,
    histories: Mutex<Vec<Vec<Value>>>,
    refused: Mutex<Vec<String>>,
}

impl StandIn {
    pub async fn start(script: Script) -> Self {
        let state = Arc::new(Served {
            script,
            histories: Mutex::default(),
            refused: Mutex::default(),
        });
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(state.clone());
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, state, task }
    }

    /// How often the model was asked.
    pub fn asked(&self) -> usize {
        self.state.histories.lock().unwrap().len()
    }

    /// What the model has read of its calls, by the last history.
    pub fn read(&self) -> Vec<Value> {
        let histories = self.state.histories.lock().unwrap();
        let results = histories
            .last()
            .into_iter()
            .flatten()
            .filter(|message| message["role"] == "tool");
        results
            .map(|message| as_json(&text_of(&message["content"])))
            .collect()
    }

    /// Why requests were refused; nothing in a sound run.
    pub fn refused(&self) -> Vec<String> {
        self.state.refused.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// JSON where it is JSON, else the text itself.
pub fn as_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        other => other.to_string(),
    }
}

async fn complete(State(state): State<Arc<Served>>, Json(request): Json<Value>) -> Response {
    let history = request["messages"].as_array().cloned().unwrap_or_default();
    if let Err(fault) = check(&history) {
        state.refused.lock().unwrap().push(fault.clone());
        let error = json!({"error": {"message": fault, "type": "invalid_request_error", "param": null, "code": null}});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let turns = history
        .iter()
        .filter(|message| message["role"] == "assistant")
        .count();
    state.histories.lock().unwrap().push(history);
    Json(completion(turns, &state.script.answer(turns))).into_response()
}

/// Every call is answered once, in order, before anybody speaks again.
fn check(history: &[Value]) -> Result<(), String> {
    let mut open: VecDeque<String> = VecDeque::new();
    for message in history {
        if message["role"] == "tool" {
            let id = message["tool_call_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if open.pop_front().as_ref() != Some(&id) {
                return Err(format!("an answer to {id}, which nobody waits for"));
            }
        } else if !open.is_empty() {
            return Err(format!("no answer to {open:?}"));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            open.push_back(call["id"].as_str().unwrap_or_default().to_owned());
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("no answer to {open:?}"))
    }
}

fn completion(turn: usize, answer: &PlainResponse) -> Value {
    let calls: Vec<Value> = answer
        .calls
        .iter()
        .map(|call| {
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
        })
        .collect();
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    let reason = if calls.is_empty() {
        message["content"] = json!(answer.text);
        "stop"
    } else {
        message["tool_calls"] = json!(calls);
        "tool_calls"
    };
    json!({
        "id": format!("chatcmpl-{turn}"), "object": "chat.completion", "created": 1, "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": null}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    })
}
