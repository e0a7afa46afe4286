//! composio-langchain on langchain-rust's own OpenAI client.

use composio_langchain::{
    LangChain, LlmModel,
    langchain_rust::{
        language_models::options::CallOptions,
        llm::openai::{OpenAI, OpenAIConfig},
    },
};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::StandIn,
};

pub async fn whole(case: &Case) -> Seen {
    run(case, LlmModel::new).await
}

pub async fn streamed(case: &Case) -> Seen {
    run(case, |llm| LlmModel::new(llm).streaming()).await
}

async fn run(case: &Case, model: fn(OpenAI<OpenAIConfig>) -> LlmModel) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<LangChain>(&service, &case.setup, &counts).await;
    let stand_in = StandIn::start(case.script.clone()).await;
    let config = || {
        OpenAIConfig::new()
            .with_api_base(&stand_in.url)
            .with_api_key("sk-stand-in")
    };
    let counts_tokens = || CallOptions::new().with_stream_usage(true);
    let llm = || OpenAI::new(config()).with_options(counts_tokens());
    let model = || model(llm().with_model("stand-in"));
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
