use std::collections::BTreeSet;

use composio_core::Gate;
use rig_agent::run::{AgentRun, AgentRunStep, ModelTurn, ModelTurnOutcome};
use rig_core::{completion::CompletionRequest, message::UserContent};
use serde_json::json;

use super::{
    model::{Model, calls, text},
    service, slugs, tools, tools_of,
};
use crate::{
    CallContext, Decision, ErrorKind, PendingCall, PendingCalls, ToolSet, Tools, ToolsExt as _,
};

/// Asks the model until it makes calls or is done.
async fn advance(run: &mut AgentRun, model: &Model, tools: &Tools) -> AgentRunStep {
    loop {
        let (prompt, mut history) = match run.next_step().unwrap() {
            AgentRunStep::CallModel {
                prompt, history, ..
            } => (prompt, history),
            step => return step,
        };
        history.push(prompt);
        let mut request = CompletionRequest::new("");
        request.chat_history = history;
        request.tools = tools.iter().map(|tool| tool.definition()).collect();
        let response = model.connect().call(request).await.unwrap();
        let names: BTreeSet<String> = tools.iter().map(|tool| tool.name().to_string()).collect();
        let mut outcome = run
            .model_response(ModelTurn::from_response_parts(
                &response,
                names.clone(),
                names,
            ))
            .unwrap();
        while let ModelTurnOutcome::NeedsResolution(call) = outcome {
            let action = tools.resolve(&call).unwrap();
            outcome = run.resolve_invalid_tool_call(action).unwrap();
        }
    }
}

async fn pending(run: &mut AgentRun, model: &Model, tools: &Tools) -> PendingCalls {
    match advance(run, model, tools).await {
        AgentRunStep::CallTools { calls } => PendingCalls::new(calls),
        step => panic!("{step:?}"),
    }
}

async fn done(run: &mut AgentRun, model: &Model, tools: &Tools) -> String {
    match advance(run, model, tools).await {
        AgentRunStep::Done(response) => response.output(),
        step => panic!("{step:?}"),
    }
}

#[tokio::test]
async fn a_person_decides_in_another_process_and_nothing_runs_twice() {
    let service = service();
    let gate = Gate::new(|call| async move {
        if call.tool == "ECHO" {
            Decision::Run
        } else {
            Decision::Wait
        }
    });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let turn = calls([("DELETE", "{}"), ("ECHO", r#"{"n":1}"#), ("FAIL", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    let mut run = AgentRun::new("go").max_turns(4);
    let mut waiting = pending(&mut run, &model, &tools).await;
    let error = tools
        .run_pending(&mut waiting, CallContext::new().entity("alice"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AwaitsDecision);
    assert_eq!(slugs(&service), ["ECHO"], "what needs no person runs");

    let stored = serde_json::to_string(&(run, waiting)).unwrap();
    let (mut run, mut waiting): (AgentRun, PendingCalls) = serde_json::from_str(&stored).unwrap();
    let asked: Vec<PendingCall> = waiting.pending().cloned().collect();
    let [delete, fail] = &asked[..] else {
        panic!("{asked:?}")
    };
    let mut other = delete.clone();
    other.tool = "ECHO".to_owned();
    let error = waiting.decide(&other, Decision::Run).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotFound,
        "a decision is about one call"
    );
    waiting.decide(delete, Decision::Run).unwrap();
    waiting
        .decide(fail, Decision::Deny("no".to_owned()))
        .unwrap();
    let results = tools
        .run_pending(&mut waiting, CallContext::new().entity("alice"))
        .await
        .unwrap();
    run.tool_results(results).unwrap();
    assert_eq!(done(&mut run, &model, &tools).await, "done");
    assert_eq!(slugs(&service), ["ECHO", "DELETE"]);
    let users = service
        .executions()
        .into_iter()
        .map(|execution| execution.user_id);
    assert_eq!(
        users.collect::<Vec<_>>(),
        [Some("alice".to_owned()), Some("alice".to_owned())]
    );
    assert_eq!(
        model.read(),
        [
            json!({"successful": true, "data": {}}),
            json!({"successful": true, "data": {"n": 1}}),
            json!({"successful": false, "error": "denied: no"}),
        ]
    );
}

#[tokio::test]
async fn broken_json_is_an_outcome_and_what_rig_resolved_is_not_made() {
    let service = service();
    let tools = tools(&service).await;
    let turns = [
        calls([("ECHO", "{"), ("ECHO", "")]),
        calls([("FLY", "{}"), ("ECHO", "{}")]),
        text("done"),
    ];
    let model = Model::saying(turns).await;
    let mut run = AgentRun::new("go").max_turns(4);
    let mut waiting = pending(&mut run, &model, &tools).await;
    let results = tools
        .run_pending(&mut waiting, CallContext::new())
        .await
        .unwrap();
    let is_error =
        |result: &UserContent| matches!(result, UserContent::ToolResult(result) if result.is_error);
    assert_eq!(
        results.iter().map(is_error).collect::<Vec<_>>(),
        [true, false]
    );
    run.tool_results(results).unwrap();
    let mut waiting = pending(&mut run, &model, &tools).await;
    let results = tools
        .run_pending(&mut waiting, CallContext::new())
        .await
        .unwrap();
    assert_eq!(results.len(), 2);
    run.tool_results(results).unwrap();
    assert_eq!(done(&mut run, &model, &tools).await, "done");
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn what_is_decided_ahead_asks_no_gate_and_is_decided_once() {
    let service = service();
    let gate = Gate::new(|_| async { Decision::Wait });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let turn = calls([("ECHO", "{}"), ("DELETE", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    let mut run = AgentRun::new("go").max_turns(4);
    let mut waiting = pending(&mut run, &model, &tools).await;
    waiting.decide_ahead(0, Decision::Run).unwrap();
    let again = tools.run_pending(&mut waiting, CallContext::new()).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AwaitsDecision);
    assert_eq!(slugs(&service), ["ECHO"]);
    for position in 0..3 {
        let error = waiting.decide_ahead(position, Decision::Run).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{position}");
    }
}
