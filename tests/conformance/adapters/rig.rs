//! composio-rig: rig's own loop, and rig's `AgentRun` where a run goes on elsewhere.

use std::collections::BTreeSet;

use composio_core::ErrorKind;
use composio_rig::{
    CallContext, Decision, Error, PendingCalls, Rig, Tools, ToolsExt as _,
    rig_agent::{
        agent::AgentBuilder,
        completion::PromptError,
        run::{AgentRun, AgentRunStep, ModelTurn},
    },
    rig_core::{
        DynModel,
        completion::{CompletionRequest, CompletionResponse},
        message::Message,
        operation::Completion,
        providers::openai::OpenAIConfig,
        tool::DynamicTool,
    },
};

use super::agent;
use crate::{
    cases::{Case, Drive, End, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn run(case: &Case) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools: Tools = setup::fetch::<Rig>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let client = OpenAIConfig::new("sk-stand-in")
        .with_base_url(&stand_in.url)
        .client();
    let model: DynModel<Completion> = client.chat("stand-in").into();
    let end = match case.drive {
        Drive::ToTheEnd => prompt(&tools, model, case.setup.max_steps).await,
        Drive::DropMidCall => {
            let run = prompt(&tools, model, case.setup.max_steps);
            agent::drop_mid_call(&service, run).await
        }
        Drive::StopAndResume => stop_and_resume(&tools, &model).await,
        Drive::HandleToolCalls => {
            let response = ask(&tools, &model, vec![Message::user("go")]).await;
            agent::end(tools.handle_tool_calls(&response).await.map(|_| ()))
        }
    };
    let mut seen = agent::seen(end, &service, &counts);
    seen.asked = stand_in.asked();
    seen.read = stand_in.read();
    assert_eq!(
        stand_in.refused(),
        Vec::<String>::new(),
        "the model accepts every history"
    );
    seen
}

async fn prompt(tools: &Tools, model: DynModel<Completion>, max_steps: u32) -> End {
    let agent = AgentBuilder::new(model)
        .dynamic_tools(tools.to_vec())
        .build();
    let steps = usize::try_from(max_steps).unwrap();
    match agent
        .prompt("go")
        .max_turns(steps)
        .tool_concurrency(4)
        .add_hook(tools.hook())
        .await
    {
        Ok(_) => End::Answered,
        Err(PromptError::MaxTurns { .. }) => End::Limit,
        Err(PromptError::Cancelled { reason, .. }) if reason.starts_with("stopped") => End::Stopped,
        Err(PromptError::Cancelled { reason, .. }) if reason.starts_with("unavailable") => {
            End::Transport
        }
        Err(other) => End::Other(other.to_string()),
    }
}

/// Drives the run by hand until a gate stops it, takes it through JSON, decides, and drives it to its end.
async fn stop_and_resume(tools: &Tools, model: &DynModel<Completion>) -> End {
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

async fn drive(
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
                prompt,
                mut history,
                ..
            } => {
                history.push(prompt);
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

async fn ask(
    tools: &Tools,
    model: &DynModel<Completion>,
    history: Vec<Message>,
) -> CompletionResponse {
    let mut request = CompletionRequest::new("");
    request.chat_history = history;
    request.tools = tools.iter().map(DynamicTool::definition).collect();
    model.call(request).await.unwrap()
}
