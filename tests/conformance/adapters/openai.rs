//! composio-openai on `async_openai::Client`: both APIs, whole and streamed.

use async_openai::{Client, config::OpenAIConfig};
use composio_core::{Model, Provider};
use composio_openai::{ChatModel, ResponsesModel};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

type OpenAi = &'static Client<OpenAIConfig>;

pub async fn chat(case: &Case) -> Seen {
    run(case, |client| ChatModel::new(client, "stand-in")).await
}

pub async fn chat_streamed(case: &Case) -> Seen {
    run(case, |client| {
        ChatModel::new(client, "stand-in").streaming()
    })
    .await
}

pub async fn responses(case: &Case) -> Seen {
    run(case, |client| ResponsesModel::new(client, "stand-in")).await
}

pub async fn responses_streamed(case: &Case) -> Seen {
    run(case, |client| {
        ResponsesModel::new(client, "stand-in").streaming()
    })
    .await
}

pub async fn responses_chained(case: &Case) -> Seen {
    run(case, |client| {
        ResponsesModel::new(client, "stand-in").chained()
    })
    .await
}

async fn run<P, M>(case: &Case, model: fn(OpenAi) -> M) -> Seen
where
    P: Provider + Default,
    M: Model<P> + 'static,
{
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<P>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let config = OpenAIConfig::new()
        .with_api_base(&stand_in.url)
        .with_api_key("sk-stand-in");
    // A model borrows it, and a case has one.
    let client: OpenAi = Box::leak(Box::new(Client::with_config(config)));
    let end = agent::drive(case, &service, &tools, move || model(client)).await;
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
