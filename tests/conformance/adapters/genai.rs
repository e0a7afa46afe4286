//! The worked provider of `docs/write-a-provider.md`, on genai's own client.

use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    resolver::{AuthData, Endpoint},
};
use genai_provider::{GenAi, GenAiModel};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn run(case: &Case) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<GenAi>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let target = ServiceTarget {
        endpoint: Endpoint::from_owned(format!("{}/", stand_in.url)),
        auth: AuthData::from_single("sk-stand-in"),
        model: ModelIden::new(AdapterKind::OpenAI, "stand-in"),
    };
    let client = Client::new().unwrap();
    let model = || GenAiModel::new(client.clone(), target.clone());
    let end = agent::drive(case, &service, &tools, model).await;
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
