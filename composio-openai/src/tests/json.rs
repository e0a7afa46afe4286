use serde_json::json;

use super::server::{service, tools};
use crate::{
    ChatCompletions, CompletionCollector, ErrorKind, Responses, ToolsExt as _,
    responses::ResponseCollector,
};

#[tokio::test]
async fn calls_in_plain_json_are_answered_by_both_apis() {
    let service = service();
    let chat = json!({"choices": [{"finish_reason": "done", "message": {"tool_calls": [
        {"id": "a", "function": {"name": "APP_ECHO", "arguments": {"words": "1"}}},
        {"function": {"name": "APP_ECHO", "arguments": "{\"words\":\"2\"}"}},
    ]}}]});
    let messages = tools::<ChatCompletions>(&service)
        .await
        .handle_tool_calls_json(&chat)
        .await
        .unwrap();
    let messages = serde_json::to_value(messages).unwrap();
    assert_eq!(messages[0]["tool_call_id"], "a");
    assert!(
        messages[1]["tool_call_id"]
            .as_str()
            .unwrap()
            .starts_with("call_")
    );
    let response = json!({"output": [{"type": "vendor"}, {"type": "function_call", "call_id": "b", "name": "APP_ECHO",
        "arguments": {"words": "3"}}]});
    let items = tools::<Responses>(&service)
        .await
        .handle_tool_calls_json(&response)
        .await
        .unwrap();
    let items = serde_json::to_value(items).unwrap();
    assert_eq!(
        items,
        json!([{"type": "function_call_output", "call_id": "b",
        "output": r#"{"successful":true,"data":{"words":"3"}}"#}])
    );
    assert_eq!(service.executions().len(), 3);
}

#[tokio::test]
async fn json_that_is_no_answer_is_an_error() {
    let service = service();
    let body = json!({"error": "model not found"});
    let error = tools::<ChatCompletions>(&service)
        .await
        .handle_tool_calls_json(&body)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    let error = tools::<Responses>(&service)
        .await
        .handle_tool_calls_json(&body)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn streams_in_plain_json_are_collected_by_both_apis() {
    let service = service();
    let mut collector = CompletionCollector::new();
    let call = json!({"function": {"name": "APP_ECHO", "arguments": {"words": "1"}}});
    collector.push_json(json!({"type": "ping"}));
    let words = collector
        .push_json(json!({"choices": [{"delta": {"content": "Hi", "tool_calls": [call]}}]}));
    assert_eq!(words, "Hi");
    assert_eq!(
        collector.clone().finish().unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    collector.push_json(json!({"choices": [{"finish_reason": "eos"}]}));
    let answer = collector.finish().unwrap();
    assert_eq!(
        tools::<ChatCompletions>(&service)
            .await
            .handle_tool_calls(&answer)
            .await
            .unwrap()
            .len(),
        1
    );

    let mut collector = ResponseCollector::new();
    let delta = json!({"type": "response.output_text.delta", "delta": "Hi"});
    assert_eq!(collector.push_json(delta), "Hi");
    let call = json!({"type": "function_call", "name": "APP_ECHO", "arguments": {"words": "2"}});
    collector.push_json(json!({"type": "response.completed", "response": {"output": [call]}}));
    let answer = collector.finish().unwrap();
    assert_eq!(
        tools::<Responses>(&service)
            .await
            .handle_tool_calls(&answer)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(service.executions().len(), 2);
}

#[test]
fn an_error_in_a_stream_in_plain_json_is_what_it_ends_with() {
    let error = json!({"error": {"message": "no credits", "code": 429}});
    let mut chat = CompletionCollector::new();
    chat.push_json(error.clone());
    assert_eq!(chat.finish().unwrap_err().kind(), ErrorKind::RateLimited);
    let mut response = ResponseCollector::new();
    response.push_json(error);
    assert_eq!(
        response.finish().unwrap_err().kind(),
        ErrorKind::RateLimited
    );
}
