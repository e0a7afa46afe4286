//! Recorded answers of either API, whole or streamed, that ask for tools, and what followed each.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::cassette::{self, Recorded};

/// Which API an exchange is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Chat,
    Responses,
}

/// A call as the recording has it, read without the crate under test: id, name, arguments.
pub type Called = (String, String, Value);

/// One recorded request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub api: Api,
    pub request: Value,
    /// The answer's body as it came.
    pub body: String,
    pub is_stream: bool,
    pub calls: Vec<Called>,
}

/// Exchanges that belong together: each but the first answers the calls of the one before it.
#[derive(Debug, Clone)]
pub struct Chain {
    pub name: String,
    pub exchanges: Vec<Exchange>,
}

impl Chain {
    pub fn calls(&self) -> Vec<Called> {
        let calls = self.exchanges.iter().flat_map(|exchange| &exchange.calls);
        calls.cloned().collect()
    }

    /// Whether the recording goes on to an answer in words.
    pub fn ends(&self) -> bool {
        self.exchanges
            .last()
            .is_some_and(|exchange| exchange.calls.is_empty())
    }

    pub fn first(&self) -> &Exchange {
        &self.exchanges[0]
    }
}

/// Every chain under `folder` that begins with calls.
pub fn chains(folder: &Path) -> Vec<Chain> {
    let mut chains = Vec::new();
    for (name, recorded) in cassette::all(folder) {
        let exchanges: Vec<Exchange> = recorded.iter().filter_map(exchange).collect();
        let mut is_used = vec![false; exchanges.len()];
        for start in 0..exchanges.len() {
            if is_used[start] || exchanges[start].calls.is_empty() {
                continue;
            }
            let mut chain = vec![exchanges[start].clone()];
            let mut at = start;
            while let Some(next) = (at + 1..exchanges.len())
                .find(|next| !is_used[*next] && follows(&exchanges[at], &exchanges[*next]))
            {
                is_used[next] = true;
                chain.push(exchanges[next].clone());
                at = next;
            }
            chains.push(Chain {
                name: name.clone(),
                exchanges: chain,
            });
        }
    }
    chains
}

fn follows(before: &Exchange, next: &Exchange) -> bool {
    let ids = before.calls.iter().map(|(id, _, _)| id.clone());
    let answered = answered(&next.request);
    !before.calls.is_empty()
        && before.api == next.api
        && answered.ends_with(&ids.collect::<Vec<_>>())
}

/// The ids of the calls that a request answers, in order.
pub fn answered(request: &Value) -> Vec<String> {
    let messages = request["messages"].as_array().into_iter().flatten();
    let items = request["input"].as_array().into_iter().flatten();
    let tools = messages.filter(|message| message["role"] == "tool");
    let outputs = items.filter(|item| item["type"] == "function_call_output");
    let ids = tools
        .map(|message| &message["tool_call_id"])
        .chain(outputs.map(|item| &item["call_id"]));
    ids.filter_map(|id| Some(id.as_str()?.to_owned())).collect()
}

fn exchange(recorded: &Recorded) -> Option<Exchange> {
    let api = if recorded.uri.ends_with("/chat/completions") {
        Api::Chat
    } else if recorded.uri.ends_with("/responses") {
        Api::Responses
    } else {
        return None;
    };
    if recorded.status != 200 {
        return None;
    }
    let is_stream = recorded.body.trim_start().starts_with(['d', 'e', ':']);
    let whole = whole(api, is_stream, &recorded.body)?;
    Some(Exchange {
        api,
        request: serde_json::from_str(&recorded.request).ok()?,
        body: recorded.body.clone(),
        is_stream,
        calls: calls(&whole)?,
    })
}

/// The answer as it would have come whole, read without the crate under test.
pub fn whole(api: Api, is_stream: bool, body: &str) -> Option<Value> {
    if !is_stream {
        return serde_json::from_str(body).ok();
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect();
    match api {
        Api::Responses => {
            let last = events
                .iter()
                .rfind(|event| event["type"] == "response.completed");
            last.map(|event| event["response"].clone())
        }
        Api::Chat => Some(merged(&events)),
    }
}

fn merged(chunks: &[Value]) -> Value {
    let mut text = String::new();
    let mut calls: BTreeMap<u64, [String; 3]> = BTreeMap::new();
    for chunk in chunks {
        let delta = &chunk["choices"][0]["delta"];
        text.push_str(delta["content"].as_str().unwrap_or_default());
        for piece in delta["tool_calls"].as_array().into_iter().flatten() {
            let call = calls
                .entry(piece["index"].as_u64().unwrap_or_default())
                .or_default();
            for (part, found) in call.iter_mut().zip([
                &piece["id"],
                &piece["function"]["name"],
                &piece["function"]["arguments"],
            ]) {
                part.push_str(found.as_str().unwrap_or_default());
            }
        }
    }
    let calls: Vec<Value> = calls
        .values()
        .map(|[id, name, arguments]| {
            json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
        })
        .collect();
    let reason = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}]})
}

/// The calls of the first choice, or of an answer's items; nothing if it is no answer.
fn calls(whole: &Value) -> Option<Vec<Called>> {
    let message = &whole["choices"][0]["message"];
    let (found, from_chat) = match whole["output"].as_array() {
        Some(items) => (Some(items), false),
        None if message.is_object() => (message["tool_calls"].as_array(), true),
        None => return None,
    };
    let is_call = |found: &&Value| from_chat || found["type"] == "function_call";
    let calls = found.into_iter().flatten().filter(is_call);
    let read = calls.map(|call| {
        let (id, function) = if from_chat {
            (&call["id"], &call["function"])
        } else {
            (&call["call_id"], call)
        };
        let arguments = function["arguments"].as_str()?;
        let arguments = if arguments.is_empty() {
            "{}"
        } else {
            arguments
        };
        let name = function["name"].as_str()?.to_owned();
        Some((
            id.as_str()?.to_owned(),
            name,
            serde_json::from_str(arguments).ok()?,
        ))
    });
    read.collect()
}
