//! How the stand-in speaks Anthropic's and Gemini's APIs, and reads their histories as messages of Chat Completions.

use composio_core::PlainResponse;
use serde_json::{Value, json};

use crate::stand_in::as_json;

/// An answer of Anthropic's Messages API; a thought comes before calls.
pub fn message(turn: usize, answer: &PlainResponse) -> Value {
    let calls = answer.calls.iter().map(|call| {
        json!({"type": "tool_use", "id": call.id, "name": call.name, "input": as_json(&call.arguments)})
    });
    let mut content: Vec<Value> = calls.collect();
    let reason = if content.is_empty() {
        "end_turn"
    } else {
        "tool_use"
    };
    content.insert(0, match content.is_empty() {
        true => json!({"type": "text", "text": answer.text}),
        false => json!({"type": "thinking", "thinking": "hm", "signature": format!("thought {turn}")}),
    });
    json!({
        "id": format!("msg_{turn}"), "type": "message", "role": "assistant", "model": "stand-in", "content": content,
        "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1},
    })
}

/// An answer of Gemini's `generateContent`: calls have no id, and the first one carries the thought.
pub fn candidates(turn: usize, answer: &PlainResponse) -> Value {
    let calls = answer.calls.iter().enumerate().map(|(place, call)| {
        let mut part =
            json!({"functionCall": {"name": call.name, "args": as_json(&call.arguments)}});
        if place == 0 {
            part["thoughtSignature"] = json!(format!("thought {turn}"));
        }
        part
    });
    let mut parts: Vec<Value> = calls.collect();
    if parts.is_empty() {
        parts.push(json!({"text": answer.text}));
    }
    json!({
        "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": parts}}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": "stand-in",
    })
}

/// The history of a request to Anthropic; fails on what the API refuses.
pub fn from_anthropic(messages: &[Value]) -> Result<Vec<Value>, String> {
    let mut read: Vec<Value> = Vec::new();
    for message in messages {
        let blocks = message["content"]
            .as_array()
            .ok_or("a message without content")?;
        let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
        match message["role"].as_str() {
            Some("assistant") => {
                let has_thought = of("thinking").any(|block| block["signature"].is_string());
                if of("tool_use").count() > 0 && !has_thought {
                    return Err("a call without its thought".into());
                }
                let calls: Vec<Value> = of("tool_use")
                    .map(|block| json!({"id": block["id"]}))
                    .collect();
                read.push(json!({"role": "assistant", "tool_calls": calls}));
            }
            Some("user") if of("tool_result").count() > 0 => {
                if read.last().is_some_and(|last| last["role"] == "tool") {
                    return Err("the results of one turn are in two messages".into());
                }
                read.extend(of("tool_result").map(|block| {
                    json!({"role": "tool", "tool_call_id": block["tool_use_id"], "content": block["content"]})
                }));
            }
            _ => read.push(json!({"role": "user"})),
        }
    }
    Ok(read)
}

/// The history of a request to Gemini; results are told apart by name and place.
pub fn from_gemini(contents: &[Value]) -> Result<Vec<Value>, String> {
    let mut read: Vec<Value> = Vec::new();
    let mut names: Vec<Value> = Vec::new();
    for (turn, content) in contents.iter().enumerate() {
        let parts = content["parts"]
            .as_array()
            .ok_or("a content without parts")?;
        let of = |key: &'static str| parts.iter().filter(move |part| part.get(key).is_some());
        if content["role"] == "model" {
            if of("functionCall")
                .next()
                .is_some_and(|part| !part["thoughtSignature"].is_string())
            {
                return Err("a call without its thought".into());
            }
            names = of("functionCall")
                .map(|part| part["functionCall"]["name"].clone())
                .collect();
            let calls: Vec<Value> = (0..names.len())
                .map(|place| json!({"id": format!("{turn}_{place}")}))
                .collect();
            read.push(json!({"role": "assistant", "tool_calls": calls}));
        } else if of("functionResponse").count() > 0 {
            let results: Vec<&Value> = of("functionResponse")
                .map(|part| &part["functionResponse"])
                .collect();
            if results.iter().map(|result| &result["name"]).ne(&names)
                || results.iter().any(|result| result.get("id").is_some())
            {
                return Err(format!("{results:?} do not answer {names:?}"));
            }
            read.extend(results.iter().enumerate().map(|(place, result)| {
                let id = format!("{}_{place}", turn - 1);
                json!({"role": "tool", "tool_call_id": id, "content": result["response"].to_string()})
            }));
        } else {
            read.push(json!({"role": "user"}));
        }
    }
    Ok(read)
}
