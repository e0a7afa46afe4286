use async_openai::types::responses::{OutputItem, Response, ResponseStreamEvent};
use serde_json::{Value, json};

use super::{
    Naming,
    fields::{
        Object, arguments, ensure_number, ensure_text, id, index, keep_readable, made_up_id, reads,
        text, whole,
    },
};

/// An answer of the Responses API, spelt as OpenAI spells it; `None` if `body` is none.
///
/// Items of a kind that async-openai does not know are left out.
pub(crate) fn response(mut body: Value, naming: Naming) -> Option<Value> {
    let object = body.as_object_mut()?;
    let found = object.remove("output")?;
    let items = found.as_array()?.iter().enumerate();
    let items: Vec<Value> = items
        .filter_map(|(position, found)| item(found.clone(), position, naming))
        .collect();
    let name = id(object.get("id"));
    object.insert("id".to_owned(), name.into());
    ensure_text(object, "object", "response");
    ensure_text(object, "model", "");
    ensure_number(object, "created_at", 0);
    if let Some(usage) = object.remove("usage").and_then(|usage| plain_usage(&usage)) {
        object.insert("usage".to_owned(), usage);
    }
    let empty = json!({
        "id": "", "object": "", "created_at": 0, "model": "", "status": "completed", "output": [],
    });
    if !probes_as(&empty, "status", object.get("status")) {
        object.insert("status".to_owned(), "completed".into());
    }
    keep_readable::<Response>(object, &empty);
    object.insert("output".to_owned(), items.into());
    Some(body)
}

fn probes_as(probe: &Value, name: &str, value: Option<&Value>) -> bool {
    let (Some(probe), Some(value)) = (probe.as_object(), value) else {
        return false;
    };
    let mut probe = probe.clone();
    probe.insert(name.to_owned(), value.clone());
    reads::<Response>(&probe.into())
}

fn plain_usage(usage: &Value) -> Option<Value> {
    let usage = usage.as_object()?;
    let read = |name| usage.get(name).and_then(whole);
    let detail = |group, name| {
        let group = usage.get(group).and_then(Value::as_object);
        group
            .and_then(|group| group.get(name))
            .and_then(whole)
            .unwrap_or(0)
    };
    let (input, output) = (read("input_tokens")?, read("output_tokens").unwrap_or(0));
    Some(json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": detail("input_tokens_details", "cached_tokens")},
        "output_tokens": output,
        "output_tokens_details":
            {"reasoning_tokens": detail("output_tokens_details", "reasoning_tokens")},
        "total_tokens": read("total_tokens").unwrap_or(input.saturating_add(output)),
    }))
}

fn item(mut item: Value, position: usize, naming: Naming) -> Option<Value> {
    let object = item.as_object_mut()?;
    match text(object.get("type")) {
        "function_call" => function_call(object, position, naming),
        "message" if !reads::<OutputItem>(&Value::Object(object.clone())) => {
            *object = message(object, position)?;
        }
        "reasoning" => {
            if !object.get("summary").is_some_and(Value::is_array) {
                object.insert("summary".to_owned(), json!([]));
            }
            keep_readable::<OutputItem>(object, &json!({"type": "reasoning", "summary": []}));
        }
        _ => {}
    }
    reads::<OutputItem>(&item).then_some(item)
}

fn function_call(object: &mut Object, position: usize, naming: Naming) {
    ensure_text(object, "name", "");
    let arguments = arguments(object.get("arguments"));
    let mut call_id = id(object.get("call_id"));
    if call_id.is_empty() {
        call_id = id(object.get("id"));
    }
    if call_id.is_empty() && naming == Naming::MadeUp {
        call_id = made_up_id("", position, text(object.get("name")), &arguments);
    }
    object.insert("arguments".to_owned(), arguments.into());
    object.insert("call_id".to_owned(), call_id.into());
    keep_readable::<OutputItem>(
        object,
        &json!({"type": "function_call", "name": "", "arguments": "", "call_id": ""}),
    );
}

fn message(object: &Object, position: usize) -> Option<Object> {
    let parts: Vec<Value> = match object.get("content")? {
        Value::String(words) => vec![output_text(words)],
        Value::Array(parts) => parts.iter().filter_map(part).collect(),
        _ => return None,
    };
    let mut own = id(object.get("id"));
    if own.is_empty() {
        own = format!("msg_{position}");
    }
    let cut = text(object.get("status")) == "incomplete";
    let status = if cut { "incomplete" } else { "completed" };
    let plain = json!({
        "type": "message", "id": own, "role": "assistant", "status": status, "content": parts,
    });
    plain.as_object().cloned()
}

fn part(part: &Value) -> Option<Value> {
    match part.get("refusal").and_then(Value::as_str) {
        Some(refusal) => Some(json!({"type": "refusal", "refusal": refusal})),
        None => part.get("text").and_then(Value::as_str).map(output_text),
    }
}

fn output_text(words: &str) -> Value {
    json!({"type": "output_text", "text": words, "annotations": [], "logprobs": []})
}

/// An event of a streamed answer, spelt as OpenAI spells it; `None` if it is of a kind that async-openai does not
/// know, or one that nobody needs.
pub(crate) fn event(mut event: Value, naming: Naming) -> Option<Value> {
    let object = event.as_object_mut()?;
    if text(object.get("type")) == "response.done" {
        object.insert("type".to_owned(), "response.completed".into());
    }
    for name in ["sequence_number", "output_index", "content_index"] {
        ensure_number(object, name, 0);
    }
    if let Some(whole) = object.remove("response") {
        object.insert("response".to_owned(), response(whole, naming)?);
    }
    if let Some(found) = object.remove("item") {
        let position = index(object.get("output_index")).unwrap_or_default() as usize;
        let found = item(found, position, naming)?;
        object.insert("item".to_owned(), found);
    }
    match text(object.get("type")) {
        "response.output_text.delta" | "response.refusal.delta" => {
            ensure_text(object, "item_id", "");
            object.remove("logprobs");
        }
        "error" => error(object),
        _ => {}
    }
    reads::<ResponseStreamEvent>(&event).then_some(event)
}

/// Some servers put an error into an object of its own.
fn error(event: &mut Object) {
    if let Some(Value::Object(inner)) = event.remove("error") {
        event.extend(inner);
        event.insert("type".to_owned(), "error".into());
    }
    ensure_text(event, "message", "the server gave no reason");
    for name in ["code", "param"] {
        let value = id(event.get(name));
        event.insert(
            name.to_owned(),
            if value.is_empty() {
                Value::Null
            } else {
                value.into()
            },
        );
    }
}
