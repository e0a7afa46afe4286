//! How the stand-in writes its answers, whole and as events, and reads the items of the Responses API as messages.

use composio_core::PlainResponse;
use serde_json::{Value, json};

/// An answer of Chat Completions.
pub fn completion(turn: usize, answer: &PlainResponse) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    if answer.calls.is_empty() {
        message["content"] = json!(answer.text);
    } else {
        message["tool_calls"] = calls(answer);
    }
    json!({
        "id": format!("chatcmpl-{turn}"), "object": "chat.completion", "created": 1, "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": reason(answer), "logprobs": null}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    })
}

/// The same answer in pieces, as OpenAI streams it.
pub fn chunks(turn: usize, answer: &PlainResponse, says_usage: bool) -> String {
    let chunk = |choices: Value| {
        json!({"id": format!("chatcmpl-{turn}"), "object": "chat.completion.chunk", "created": 1, "model": "stand-in",
            "choices": choices, "usage": null})
    };
    let delta = |delta: Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]));
    let mut events = vec![delta(json!({"role": "assistant", "content": null}))];
    for (index, call) in answer.calls.iter().enumerate() {
        let function = json!({"name": call.name, "arguments": ""});
        events.push(delta(json!({"tool_calls": [
            {"index": index, "id": call.id, "type": "function", "function": function}]})));
        let pieces = halves(&call.arguments).into_iter();
        events.extend(pieces.map(|piece| {
            delta(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
        }));
    }
    let words = halves(&answer.text).into_iter();
    events.extend(words.map(|piece| delta(json!({"content": piece}))));
    events.push(chunk(
        json!([{"index": 0, "delta": {}, "finish_reason": reason(answer)}]),
    ));
    if says_usage {
        let mut last = chunk(json!([]));
        last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
        events.push(last);
    }
    let mut text: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    text.push_str("data: [DONE]\n\n");
    text
}

/// An answer of the Responses API; a thought comes before calls.
pub fn response(turn: usize, answer: &PlainResponse) -> Value {
    let calls = answer.calls.iter().map(|call| {
        json!({"type": "function_call", "id": format!("fc_{}", call.id), "call_id": call.id, "name": call.name,
            "arguments": call.arguments, "status": "completed"})
    });
    let mut output: Vec<Value> = calls.collect();
    if output.is_empty() {
        output.push(json!({"type": "message", "id": format!("msg_{turn}"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}]}));
    } else {
        let thought = json!({"type": "reasoning", "id": format!("rs_{turn}"), "summary": [],
            "encrypted_content": format!("thought {turn}")});
        output.insert(0, thought);
    }
    json!({
        "id": format!("resp_{turn}"), "object": "response", "created_at": 1, "model": "stand-in", "status": "completed",
        "output": output, "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
    })
}

/// The same answer as events.
pub fn events(whole: &Value) -> String {
    let mut begun = whole.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    let mut events = vec![json!({"type": "response.created", "response": begun})];
    for (index, item) in whole["output"].as_array().into_iter().flatten().enumerate() {
        let place = json!({"output_index": index, "content_index": 0, "item_id": item["id"]});
        let piece = |kind: &str, delta: &str| {
            let mut event = place.clone();
            event["type"] = json!(format!("response.{kind}.delta"));
            event["delta"] = json!(delta);
            event
        };
        events.push(
            json!({"type": "response.output_item.added", "output_index": index, "item": item}),
        );
        let arguments = item["arguments"].as_str().map(halves).unwrap_or_default();
        let arguments = arguments.into_iter();
        events.extend(arguments.map(|half| piece("function_call_arguments", half)));
        let words = item["content"][0]["text"]
            .as_str()
            .map(halves)
            .unwrap_or_default();
        events.extend(words.into_iter().map(|half| piece("output_text", half)));
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    events.push(json!({"type": "response.completed", "response": whole}));
    let numbered = events.iter_mut().enumerate().map(|(number, event)| {
        event["sequence_number"] = json!(number);
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap_or_default()
        )
    });
    numbered.collect()
}

/// Items as the messages that they stand for; fails on a call without the thought that led to it.
pub fn messages(items: &[Value]) -> Result<Vec<Value>, String> {
    let mut messages: Vec<Value> = Vec::new();
    let mut has_thought = false;
    for item in items {
        let kind = item["type"].as_str().unwrap_or("message");
        match kind {
            "reasoning" => has_thought = item["encrypted_content"].is_string(),
            "function_call" if !has_thought => return Err("a call without its thought".into()),
            "function_call" => {
                let call = json!({"id": item["call_id"], "function": {"name": item["name"]}});
                match messages
                    .last_mut()
                    .and_then(|last| last["tool_calls"].as_array_mut())
                {
                    Some(calls) => calls.push(call),
                    None => messages.push(json!({"role": "assistant", "tool_calls": [call]})),
                }
            }
            "function_call_output" => {
                has_thought = false;
                let content = &item["output"];
                messages.push(
                    json!({"role": "tool", "tool_call_id": item["call_id"], "content": content}),
                );
            }
            _ => messages.push(json!({"role": item["role"], "content": item["content"]})),
        }
    }
    Ok(messages)
}

fn calls(answer: &PlainResponse) -> Value {
    let calls = answer.calls.iter().map(|call| {
        json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
    });
    calls.collect()
}

fn reason(answer: &PlainResponse) -> &'static str {
    if answer.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn halves(text: &str) -> Vec<&str> {
    let middle = text.char_indices().nth(text.chars().count() / 2);
    let (first, second) = text.split_at(middle.map_or(0, |(at, _)| at));
    [first, second]
        .into_iter()
        .filter(|half| !half.is_empty())
        .collect()
}
