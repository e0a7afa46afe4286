//! composio-rig: rig's own loop, whole and streamed, and runs driven by hand where one goes on elsewhere.

use composio_rig::{
    Rig, Tools, ToolsExt as _,
    rig_agent::{
        agent::{AgentBuilder, AgentRunner},
        completion::PromptError,
    },
    rig_core::{
        DynModel, message::Message, operation::Completion, providers::openai::OpenAIConfig,
    },
};
use futures_util::StreamExt as _;

use super::{agent, rig_by_hand};
use crate::{
    cases::{Case, Drive, End, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn whole(case: &Case) -> Seen {
    run(case, false).await
}

pub async fn streamed(case: &Case) -> Seen {
    run(case, true).await
}

async fn run(case: &Case, streams: bool) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools: Tools = setup::fetch::<Rig>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let config = OpenAIConfig::new("sk-stand-in").with_base_url(&stand_in.url);
    let model: DynModel<Completion> = config.client().chat("stand-in").into();
    let prompt = || {
        let agent = AgentBuilder::new(model.clone()).dynamic_tools(tools.to_vec());
        let steps = usize::try_from(case.setup.max_steps).unwrap();
        let runner = agent.build().prompt("go").max_turns(steps);
        end(runner.tool_concurrency(4).add_hook(tools.hook()), streams)
    };
    let end = match case.drive {
        Drive::ToTheEnd => prompt().await,
        Drive::DropMidCall => agent::drop_mid_call(&service, prompt()).await,
        Drive::StopAndResume => rig_by_hand::stop_and_resume(&tools, &model).await,
        Drive::HandleToolCalls => {
            let response = rig_by_hand::ask(&tools, &model, vec![Message::user("go")]).await;
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

async fn end(runner: AgentRunner, streams: bool) -> End {
    let ended = if streams {
        let items = runner.stream().collect::<Vec<_>>().await;
        items.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    } else {
        runner.await.map(|_| ())
    };
    match ended {
        Ok(()) => End::Answered,
        Err(PromptError::MaxTurns { .. }) => End::Limit,
        Err(PromptError::Cancelled { reason, .. }) if reason.starts_with("stopped") => End::Stopped,
        Err(PromptError::Cancelled { reason, .. }) if reason.starts_with("unavailable") => {
            End::Transport
        }
        Err(other) => End::Other(other.to_string()),
    }
}
