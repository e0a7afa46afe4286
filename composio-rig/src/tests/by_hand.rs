use std::collections::BTreeSet;

use composio_core::Gate;
use rig_agent::run::{AgentRun, AgentRunStep, ModelTurn, ModelTurnOutcome};
use rig_core::{completion::CompletionRequest, message::UserContent};
use serde_json::json;

use super::{
    model::{Model, calls, text},
    service, slugs, tools, tools_of,
};
use crate::{CallContext, Decision, ErrorKind, PendingCalls, ToolSet, Tools, ToolsExt as _};

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
            Decision::Stop("ask a person".to_owned())
        }
    });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let turn = calls([("ECHO", r#"{"n":1}"#), ("DELETE", "{}"), ("FAIL", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    let mut run = AgentRun::new("go").max_turns(4);
    let mut waiting = pending(&mut run, &model, &tools).await;
    let error = tools
        .run_pending(&mut waiting, CallContext::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);

    let stored = serde_json::to_string(&(run, waiting)).unwrap();
    let (mut run, mut waiting): (AgentRun, PendingCalls) = serde_json::from_str(&stored).unwrap();
    assert_eq!(
        waiting.decide(0, Decision::Run).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    waiting.decide(1, Decision::Run).unwrap();
    waiting.decide(2, Decision::Deny("no".to_owned())).unwrap();
    let results = tools
        .run_pending(&mut waiting, CallContext::new().entity("alice"))
        .await
        .unwrap();
    run.tool_results(results).unwrap();
    assert_eq!(done(&mut run, &model, &tools).await, "done");
    assert_eq!(slugs(&service), ["ECHO", "DELETE"]);
    assert_eq!(service.executions()[1].user_id.as_deref(), Some("alice"));
    assert_eq!(
        model.read(),
        [
            json!({"successful": true, "data": {"n": 1}}),
            json!({"successful": true, "data": {}}),
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
async fn a_second_decision_beyond_the_calls_is_refused() {
    let error = PendingCalls::new(Vec::new())
        .decide(0, Decision::Run)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
