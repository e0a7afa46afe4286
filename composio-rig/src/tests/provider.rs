use composio_core::{OutcomeStatus, Provider as _, Run, ToolOutcome};
use rig_core::{
    completion::{CompletionRequest, CompletionResponse, FinishReason, Usage},
    message::{AssistantContent, Message, Origin, ToolName},
    transcript::validate_canonical,
};
use serde_json::{Value, json};

use super::{
    model::{Model, calls, text},
    service, slugs, tools,
};
use crate::{Decision, ErrorKind, Gate, Rig, ToolSet, answer_unanswered};

fn response(content: Vec<AssistantContent>) -> CompletionResponse {
    let origin = Origin::new(
        rig_core::message::Api::from_static("test"),
        "test",
        "stand-in",
    );
    CompletionResponse::new(content, Usage::default(), origin, Value::Null)
}

fn call(id: &str, name: &str) -> AssistantContent {
    AssistantContent::tool_call(id, ToolName::new(name).unwrap(), json!({"n": 1}))
}

#[tokio::test]
async fn the_calls_of_a_response_are_handled_by_the_programs_own_decision() {
    let service = service();
    let tools = tools(&service).await;
    let response = response(vec![
        AssistantContent::text("I delete it."),
        call("call_1", "DELETE"),
        call("call_2", "FLY"),
    ]);
    let results = tools.handle_tool_calls(&response).await.unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(slugs(&service), ["DELETE"]);
    let mut history = vec![Message::user("go")];
    history.extend(Rig.turn(&response).unwrap());
    history.extend(results);
    let history = answer_unanswered(history, "never needed");
    assert_eq!(history.len(), 3);
    validate_canonical(&history).unwrap();
    assert!(!json!(history).to_string().contains("never needed"));
}

#[test]
fn an_id_that_rig_issued_finds_its_call_again() {
    let response = response(vec![call("", "ECHO"), call("call_2", "ECHO")]);
    let calls = Rig.tool_calls(&response).unwrap();
    let outcome = ToolOutcome::refused("ECHO", OutcomeStatus::Denied, "no");
    let mut history = Rig.turn(&response).unwrap();
    history.extend(
        calls
            .iter()
            .map(|call| Rig.tool_result(call, &outcome).unwrap()),
    );
    let history = answer_unanswered(history, "never needed");
    validate_canonical(&history).unwrap();
    assert_eq!(history.len(), 2);
}

#[test]
fn a_turn_that_failed_makes_no_calls() {
    let response =
        response(vec![call("call_1", "ECHO")]).with_finish_reason(FinishReason::ContentFilter);
    let failed = Rig.tool_calls(&response).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::UnexpectedResponse);
}

#[test]
fn unanswered_calls_are_answered_where_they_were_made() {
    let history = vec![
        Message::user("go"),
        Message::from(vec![call("a", "ECHO"), call("b", "ECHO")]),
        Message::tool_result(
            rig_core::message::CallId::from_wire("a"),
            ToolName::new("ECHO").unwrap(),
            "1",
        ),
        Message::user("never mind"),
        Message::from(vec![call("c", "ECHO")]),
    ];
    assert!(validate_canonical(&history).is_err());
    let answered = answer_unanswered(history, "the user left");
    validate_canonical(&answered).unwrap();
    assert_eq!(
        json!(answered).to_string().matches("the user left").count(),
        2
    );
    assert_eq!(answer_unanswered(answered.clone(), "again"), answered);
}

#[tokio::test]
async fn cores_own_loop_drives_a_rig_model_and_goes_on_from_serialised_state() {
    let service = service();
    let gate = Gate::new(|_| async { Decision::Wait });
    let tools = ToolSet::new(service.clone())
        .get_tools()
        .actions(["ECHO", "FAIL"])
        .gate(gate)
        .await
        .unwrap();
    let turn = calls([("ECHO", r#"{"n":1}"#), ("FAIL", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    let definitions: Vec<_> = tools.iter().map(|tool| tool.definition()).collect();
    let ask = |history: Vec<Message>| {
        let mut request = CompletionRequest::new("");
        request.chat_history = answer_unanswered(history, "never needed");
        request.tools.clone_from(&definitions);
        let model = model.connect();
        async move { Ok(model.call(request).await.unwrap()) }
    };
    let (error, run) = tools
        .agent_with(ask)
        .run("go")
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.kind(), ErrorKind::AwaitsDecision);
    let mut run: Run<Message> =
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    for stopped in run.pending().cloned().collect::<Vec<_>>() {
        run.decide(&stopped, Decision::Run).unwrap();
    }
    let answer = tools.agent_with(ask).resume(run).await.unwrap();
    assert_eq!(answer.text, "done");
    assert_eq!(slugs(&service).len(), 2);
    assert_eq!(
        model.read()[0],
        json!({"successful": true, "data": {"n": 1}})
    );
}
