use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::{
        chat::{
            ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
            CreateChatCompletionStreamResponse,
        },
        responses::{CreateResponse, ResponseStreamEvent},
    },
};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::server::{Server, service, sse, tools};
use crate::{
    ChatCompletions, CompletionCollector, Responses, Tools, repairing_service,
    responses::ResponseCollector,
};

async fn start(answers: impl IntoIterator<Item = (u16, String)>) -> Client<OpenAIConfig> {
    let (_, client) = Server::start_raw(answers).await;
    client.with_http_service(repairing_service())
}

fn request() -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        model: "m".into(),
        messages: vec![ChatCompletionRequestUserMessage::from("Go").into()],
        ..CreateChatCompletionRequest::default()
    }
}

#[tokio::test]
async fn the_client_reads_what_another_server_answers() {
    let chat = json!({"choices": [{"finish_reason": "eos", "message": {"tool_calls": [
        {"function": {"name": "APP_ECHO", "arguments": {"words": "1"}}}]}}]});
    let response = json!({"output": [{"type": "function_call", "name": "APP_ECHO", "arguments": {"words": "2"}}]});
    let client = start([(200, chat.to_string()), (200, response.to_string())]).await;
    let service = service();
    let answer = client.chat().create(request()).await.unwrap();
    assert_eq!(
        tools::<ChatCompletions>(&service)
            .await
            .handle_tool_calls(&answer)
            .await
            .unwrap()
            .len(),
        1
    );
    let answer = client
        .responses()
        .create(CreateResponse::default())
        .await
        .unwrap();
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

#[tokio::test]
async fn the_client_reads_what_another_server_streams() {
    let piece =
        |call: Value| json!({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": ""}]});
    let events = sse(&[
        json!({"type": "ping"}),
        piece(json!({"function": {"name": "APP_ECHO"}})),
        piece(json!({"function": {"arguments": "{\"words\":"}})),
        piece(json!({"function": {"arguments": "\"1\"}"}})),
        json!("[DONE]"),
    ]);
    let client = start([(200, events)]).await;
    let stream = client.chat().create_stream(request()).await.unwrap();
    let chunks: Vec<CreateChatCompletionStreamResponse> = stream.try_collect().await.unwrap();
    let mut collector = CompletionCollector::new();
    chunks.into_iter().for_each(|chunk| collector.push(chunk));
    let service = service();
    let tools: Tools = tools(&service).await;
    let messages = tools
        .handle_tool_calls(&collector.finish().unwrap())
        .await
        .unwrap();
    let messages = serde_json::to_value(messages).unwrap();
    assert!(
        messages[0]["tool_call_id"]
            .as_str()
            .unwrap()
            .starts_with("call_")
    );
    assert_eq!(service.executions()[0].arguments, json!({"words": "1"}));
}

#[tokio::test]
async fn events_of_unknown_kinds_do_not_reach_the_client() {
    let events = sse(&[
        json!({"type": "keepalive"}),
        json!({"type": "response.vendor.thing"}),
        json!({"type": "response.output_text.delta", "delta": "Hi"}),
        json!({"type": "response.completed", "response": {"output": [{"type": "message", "content": "Hi"}]}}),
    ]);
    let client = start([(200, events)]).await;
    let stream = client
        .responses()
        .create_stream(CreateResponse::default())
        .await
        .unwrap();
    let events: Vec<ResponseStreamEvent> = stream.try_collect().await.unwrap();
    assert_eq!(events.len(), 2);
    let mut collector = ResponseCollector::new();
    events.into_iter().for_each(|event| collector.push(event));
    assert_eq!(
        collector.finish().unwrap().output_text().as_deref(),
        Some("Hi")
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_still_does() {
    let piece = json!({"choices": [{"delta": {"content": "I"}}]});
    let client = start([(200, sse(&[piece]))]).await;
    let stream = client.chat().create_stream(request()).await.unwrap();
    let mut collector = CompletionCollector::new();
    let chunks: Vec<_> = stream.try_collect().await.unwrap();
    chunks.into_iter().for_each(|chunk| collector.push(chunk));
    assert!(collector.finish().is_err());
}

#[tokio::test]
async fn an_error_of_another_shape_keeps_its_status_and_words() {
    for (body, words) in [
        (r#"{"error":"model not found"}"#, "model not found"),
        (
            r#"{"error":{"message":"model not found","code":404}}"#,
            "model not found",
        ),
        (r#"{"detail":"model not found"}"#, "model not found"),
        ("<html>not here", "<html>not here"),
    ] {
        let client = start([(404, body.to_owned())]).await;
        let error = client.chat().create(request()).await.unwrap_err();
        let OpenAIError::ApiError(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            (error.status_code.as_u16(), error.api_error.message.as_str()),
            (404, words)
        );
    }
}
