//! composio-rig: rig's own loop, whole and streamed, and runs driven by hand where one goes on elsewhere.

use composio_rig::{
    Rig, Tools, ToolsExt as _,
    rig_agent::agent::AgentBuilder,
    rig_core::{
        DynModel, message::Message, operation::Completion, providers::openai::OpenAIConfig,
    },
};

use super::{
    agent::{self, Ended},
    rig_again, rig_by_hand, rig_end,
};
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
    let runner = || {
        let agent = AgentBuilder::new(model.clone()).dynamic_tools(tools.to_vec());
        let steps = usize::try_from(case.setup.max_steps).unwrap();
        let hook = match case.setup.max_tokens {
            Some(limit) => tools.hook().max_tokens(limit),
            None => tools.hook(),
        };
        let runner = agent.build().prompt("go").max_turns(steps);
        runner.tool_concurrency(4).add_hook(hook)
    };
    let run = || rig_end::run(runner(), streams);
    let prompt = || async { rig_end::end(&run().await) };
    let ended: Ended = match case.drive {
        Drive::ToTheEnd => prompt().await.into(),
        Drive::DropMidCall => agent::drop_mid_call(&service, prompt()).await.into(),
        Drive::StopAndResume => rig_by_hand::stop_and_resume(&tools, &model).await.into(),
        Drive::Approve(verdict) => rig_again::approve(&tools, &model, verdict).await,
        Drive::GoOn(_) => rig_again::go_on(&tools, &model, run().await).await,
        Drive::Watch => End::Other("rig's loop streams rig's own events".to_owned()).into(),
        Drive::HandleToolCalls => {
            let response = rig_by_hand::ask(&tools, &model, vec![Message::user("go")]).await;
            agent::end(tools.handle_tool_calls(&response).await.map(|_| ())).into()
        }
    };
    let mut seen = agent::seen(ended, &service, &counts);
    seen.asked = stand_in.asked();
    seen.read = stand_in.read();
    assert_eq!(
        stand_in.refused(),
        Vec::<String>::new(),
        "the model accepts every history"
    );
    seen
}
