//! A stand-in for the model: it speaks OpenAI's Chat Completions and Responses, whole and streamed, Anthropic's
//! Messages and Gemini's `generateContent`, and follows a script.
//!
//! Which line of the script comes next is read off the history, so that a run may go on in another process. It
//! refuses a history in which a call is not answered exactly once and in order, or lacks its thought, as OpenAI's API
//! does.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use composio_core::{PlainResponse, ToolCall, Usage};
use serde_json::{Value, json};

use crate::{wire, wire_json};

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
        let mut answer = match &self.0[turns.min(last)] {
            Turn::Says(text) => PlainResponse::text(*text),
            Turn::Calls(calls) | Turn::ForEver(calls) => {
                PlainResponse::calls(calls.iter().enumerate().map(|(n, (name, arguments))| {
                    ToolCall::new(format!("call_{turns}_{n}"), *name, arguments.clone())
                }))
            }
        };
        // As the wire says it.
        answer.usage = Some(Usage::new(1, 1));
        answer
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
    /// Histories that the Responses API keeps, by the answer that they end with.
    kept: Mutex<HashMap<String, Vec<Value>>>,
}

impl StandIn {
    pub async fn start(script: Script) -> Self {
        let state = Arc::new(Served {
            script,
            histories: Mutex::default(),
            refused: Mutex::default(),
            kept: Mutex::default(),
        });
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/responses", post(respond))
            .route("/v1/messages", post(message))
            .route("/v1/models/{model}", post(generate))
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
    let (turn, answer) = match next(&state, Ok(history)) {
        Ok(next) => next,
        Err(refusal) => return *refusal,
    };
    if request["stream"] == true {
        let says_usage = request["stream_options"]["include_usage"] == true;
        return streamed(wire::chunks(turn, &answer, says_usage));
    }
    Json(wire::completion(turn, &answer)).into_response()
}

async fn respond(State(state): State<Arc<Served>>, Json(request): Json<Value>) -> Response {
    let previous = request["previous_response_id"].as_str().unwrap_or_default();
    let kept = state.kept.lock().unwrap().get(previous).cloned();
    let mut items = kept.unwrap_or_default();
    items.extend(request["input"].as_array().cloned().unwrap_or_default());
    let (turn, answer) = match next(&state, wire::messages(&items)) {
        Ok(next) => next,
        Err(refusal) => return *refusal,
    };
    let whole = wire::response(turn, &answer);
    items.extend(whole["output"].as_array().cloned().unwrap_or_default());
    let id = whole["id"].as_str().unwrap_or_default().to_owned();
    state.kept.lock().unwrap().insert(id, items);
    if request["stream"] == true {
        return streamed(wire::events(&whole));
    }
    Json(whole).into_response()
}

async fn message(State(state): State<Arc<Served>>, Json(request): Json<Value>) -> Response {
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    match next(&state, wire_json::from_anthropic(&messages)) {
        Ok((turn, answer)) => Json(wire_json::message(turn, &answer)).into_response(),
        Err(refusal) => *refusal,
    }
}

async fn generate(State(state): State<Arc<Served>>, Json(request): Json<Value>) -> Response {
    let contents = request["contents"].as_array().cloned().unwrap_or_default();
    match next(&state, wire_json::from_gemini(&contents)) {
        Ok((turn, answer)) => Json(wire_json::candidates(turn, &answer)).into_response(),
        Err(refusal) => *refusal,
    }
}

fn streamed(events: String) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}

/// Takes the history and gives the turn and what is said in it.
fn next(
    state: &Served,
    history: Result<Vec<Value>, String>,
) -> Result<(usize, PlainResponse), Box<Response>> {
    let history = history.and_then(|history| check(&history).map(|()| history));
    let history = history.map_err(|fault| {
        state.refused.lock().unwrap().push(fault.clone());
        let error = json!({"error": {"message": fault, "type": "invalid_request_error", "param": null, "code": null}});
        Box::new((StatusCode::BAD_REQUEST, Json(error)).into_response())
    })?;
    let is_turn = |message: &&Value| message["role"] == "assistant";
    let turns = history.iter().filter(is_turn).count();
    state.histories.lock().unwrap().push(history);
    Ok((turns, state.script.answer(turns)))
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
