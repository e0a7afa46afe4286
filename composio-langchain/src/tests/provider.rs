use composio_core::{OutcomeStatus, Provider as _, ToolOutcome};
use langchain_rust::{
    language_models::GenerateResult,
    schemas::{Message, MessageType, ToolCall},
};
use serde_json::json;

use super::{service, slugs, tools};
use crate::LangChain;

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
