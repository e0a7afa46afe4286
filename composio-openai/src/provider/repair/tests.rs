use async_openai::types::{
    chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse},
    responses::{Response, ResponseStreamEvent},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Chunks, Naming, completion, event, response};

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn a_completion_without_what_openai_always_sends_is_read() {
    let body = json!({"choices": [{"message": {"content": [{"type": "text", "text": "Hi"}], "tool_calls": [
        {"function": {"name": "A", "arguments": {"x": 1}}},
        {"id": "c2", "type": "", "function": {"name": "B"}},
        {"id": "c3", "type": "custom", "custom": {"name": "C", "input": "free"}},
        {"id": 4, "function": {"name": "D", "arguments": ""}},
        {"nonsense": true},
    ]}}]});
    let repaired = completion(body, Naming::AsIs).unwrap();
    let message = &repaired["choices"][0]["message"];
    assert_eq!(message["content"], "Hi");
    let function = |id: &str, name: &str, arguments: &str| json!({"type": "function", "id": id, "function": {"name": name, "arguments": arguments}});
    assert_eq!(
        message["tool_calls"],
        json!([
            function("", "A", "{\"x\":1}"),
            function("c2", "B", ""),
            function("c3", "C", "free"),
            function("4", "D", ""),
        ])
    );
    read::<CreateChatCompletionResponse>(&repaired);
}

#[test]
fn what_a_vendor_says_in_its_own_words_is_left_out_and_the_rest_kept() {
    let body = json!({
        "id": "x", "object": "chat.completion", "created": 1.5, "model": "m", "service_tier": "on_demand",
        "usage": {"prompt_tokens": 7, "completion_tokens": 2.0, "queue_time": 0.1},
        "choices": [{"index": 0, "finish_reason": "eos_token", "logprobs": 3, "message": {
            "role": "model", "content": "Hi", "annotations": "none", "reasoning_content": "hm"}}],
    });
    let read: CreateChatCompletionResponse = read(&completion(body, Naming::AsIs).unwrap());
    let usage = read.usage.unwrap();
    assert_eq!(
        (
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.total_tokens
        ),
        (7, 2, 9)
    );
    assert_eq!(read.service_tier, None);
    assert_eq!(read.choices[0].message.content.as_deref(), Some("Hi"));
    assert_eq!(
        serde_json::to_value(read.choices[0].finish_reason).unwrap(),
        "stop"
    );
}

#[test]
fn what_openai_sends_stays_what_it_is() {
    let body = json!({
        "id": "x", "object": "chat.completion", "created": 1, "model": "m", "service_tier": "default",
        "system_fingerprint": "fp", "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 3}},
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": null, "refusal": null, "annotations": [],
            "tool_calls": [{"type": "function", "id": "a", "function": {"name": "A", "arguments": "{}"}}]}}],
    });
    let before: CreateChatCompletionResponse = read(&body);
    let after = read(&completion(body, Naming::MadeUp).unwrap());
    assert_eq!(before, after);
}

#[test]
fn what_is_no_completion_is_not_made_one() {
    for body in [
        json!(null),
        json!([]),
        json!({}),
        json!({"choices": []}),
        json!({"choices": {}}),
        json!({"choices": [{"message": "hi"}]}),
        json!({"choices": [{"text": "legacy"}]}),
    ] {
        assert_eq!(completion(body.clone(), Naming::MadeUp), None, "{body}");
    }
}

#[test]
fn made_up_ids_differ_within_an_answer_and_between_answers() {
    let answer = |id: &str| {
        let call = json!({"function": {"name": "A", "arguments": "{}"}});
        let body = json!({"id": id, "choices": [{"message": {"tool_calls": [call, call]}}]});
        let repaired = completion(body, Naming::MadeUp).unwrap();
        [0, 1].map(|n| {
            repaired["choices"][0]["message"]["tool_calls"][n]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
    };
    let [first, second] = answer("one");
    assert_ne!(first, second);
    assert_eq!(answer("one"), [first.clone(), second]);
    assert_ne!(answer("two")[0], first);
}

#[test]
fn chunks_without_index_id_and_object_are_numbered() {
    let mut chunks = Chunks::default();
    let piece = |call: Value| json!({"choices": [{"delta": {"role": "", "tool_calls": [call]}, "finish_reason": ""}]});
    let mut slots = Vec::new();
    for call in [
        json!({"index": null, "function": {"name": "A", "arguments": {"x": 1}}}),
        json!({"function": {"name": "B"}}),
        json!({"function": {"arguments": "{}"}}),
    ] {
        let repaired = chunks.chunk(piece(call)).unwrap();
        assert!(repaired["choices"][0]["finish_reason"].is_null());
        let chunk: CreateChatCompletionStreamResponse = read(&repaired);
        slots.push(chunk.choices[0].delta.tool_calls.as_ref().unwrap()[0].index);
    }
    assert_eq!(slots, [0, 1, 1]);
    assert_eq!(chunks.chunk(json!({"type": "ping"})), None);
    assert_eq!(chunks.chunk(json!("x")), None);
    let usage = chunks
        .chunk(json!({"usage": {"prompt_tokens": 1}}))
        .unwrap();
    assert_eq!(
        read::<CreateChatCompletionStreamResponse>(&usage)
            .usage
            .unwrap()
            .total_tokens,
        1
    );
}

#[test]
fn a_response_of_another_server_is_read() {
    let body = json!({
        "created_at": 1.0, "usage": {"input_tokens": 3, "output_tokens": 4}, "status": "done", "tool_choice": 7,
        "output": [
            {"type": "vendor_thing", "x": 1},
            {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}], "status": 9},
            {"type": "message", "content": "Hello"},
            {"type": "function_call", "name": "A", "arguments": {"x": 1}, "id": "fc_1", "status": "weird"},
            {"type": "function_call", "name": "B"},
        ],
    });
    let read: Response = read(&response(body, Naming::MadeUp).unwrap());
    assert_eq!(read.output_text().as_deref(), Some("Hello"));
    assert_eq!(read.usage.unwrap().total_tokens, 7);
    assert_eq!(read.output.len(), 4);
    let calls = serde_json::to_value(&read.output[2..]).unwrap();
    assert_eq!(calls[0]["call_id"], "fc_1");
    assert_eq!(calls[0]["arguments"], "{\"x\":1}");
    assert!(calls[1]["call_id"].as_str().unwrap().starts_with("call_"));
    for body in [json!({}), json!({"output": "text"}), json!(3)] {
        assert_eq!(response(body, Naming::MadeUp), None);
    }
}

#[test]
fn events_of_unknown_kinds_are_left_out_and_nearly_known_ones_repaired() {
    let repaired =
        |value: Value| event(value, Naming::AsIs).map(|value| read::<ResponseStreamEvent>(&value));
    assert_eq!(repaired(json!({"type": "keepalive"})), None);
    assert_eq!(
        repaired(json!({"type": "response.vendor.delta", "delta": "x"})),
        None
    );
    assert_eq!(repaired(json!(1)), None);
    assert_eq!(
        repaired(json!({"type": "response.output_item.added", "item": {"type": "vendor_thing"}})),
        None
    );
    let delta =
        repaired(json!({"type": "response.output_text.delta", "delta": "Hi", "logprobs": 3}));
    assert!(
        matches!(delta, Some(ResponseStreamEvent::ResponseOutputTextDelta(delta)) if delta.delta == "Hi")
    );
    let done = repaired(json!({"type": "response.done", "response": {"id": "r", "output": []}}));
    assert!(
        matches!(done, Some(ResponseStreamEvent::ResponseCompleted(done)) if done.response.id == "r")
    );
    let error = repaired(json!({"type": "error", "error": {"message": "too much", "code": 429}}));
    let Some(ResponseStreamEvent::ResponseError(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (error.message.as_str(), error.code.as_deref()),
        ("too much", Some("429"))
    );
}
