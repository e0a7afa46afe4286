use std::time::Duration;

use async_openai::types::chat::{
    ChatCompletionMessageCustomToolCall, ChatCompletionMessageToolCalls,
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, CreateChatCompletionRequest,
    CreateChatCompletionResponse, CustomTool,
};
use composio_core::{Provider as _, ToolCall, ToolOutcome, models::ToolResult};
use serde_json::{Value, json};

use super::server::{KEY, Server, client, service, tools};
use crate::{ChatCompletions, ChatModel, ErrorKind, ToolSet, Tools, ToolsExt as _};

fn message(message: &Value) -> Value {
    completion(&json!([{"index": 0, "message": message}]))
}

fn completion(choices: &Value) -> Value {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices})
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn calling(calls: &Value) -> Value {
    message(&json!({"role": "assistant", "content": null, "tool_calls": calls}))
}

fn saying(text: &str) -> Value {
    message(&json!({"role": "assistant", "content": text}))
}

fn response(body: Value) -> CreateChatCompletionResponse {
    serde_json::from_value(body).unwrap()
}

fn wire(messages: &[ChatCompletionRequestMessage]) -> Value {
    serde_json::to_value(messages).unwrap()
}

#[tokio::test]
async fn a_tool_is_spelt_without_strict() {
    let tools: Tools = tools(&service()).await;
    let spelt = serde_json::to_value(tools.to_vec()).unwrap();
    assert_eq!(
        spelt,
        json!([{"type": "function", "function": {
            "name": "APP_ECHO", "description": "Says it again",
            "parameters": {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]},
        }}])
    );
}

#[tokio::test]
async fn calls_of_every_choice_are_answered_in_order_and_run_in_parallel() {
    let service = service();
    let choice = |index: u32, calls: Value| json!({"index": index, "message": {"role": "assistant", "content": format!("{index}"), "tool_calls": calls}});
    let response = response(completion(&json!([
        choice(
            0,
            json!([
                call("a", "APP_ECHO", r#"{"words":"1"}"#),
                call("b", "NO_SUCH_TOOL", "{}")
            ])
        ),
        choice(1, json!([call("c", "APP_ECHO", r#"{"words":"2"}"#)])),
    ])));
    let tools: Tools = tools(&service).await;
    let messages = wire(&tools.handle_tool_calls(&response).await.unwrap());
    let ids: Vec<&str> = (0..3)
        .map(|n| messages[n]["tool_call_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(
        messages[0]["content"],
        r#"{"successful":true,"data":{"words":"1"}}"#
    );
    assert!(
        messages[1]["content"]
            .as_str()
            .unwrap()
            .contains("there is no tool NO_SUCH_TOOL")
    );
    assert_eq!(service.peak(), 2);
    let turn = wire(&tools.provider().turn(&response).unwrap());
    assert_eq!(turn[0]["tool_calls"].as_array().unwrap().len(), 3);
    assert_eq!(turn[0]["content"][1], json!({"type": "text", "text": "1"}));
}

#[tokio::test]
async fn wrong_arguments_are_something_the_model_reads() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let calls = json!([
        call("a", "APP_ECHO", "{"),
        call("b", "APP_ECHO", r#"{"words":[]}"#),
        call("c", "APP_ECHO", "")
    ]);
    let messages = wire(
        &tools
            .handle_tool_calls(&response(calling(&calls)))
            .await
            .unwrap(),
    );
    for n in 0..3 {
        assert!(
            messages[n]["content"]
                .as_str()
                .unwrap()
                .starts_with(r#"{"successful":false"#)
        );
    }
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_call_of_type_custom_is_one_of_an_unknown_tool() {
    let mut response = response(calling(&json!([])));
    let custom = ChatCompletionMessageCustomToolCall {
        id: "x".into(),
        custom_tool: CustomTool {
            name: "grammar".into(),
            input: "free text".into(),
        },
    };
    response.choices[0].message.tool_calls =
        Some(vec![ChatCompletionMessageToolCalls::Custom(custom)]);
    let messages = wire(
        &tools::<ChatCompletions>(&service())
            .await
            .handle_tool_calls(&response)
            .await
            .unwrap(),
    );
    assert_eq!(messages[0]["tool_call_id"], "x");
    assert!(
        messages[0]["content"]
            .as_str()
            .unwrap()
            .contains("there is no tool grammar")
    );
}

#[test]
fn a_turn_keeps_words_refusal_and_calls() {
    let said = json!({"role": "assistant", "content": "Let me see", "refusal": "not that",
        "tool_calls": [call("a", "T", "{ \"x\":1}")]});
    let turn = ChatCompletions.turn(&response(message(&said))).unwrap();
    assert_eq!(wire(&turn), json!([said]));
    let again: Vec<ChatCompletionRequestMessage> = serde_json::from_value(wire(&turn)).unwrap();
    assert_eq!(again, turn);
}

#[test]
fn a_turn_is_one_that_the_api_accepts_again() {
    let empty = ChatCompletions
        .turn(&response(calling(&json!([]))))
        .unwrap();
    assert_eq!(wire(&empty), json!([{"role": "assistant", "content": ""}]));
    let refusal = response(message(&json!({"role": "assistant", "refusal": "no"})));
    assert_eq!(
        wire(&ChatCompletions.turn(&refusal).unwrap()),
        json!([{"role": "assistant", "refusal": "no"}])
    );
    assert_eq!(ChatCompletions.text(&refusal), "no");
}

#[test]
fn an_answer_without_choices_is_an_error() {
    let response = response(completion(&json!([])));
    let error = ChatCompletions.tool_calls(&response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(ChatCompletions.turn(&response).is_err());
}

#[test]
fn an_empty_id_stays_what_it_is() {
    let outcome = ToolOutcome::executed("T", ToolResult::success(json!({})));
    let result = ChatCompletions
        .tool_result(&ToolCall::new("", "T", "{}"), &outcome)
        .unwrap();
    assert_eq!(wire(&[result])[0]["tool_call_id"], "");
}

#[tokio::test]
async fn the_loop_runs_until_the_model_is_done() {
    let service = service();
    let calls = json!([
        call("a", "APP_ECHO", r#"{"words":"1"}"#),
        call("b", "APP_ECHO", r#"{"words":"2"}"#)
    ]);
    let (server, client) = Server::start([(200, calling(&calls)), (200, saying("Done"))]).await;
    let answer = tools::<ChatCompletions>(&service)
        .await
        .agent(&client, "gpt-4o-mini")
        .run("Go")
        .await
        .unwrap();
    assert_eq!(answer.to_string(), "Done");
    assert_eq!(answer.steps, 2);
    assert_eq!(service.peak(), 2);
    let requests = server.requests();
    assert_eq!(requests[0]["model"], "gpt-4o-mini");
    assert_eq!(requests[0]["tools"][0]["function"]["name"], "APP_ECHO");
    assert_eq!(requests[1]["messages"].as_array().unwrap().len(), 4);
    assert_eq!(requests[1]["messages"][3]["tool_call_id"], "b");
}

#[tokio::test]
async fn a_request_of_ones_own_is_the_base_of_every_step() {
    let (server, client) = Server::start([(200, saying("ok"))]).await;
    let request = CreateChatCompletionRequest {
        model: "m".into(),
        temperature: Some(0.5),
        n: Some(3),
        stream: Some(true),
        messages: vec![ChatCompletionRequestSystemMessage::from("Be brief").into()],
        ..CreateChatCompletionRequest::default()
    };
    let tools: Tools = tools(&service()).await;
    tools
        .agent_with(ChatModel::with_request(&client, request))
        .run("Go")
        .await
        .unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent["temperature"], 0.5);
    assert_eq!(sent["messages"][0]["role"], "system");
    assert_eq!(sent["messages"][1]["content"], "Go");
    assert!(sent.get("n").is_none() && sent.get("stream").is_none());
}

#[tokio::test]
async fn no_tools_are_sent_as_none() {
    let (server, client) = Server::start([(200, saying("ok"))]).await;
    let none = ToolSet::new(service()).get_tools().await.unwrap();
    none.agent(&client, "m").run("Go").await.unwrap();
    assert!(server.requests()[0].get("tools").is_none());
}

#[tokio::test]
async fn the_loop_takes_the_first_choice() {
    let choices = json!([
        {"index": 0, "message": {"role": "assistant", "content": "first"}},
        {"index": 1, "message": {"role": "assistant", "content": null, "tool_calls": [call("a", "APP_ECHO", "{}")]}},
    ]);
    let (_, client) = Server::start([(200, completion(&choices))]).await;
    let answer = tools::<ChatCompletions>(&service())
        .await
        .agent(&client, "m")
        .run("Go")
        .await
        .unwrap();
    assert_eq!(answer.text, "first");
}

#[tokio::test]
async fn calls_without_an_id_and_with_decoded_arguments_are_made() {
    let service = service();
    let spare = json!({"choices": [{"message": {"tool_calls": [
        {"function": {"name": "APP_ECHO", "arguments": {"words": "1"}}},
        {"id": "", "function": {"name": "APP_ECHO", "arguments": "{\"words\":\"2\"}"}},
    ]}}]});
    let (server, client) = Server::start([(200, spare), (200, saying("ok"))]).await;
    tools::<ChatCompletions>(&service)
        .await
        .agent(&client, "m")
        .run("Go")
        .await
        .unwrap();
    assert_eq!(service.executions().len(), 2);
    let messages = &server.requests()[1]["messages"];
    let ids = |n: usize| &messages[1]["tool_calls"][n]["id"];
    assert_ne!(ids(0), ids(1));
    assert_eq!(
        (&messages[2]["tool_call_id"], &messages[3]["tool_call_id"]),
        (ids(0), ids(1))
    );
}

#[tokio::test]
async fn a_refusal_of_the_server_has_its_kind_and_no_key_in_it() {
    let body = json!({"error": {"message": format!("bad key {KEY}"), "type": "invalid_request_error", "code": "invalid_api_key"}});
    let (_, client) = Server::start([(401, body)]).await;
    let error = tools::<ChatCompletions>(&service())
        .await
        .agent(&client, "gpt")
        .run("Go")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.error().slug(), Some("invalid_api_key"));
    assert_eq!(error.error().message(), "gpt: bad key ***");
    assert_eq!(error.error().reader_message(), "the model did not answer");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    assert_eq!(error.run().steps(), 0);
}

#[tokio::test]
async fn a_refusal_of_another_shape_is_still_read() {
    for (body, kind, words) in [
        (
            r#"{"error":{"message":"no credits","code":429}}"#.to_owned(),
            ErrorKind::RateLimited,
            "no credits",
        ),
        (
            format!("<html>{KEY}"),
            ErrorKind::UnexpectedResponse,
            "<html>***",
        ),
        (
            r#"{"hello":1}"#.to_owned(),
            ErrorKind::UnexpectedResponse,
            "not what this version understands",
        ),
    ] {
        let (_, client) = Server::start_raw([(400, body)]).await;
        let error = tools::<ChatCompletions>(&service())
            .await
            .agent(&client, "m")
            .run("Go")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.error().message().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_address_unnamed() {
    let base = "http://127.0.0.1:1/v1?token=hunter2";
    let error = tools::<ChatCompletions>(&service())
        .await
        .agent(&client(base), "m")
        .run("Go")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_slow_model_ends_with_the_runs_time() {
    let (_, client) = Server::start([]).await;
    let tools: Tools = tools(&service()).await;
    let agent = tools
        .agent(&client, "m")
        .total_time(Duration::from_millis(100));
    assert_eq!(
        agent.run("Go").await.unwrap_err().kind(),
        ErrorKind::LimitReached
    );
}
