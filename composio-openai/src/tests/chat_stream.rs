use async_openai::types::chat::{
    ChatCompletionRequestMessage, ChatCompletionStreamOptions, CreateChatCompletionRequest,
    CreateChatCompletionStreamResponse,
};
use composio_core::{Provider as _, RunError, RunEvent, Usage};
use serde_json::{Value, json};

use super::server::{KEY, Server, service, sse, tools};
use crate::{ChatCompletions, ChatModel, CompletionCollector, ErrorKind, Tools};

#[expect(clippy::needless_pass_by_value, reason = "made on the spot")]
fn chunk(delta: Value, reason: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

#[expect(clippy::needless_pass_by_value, reason = "made on the spot")]
fn piece(piece: Value) -> Value {
    chunk(json!({"tool_calls": [piece]}), Value::Null)
}

fn begin(index: u32, id: &str) -> Value {
    piece(
        json!({"index": index, "id": id, "type": "function", "function": {"name": "APP_ECHO", "arguments": ""}}),
    )
}

fn more(index: u32, arguments: &str) -> Value {
    piece(json!({"index": index, "function": {"arguments": arguments}}))
}

fn end(reason: &str) -> Value {
    chunk(json!({}), json!(reason))
}

fn done() -> Value {
    json!("[DONE]")
}

fn saying(words: &[&str]) -> String {
    let mut events: Vec<Value> = words
        .iter()
        .map(|word| chunk(json!({"content": word}), Value::Null))
        .collect();
    events.extend([end("stop"), done()]);
    sse(&events)
}

type Ended = Result<String, RunError<ChatCompletionRequestMessage>>;

/// Runs the loop on streamed answers and gives what it ended with, the words on the way and the server.
async fn run(answers: Vec<(u16, String)>, tools: &Tools) -> (Ended, Vec<String>, Server) {
    let (server, client) = Server::start_raw(answers).await;
    let mut run = tools
        .agent_with(ChatModel::new(&client, "m").streaming())
        .stream("Go");
    let mut words = Vec::new();
    while let Some(event) = run.next().await {
        if let RunEvent::TextDelta { text, .. } = event {
            words.push(text);
        }
    }
    let ended = run.answer().await.map(|answer| answer.text);
    (ended, words, server)
}

#[tokio::test]
async fn pieces_of_parallel_calls_are_put_together_and_words_told_as_they_come() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let calls = sse(&[
        chunk(json!({"role": "assistant", "content": null}), Value::Null),
        begin(0, "a"),
        more(0, "{\"words\":"),
        begin(1, "b"),
        more(1, "{\"words\":\"2\"}"),
        more(0, "\"1\"}"),
        end("tool_calls"),
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
            "usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11}}),
        done(),
    ]);
    let (ended, words, server) = run(
        vec![(200, calls), (200, saying(&["It ", "is done"]))],
        &tools,
    )
    .await;
    assert_eq!(ended.unwrap(), "It is done");
    assert_eq!(words, ["It ", "is done"]);
    let asked: Vec<Value> = service
        .executions()
        .into_iter()
        .map(|execution| execution.arguments)
        .collect();
    assert_eq!(asked, [json!({"words": "1"}), json!({"words": "2"})]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request["stream"], true);
        assert_eq!(request["stream_options"], json!({"include_usage": true}));
    }
    let turn = &requests[1]["messages"][1];
    assert_eq!(
        turn["tool_calls"][0]["function"]["arguments"],
        "{\"words\":\"1\"}"
    );
    assert_eq!(requests[1]["messages"][3]["tool_call_id"], "b");
}

#[tokio::test]
async fn calls_of_servers_that_do_not_number_them_are_told_apart() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let whole = |id: Value, words: &str| {
        json!({"choices": [{"delta": {"role": "assistant", "tool_calls": [
        {"id": id, "function": {"name": "APP_ECHO", "arguments": {"words": words}}}]}, "finish_reason": ""}]})
    };
    let numbered = |id: &str, words: &str| {
        piece(json!({"index": 0, "id": id,
        "function": {"name": "APP_ECHO", "arguments": format!("{{\"words\":\"{words}\"}}")}}))
    };
    for calls in [
        vec![whole(json!("a"), "1"), whole(json!("b"), "2")],
        vec![whole(json!(""), "1"), whole(Value::Null, "2")],
        vec![numbered("a", "1"), numbered("b", "2")],
    ] {
        let before = service.executions().len();
        let mut events = calls;
        events.extend([
            json!({"type": "ping"}),
            json!({"choices": [{"delta": {}, "finish_reason": "eos"}]}),
            done(),
        ]);
        let (ended, _, server) =
            run(vec![(200, sse(&events)), (200, saying(&["ok"]))], &tools).await;
        assert_eq!(ended.unwrap(), "ok");
        assert_eq!(service.executions().len(), before + 2);
        let messages = &server.requests()[1]["messages"];
        assert_ne!(messages[2]["tool_call_id"], messages[3]["tool_call_id"]);
        assert_eq!(
            messages[3]["content"],
            r#"{"successful":true,"data":{"words":"2"}}"#
        );
    }
}

#[tokio::test]
async fn an_empty_stream_is_an_error() {
    let tools: Tools = tools(&service()).await;
    let plain = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "not streamed"}}]});
    for body in [sse(&[done()]), plain.to_string()] {
        let (ended, _, _) = run(vec![(200, body)], &tools).await;
        let error = ended.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(
            error
                .error()
                .message()
                .starts_with("m: the model's stream is empty"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn half_a_call_never_runs() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let cut = [begin(0, "a"), more(0, "{\"words\":\"1\"}")];
    for events in [&cut[..1], &cut[..]] {
        let (ended, _, _) = run(vec![(200, sse(events))], &tools).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    let cut = sse(&[begin(0, "a"), end("length"), done()]);
    let (ended, _, _) = run(vec![(200, cut), (200, saying(&["I see"]))], &tools).await;
    assert_eq!(ended.unwrap(), "I see");
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn an_error_in_the_stream_has_its_kind_and_no_key_in_it() {
    let tools: Tools = tools(&service()).await;
    let error = json!({"error": {"message": format!("no credits for {KEY}"), "code": 429}});
    let events = sse(&[chunk(json!({"content": "I"}), Value::Null), error]);
    let (ended, words, _) = run(vec![(200, events)], &tools).await;
    let error = ended.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.error().message(), "m: no credits for ***");
    assert_eq!(words, ["I"]);
}

#[tokio::test]
async fn a_server_that_cannot_say_the_tokens_used_is_asked_without() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let refusal = json!({"error": {"message": "Unrecognized request argument supplied: stream_options",
        "type": "invalid_request_error", "param": null, "code": null}});
    let calls = sse(&[
        begin(0, "a"),
        more(0, "{\"words\":\"1\"}"),
        end("tool_calls"),
        done(),
    ]);
    let answers = vec![
        (400, refusal.to_string()),
        (200, calls),
        (200, saying(&["ok"])),
    ];
    let (ended, _, server) = run(answers, &tools).await;
    assert_eq!(ended.unwrap(), "ok");
    let options: Vec<bool> = server
        .requests()
        .iter()
        .map(|request| request.get("stream_options").is_some())
        .collect();
    assert_eq!(options, [true, false, false]);
}

#[tokio::test]
async fn stream_options_of_ones_own_are_sent() {
    let (server, client) = Server::start_raw([(200, saying(&["ok"]))]).await;
    let request = CreateChatCompletionRequest {
        model: "m".into(),
        stream: Some(false),
        stream_options: Some(ChatCompletionStreamOptions {
            include_usage: None,
            include_obfuscation: Some(false),
        }),
        ..CreateChatCompletionRequest::default()
    };
    let tools: Tools = tools(&service()).await;
    tools
        .agent_with(ChatModel::with_request(&client, request).streaming())
        .run("Go")
        .await
        .unwrap();
    let sent = &server.requests()[0];
    assert_eq!(
        (&sent["stream"], &sent["stream_options"]),
        (&json!(true), &json!({"include_obfuscation": false}))
    );
}

#[test]
fn chunks_collected_by_hand_make_the_answer_that_would_have_come_whole() {
    let mut collector = CompletionCollector::new();
    let mut words = String::new();
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11});
    let mut last = end("stop");
    last["usage"] = usage;
    for chunk in [
        chunk(json!({"role": "assistant", "content": "Let "}), Value::Null),
        chunk(json!({"content": "me"}), Value::Null),
        begin(0, "a"),
        more(0, "{}"),
        last,
    ] {
        let chunk: CreateChatCompletionStreamResponse = serde_json::from_value(chunk).unwrap();
        words.push_str(CompletionCollector::words(&chunk));
        collector.push(chunk);
    }
    let answer = collector.finish().unwrap();
    assert_eq!(words, "Let me");
    assert_eq!(ChatCompletions.text(&answer), "Let me");
    let calls = ChatCompletions.tool_calls(&answer).unwrap();
    assert_eq!((calls.len(), calls[0].arguments.as_str()), (1, "{}"));
    assert_eq!(ChatCompletions.usage(&answer), Some(Usage::new(5, 6)));
}
