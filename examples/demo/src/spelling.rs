//! How the stand-in's answers are spelt: by either API, whole or as events.

use serde_json::{Value, json};

use crate::StandIn;

/// A request of the Responses API as one of Chat Completions, which the script reads.
pub(crate) fn as_chat(request: &Value) -> Value {
    let list = |name: &str| request[name].as_array().cloned().unwrap_or_default();
    let tools = list("tools")
        .into_iter()
        .map(|tool| json!({"type": "function", "function": tool}));
    let messages = list("input")
        .into_iter()
        .map(|item| match item["type"].as_str() {
            Some("function_call_output") => json!({"role": "tool", "content": item["output"]}),
            Some("function_call") => json!({"role": "assistant", "content": null}),
            _ => json!({"role": item["role"], "content": item["content"]}),
        });
    let tools: Vec<Value> = tools.collect();
    let messages: Vec<Value> = messages.collect();
    json!({"tools": tools, "messages": messages})
}

/// A message as a whole answer of Chat Completions.
pub(crate) fn completion(id: u64, message: &Value) -> Value {
    json!({
        "id": format!("chatcmpl-stand-in-{id}"),
        "object": "chat.completion",
        "created": 0,
        "model": StandIn::NAME,
        "choices": [{
            "index": 0, "message": message, "logprobs": null, "finish_reason": reason(message),
        }],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    })
}

/// The same in chunks: arguments in two pieces, words one by one.
pub(crate) fn chunks(id: u64, message: &Value) -> String {
    let chunk = |delta: Value, reason: Value| {
        json!({
            "id": format!("chatcmpl-stand-in-{id}"), "object": "chat.completion.chunk", "created": 0,
            "model": StandIn::NAME,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        })
    };
    let mut events = vec![chunk(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    for (index, call) in calls(message).iter().enumerate() {
        let mut begun = call.clone();
        begun["index"] = json!(index);
        begun["function"]["arguments"] = json!("");
        events.push(chunk(json!({"tool_calls": [begun]}), Value::Null));
        let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
        let (first, second) = arguments.split_at(arguments.find(':').unwrap_or_default());
        for half in [first, second] {
            let piece = json!({"index": index, "function": {"arguments": half}});
            events.push(chunk(json!({"tool_calls": [piece]}), Value::Null));
        }
    }
    for word in words(message) {
        events.push(chunk(json!({"content": word}), Value::Null));
    }
    events.push(chunk(json!({}), json!(reason(message))));
    let written = events.iter().map(|event| format!("data: {event}\n\n"));
    written.chain(["data: [DONE]\n\n".to_owned()]).collect()
}

/// A message as a whole answer of the Responses API.
pub(crate) fn response(id: u64, message: &Value) -> Value {
    let mut output: Vec<Value> = calls(message)
        .iter()
        .map(|call| {
            json!({
                "type": "function_call", "id": format!("fc_{id}"), "call_id": call["id"],
                "status": "completed", "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
            })
        })
        .collect();
    if let Some(text) = message["content"].as_str() {
        output.push(json!({
            "type": "message", "id": format!("msg_{id}"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
        }));
    }
    json!({
        "id": format!("resp_{id}"), "object": "response", "created_at": 0, "model": StandIn::NAME,
        "status": "completed", "output": output,
    })
}

/// The same as events.
pub(crate) fn events(id: u64, message: &Value) -> String {
    let whole = response(id, message);
    let mut events = Vec::new();
    for word in words(message) {
        events.push(json!({
            "type": "response.output_text.delta", "item_id": format!("msg_{id}"), "output_index": 0,
            "content_index": 0, "delta": word,
        }));
    }
    let items = whole["output"].as_array().cloned().unwrap_or_default();
    for (index, item) in items.into_iter().enumerate() {
        events.push(json!({
            "type": "response.output_item.done", "output_index": index, "item": item,
        }));
    }
    events.push(json!({"type": "response.completed", "response": whole}));
    let numbered = events.into_iter().enumerate().map(|(number, mut event)| {
        event["sequence_number"] = json!(number);
        format!("data: {event}\n\n")
    });
    numbered.collect()
}

fn calls(message: &Value) -> &[Value] {
    message["tool_calls"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
}

fn words(message: &Value) -> impl Iterator<Item = &str> {
    let text = message["content"].as_str().unwrap_or_default();
    text.split_inclusive(' ')
}

fn reason(message: &Value) -> &'static str {
    if calls(message).is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{as_chat, chunks, events, response};

    fn sent(stream: &str) -> Vec<Value> {
        let data = stream
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        data.filter_map(|data| serde_json::from_str(data).ok())
            .collect()
    }

    #[test]
    fn pieces_make_the_whole() {
        let call = json!({"id": "c", "type": "function", "function": {"name": "T", "arguments": "{\"a\":1}"}});
        let message = json!({"content": "One two", "tool_calls": [call]});
        let chunks = sent(&chunks(1, &message));
        let deltas = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]);
        let arguments: String = deltas
            .clone()
            .filter_map(|delta| delta["tool_calls"][0]["function"]["arguments"].as_str())
            .collect();
        let words: String = deltas
            .filter_map(|delta| delta["content"].as_str())
            .collect();
        assert_eq!(
            (arguments.as_str(), words.as_str()),
            ("{\"a\":1}", "One two")
        );
        let events = sent(&events(1, &message));
        assert_eq!(events.last().unwrap()["response"], response(1, &message));
        assert_eq!(events[0]["delta"], "One ");
    }

    #[test]
    fn a_request_of_the_responses_api_is_read_as_one_of_chat() {
        let request = json!({
            "tools": [{"type": "function", "name": "T", "parameters": {}}],
            "input": [{"type": "message", "role": "user", "content": "Go"},
                {"type": "function_call", "call_id": "c"},
                {"type": "function_call_output", "call_id": "c", "output": "{}"}],
        });
        let chat = as_chat(&request);
        assert_eq!(chat["tools"][0]["function"]["name"], "T");
        assert_eq!(
            chat["messages"][2],
            json!({"role": "tool", "content": "{}"})
        );
    }
}
