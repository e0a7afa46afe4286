//! composio-openai on `async_openai::Client`.

use async_openai::{Client, config::OpenAIConfig};
use composio_openai::{ChatCompletions, ChatModel};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn run(case: &Case) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<ChatCompletions>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let config = OpenAIConfig::new()
        .with_api_base(&stand_in.url)
        .with_api_key("sk-stand-in");
    let client = Client::with_config(config);
    let end = agent::drive(case, &service, &tools, || {
        ChatModel::new(&client, "stand-in")
    })
    .await;
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
