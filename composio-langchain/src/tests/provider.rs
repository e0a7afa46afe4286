use composio_core::{OutcomeStatus, Provider as _, ToolOutcome, Usage};
use langchain_rust::{
    language_models::{GenerateResult, TokenUsage},
    schemas::{Message, MessageType, ToolCall},
};
use serde_json::{Value, json};

use super::{service, slugs, tools};
use crate::{ErrorKind, LangChain, ToolError};

fn delete_and_fly() -> GenerateResult {
    let calls = vec![
        ToolCall::new("call_1", "DELETE", "{}"),
        ToolCall::new("", "FLY", "{"),
    ];
    GenerateResult::default().with_tool_calls(calls)
}

#[tokio::test]
async fn the_calls_of_a_response_are_handled_by_the_programs_own_decision() {
    let service = service();
    let tools = tools(&service).await;
    let results = tools.handle_tool_calls(&delete_and_fly()).await.unwrap();
    assert_eq!(slugs(&service), ["DELETE"]);
    let ids: Vec<_> = results
        .iter()
        .map(|message| message.id.as_deref())
        .collect();
    assert_eq!(ids, [Some("call_1"), Some("")]);
    assert_eq!(results[0].content, r#"{"successful":true,"data":{}}"#);
    assert!(results[1].content.contains("there is no tool FLY"));
}

#[test]
fn a_turn_keeps_its_calls_as_the_model_wrote_them_and_not_their_mirror() {
    let turn = LangChain.turn(&delete_and_fly()).unwrap();
    assert_eq!(turn[0].content, "");
    assert_eq!(turn[0].parse_tool_calls(), delete_and_fly().tool_calls);
    let mut spoken = delete_and_fly();
    spoken.generation = "I delete it.".to_owned();
    assert_eq!(LangChain.turn(&spoken).unwrap()[0].content, "I delete it.");
    assert_eq!(LangChain.tool_calls(&spoken).unwrap().len(), 2);
}

#[test]
fn calls_that_an_llm_writes_as_text_are_found() {
    let mut result = delete_and_fly();
    result.tool_calls.clear();
    assert_eq!(LangChain.tool_calls(&result).unwrap().len(), 2);
    for text in ["[]", "[1]", "done", ""] {
        result.generation = text.to_owned();
        assert!(LangChain.tool_calls(&result).unwrap().is_empty());
        assert_eq!(LangChain.text(&result), text);
        assert!(LangChain.turn(&result).unwrap()[0].tool_calls.is_none());
    }
}

#[tokio::test]
async fn what_ends_a_run_is_an_error_of_a_type_and_words_that_parse_back() {
    let tools = tools(&service()).await;
    let gone = tools.iter().find(|tool| tool.name() == "GONE").unwrap();
    let error = gone.call("{}").await.unwrap_err();
    let typed = error.downcast_ref::<ToolError>().unwrap();
    assert_eq!(typed.kind(), ErrorKind::Unavailable);
    let read: Value = serde_json::from_str(&error.to_string()).unwrap();
    assert_eq!(
        (&read["successful"], &read["kind"]),
        (&json!(false), &json!("unavailable"))
    );
    let told = ToolError::find(&format!("Agent error: Tool error: {error}")).unwrap();
    assert_eq!(told.kind(), ErrorKind::Unavailable);
    assert_eq!(
        told.error().reader_message(),
        typed.error().reader_message()
    );
}

#[test]
fn words_that_tell_of_no_error_of_a_tool_are_none() {
    for text in [
        "",
        "{",
        "Agent error: agent run cancelled",
        r#"{"successful":false,"error":"upstream said 422"}"#,
        r#"{"successful":true,"error":"","kind":"stopped"}"#,
        r#"{"successful":false,"error":"x","kind":"on fire"}"#,
    ] {
        assert!(ToolError::find(text).is_none(), "{text}");
    }
    let nested = r#"{"a": {"successful":false,"error":"x","kind":"stopped"}}"#;
    assert_eq!(ToolError::find(nested).unwrap().kind(), ErrorKind::Stopped);
}

#[test]
fn the_tokens_of_an_answer_are_told() {
    let mut result = GenerateResult::default();
    assert_eq!(LangChain.usage(&result), None);
    result.tokens = Some(TokenUsage::new(3, 4));
    assert_eq!(LangChain.usage(&result), Some(Usage::new(3, 4)));
}

#[test]
fn messages_survive_serialisation() {
    let calls = LangChain.tool_calls(&delete_and_fly()).unwrap();
    let outcome = ToolOutcome::refused("DELETE", OutcomeStatus::Denied, "no");
    let mut history = vec![LangChain.prompt("go").unwrap()];
    history.extend(LangChain.turn(&delete_and_fly()).unwrap());
    history.push(LangChain.tool_result(&calls[0], &outcome).unwrap());
    let text = serde_json::to_string(&history).unwrap();
    let again: Vec<Message> = serde_json::from_str(&text).unwrap();
    assert_eq!(json!(again), json!(history));
    assert_eq!(again[2].message_type, MessageType::ToolMessage);
}
