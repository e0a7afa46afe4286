//! rig's `AgentRun`, whose tool step our batch runner executes.

use std::collections::BTreeSet;

use composio_core::ErrorKind;
use composio_rig::{
    CallContext, Decision, Error, PendingCalls, Tools, ToolsExt as _,
    rig_agent::run::{AgentRun, AgentRunStep, ModelTurn},
    rig_core::{
        DynModel,
        completion::{CompletionRequest, CompletionResponse},
        message::Message,
        operation::Completion,
        tool::DynamicTool,
    },
};

use super::agent;
use crate::cases::End;

/// Drives the run by hand until a gate stops it, takes it through JSON, decides, and drives it to its end.
pub async fn stop_and_resume(tools: &Tools, model: &DynModel<Completion>) -> End {
    let mut run = AgentRun::new("go").max_turns(4);
    let mut pending = None;
    match drive(tools, model, &mut run, &mut pending).await {
        Err(error) if error.kind() == ErrorKind::Stopped => {}
        other => return End::Other(format!("not stopped: {other:?}")),
    }
    let stored = serde_json::to_string(&(&run, &pending)).unwrap();
    let (mut run, mut pending): (AgentRun, Option<PendingCalls>) =
        serde_json::from_str(&stored).unwrap();
    let calls = pending.as_mut().unwrap();
    let stopped = calls.pending().next().unwrap().clone();
    calls.decide(&stopped, Decision::Run).unwrap();
    agent::end(drive(tools, model, &mut run, &mut pending).await)
}

pub async fn drive(
    tools: &Tools,
    model: &DynModel<Completion>,
    run: &mut AgentRun,
    pending: &mut Option<PendingCalls>,
) -> Result<(), Error> {
    loop {
        if let Some(calls) = pending {
            let results = tools.run_pending(calls, CallContext::new()).await?;
            run.tool_results(results).unwrap();
            *pending = None;
        }
        match run.next_step().unwrap() {
            AgentRunStep::CallModel {
                prompt, history, ..
            } => {
                let history = history.into_iter().chain([prompt]).collect();
                let response = ask(tools, model, history).await;
                let names: BTreeSet<String> =
                    tools.iter().map(|tool| tool.name().to_string()).collect();
                run.model_response(ModelTurn::from_response_parts(
                    &response,
                    names.clone(),
                    names,
                ))
                .unwrap();
            }
            AgentRunStep::CallTools { calls, .. } => *pending = Some(PendingCalls::new(calls)),
            AgentRunStep::Done(_) => return Ok(()),
        }
    }
}

pub async fn ask(
    tools: &Tools,
    model: &DynModel<Completion>,
    history: Vec<Message>,
) -> CompletionResponse {
    let mut request = CompletionRequest::new("");
    request.chat_history = history;
    request.tools = tools.iter().map(DynamicTool::definition).collect();
    model.call(request).await.unwrap()
}
