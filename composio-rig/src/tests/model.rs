use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use rig_core::{DynModel, operation::Completion, providers::openai::OpenAIConfig};
use rustls::crypto::ring;
use serde_json::{Value, json};

/// A model behind OpenAI's protocol on the loopback, which says what it is told to, turn by turn, and refuses what
/// OpenAI refuses: a call without an answer, an answer without a call.
pub(crate) struct Model {
    address: SocketAddr,
    script: Arc<Script>,
}

struct Script {
    turns: Vec<Value>,
    requests: Mutex<Vec<Value>>,
}

impl Model {
    /// The last of `turns` is said over and over.
    pub(crate) async fn saying(turns: impl IntoIterator<Item = Value>) -> Self {
        let script = Arc::new(Script {
            turns: turns.into_iter().collect(),
            requests: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, script }
    }

    pub(crate) fn connect(&self) -> DynModel<Completion> {
        // rig's HTTP client wants a provider of ciphers, though nothing is encrypted here.
        let _ = ring::default_provider().install_default();
        let url = format!("http://{}/v1", self.address);
        OpenAIConfig::new("no-key")
            .with_base_url(&url)
            .client()
            .chat("stand-in")
            .into()
    }

    pub(crate) fn requests(&self) -> Vec<Value> {
        self.script.requests.lock().unwrap().clone()
    }

    /// What the model read about its calls, in the last request.
    pub(crate) fn read(&self) -> Vec<Value> {
        let requests = self.requests();
        let messages = requests.last().unwrap()["messages"].as_array().unwrap();
        let answers = messages.iter().filter(|message| message["role"] == "tool");
        answers
            .map(|message| serde_json::from_str(message["content"].as_str().unwrap()).unwrap())
            .collect()
    }
}

/// A turn that makes these calls: name and arguments as text.
pub(crate) fn calls<const N: usize>(calls: [(&str, &str); N]) -> Value {
    let call = |(n, (name, arguments)): (usize, &(&str, &str))| json!({"id": format!("call_{n}"), "type": "function", "function": {"name": name, "arguments": arguments}});
    let calls: Vec<Value> = calls.iter().enumerate().map(call).collect();
    json!({"role": "assistant", "content": null, "tool_calls": calls})
}

pub(crate) fn text(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

async fn answer(State(script): State<Arc<Script>>, Json(request): Json<Value>) -> Response {
    if let Err(why) = check(&request["messages"]) {
        let error = json!({"error": {"message": why, "type": "invalid_request_error"}});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let is_streamed = request["stream"] == true;
    let mut requests = script.requests.lock().unwrap();
    let turn = requests.len().min(script.turns.len() - 1);
    requests.push(request);
    let message = script.turns[turn].clone();
    let reason = if message["tool_calls"].is_array() {
        "tool_calls"
    } else {
        "stop"
    };
    let mut answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    });
    if !is_streamed {
        return Json(answer).into_response();
    }
    answer["object"] = json!("chat.completion.chunk");
    let mut delta = answer["choices"][0]["message"].take();
    let calls = delta["tool_calls"].as_array_mut().into_iter().flatten();
    calls
        .enumerate()
        .for_each(|(index, call)| call["index"] = json!(index));
    answer["choices"][0]["delta"] = delta;
    let events = format!("data: {answer}\n\ndata: [DONE]\n\n");
    ([(CONTENT_TYPE, "text/event-stream")], events).into_response()
}

fn check(messages: &Value) -> Result<(), String> {
    let mut waiting: HashSet<String> = HashSet::new();
    for message in messages.as_array().ok_or("no messages")? {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().ok_or("no tool_call_id")?;
            if !waiting.remove(id) {
                return Err(format!("{id} answers no call"));
            }
            continue;
        }
        if !waiting.is_empty() {
            return Err(format!("{waiting:?} have no answer"));
        }
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        waiting.extend(calls.map(|call| call["id"].as_str().unwrap().to_owned()));
    }
    if waiting.is_empty() {
        Ok(())
    } else {
        Err(format!("{waiting:?} have no answer"))
    }
}
