//! One function per adapter: a prompt in, the model's last words out.

use std::{future::Future, pin::Pin};

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::{chat::CreateChatCompletionRequest, responses::CreateResponse},
};
use composio_core::{Model, Provider, RunEvent};
use composio_openai::{ChatModel, ResponsesModel};
use composio_rig::{
    Rig, ToolsExt as _,
    rig_agent::agent::{Agent, AgentBuilder, MultiTurnStreamItem},
    rig_core::{
        providers::openai::OpenAIConfig as RigConfig,
        streaming::{Item, StreamEvent},
    },
};
use futures_util::StreamExt as _;

use crate::{arguments::Endpoint, desk::Task};

/// What came of a run: the words of the answer, and in how many pieces they came if they were streamed.
pub type Ran<'a> = Pin<Box<dyn Future<Output = Result<(String, usize), String>> + 'a>>;

/// An adapter, and whether it streams.
pub struct Adapter {
    pub name: &'static str,
    pub ask: for<'a> fn(&'a Endpoint, &'a Task<'a>) -> Ran<'a>,
}

pub fn all() -> Vec<Adapter> {
    let adapter = |name, ask| Adapter { name, ask };
    vec![
        adapter("chat", |endpoint, task| {
            Box::pin(async { run(task, chat(&client(endpoint), endpoint)).await })
        }),
        adapter("chat-sse", |endpoint, task| {
            Box::pin(async { run(task, chat(&client(endpoint), endpoint).streaming()).await })
        }),
        adapter("responses", |endpoint, task| {
            Box::pin(async { run(task, responses(&client(endpoint), endpoint)).await })
        }),
        adapter("resp-sse", |endpoint, task| {
            Box::pin(async { run(task, responses(&client(endpoint), endpoint).streaming()).await })
        }),
        adapter("rig", |endpoint, task| Box::pin(rig(endpoint, task))),
        adapter("rig-sse", |endpoint, task| {
            Box::pin(rig_streamed(endpoint, task))
        }),
        #[cfg(feature = "langchain")]
        adapter("langchain", |endpoint, task| {
            Box::pin(async { run(task, langchain(endpoint)).await })
        }),
        #[cfg(feature = "langchain")]
        adapter("langchain-sse", |endpoint, task| {
            Box::pin(async { run(task, langchain(endpoint).streaming()).await })
        }),
    ]
}

/// Runs our loop.
async fn run<P, M>(task: &Task<'_>, model: M) -> Result<(String, usize), String>
where
    P: Provider + Default,
    M: Model<P>,
{
    let tools = task.tools::<P>().await;
    let agent = tools.agent_with(model).max_steps(task.max_steps);
    let mut run = agent.stream(task.prompt);
    let mut pieces = 0;
    while let Some(event) = run.next().await {
        pieces += usize::from(matches!(event, RunEvent::TextDelta { .. }));
    }
    let answer = run.answer().await.map_err(|error| error.to_string())?;
    Ok((answer.text, pieces))
}

fn client(endpoint: &Endpoint) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new().with_api_base(&endpoint.url);
    Client::with_config(config.with_api_key(endpoint.key.expose()))
}

#[expect(deprecated, reason = "what servers of other vendors know")]
fn chat<'a>(client: &'a Client<OpenAIConfig>, endpoint: &Endpoint) -> ChatModel<'a, OpenAIConfig> {
    let request = CreateChatCompletionRequest {
        model: endpoint.model.clone(),
        temperature: Some(0.0),
        max_tokens: endpoint.max_tokens,
        ..CreateChatCompletionRequest::default()
    };
    ChatModel::with_request(client, request)
}

fn responses<'a>(
    client: &'a Client<OpenAIConfig>,
    endpoint: &Endpoint,
) -> ResponsesModel<'a, OpenAIConfig> {
    let request = CreateResponse {
        model: Some(endpoint.model.clone()),
        temperature: Some(0.0),
        max_output_tokens: endpoint.max_tokens,
        ..CreateResponse::default()
    };
    ResponsesModel::with_request(client, request)
}

async fn rig_agent(endpoint: &Endpoint, task: &Task<'_>) -> Agent {
    let tools = task.tools::<Rig>().await;
    let client = RigConfig::new(endpoint.key.expose())
        .with_base_url(&endpoint.url)
        .client();
    let mut agent = AgentBuilder::new(client.chat(&endpoint.model))
        .dynamic_tools(tools.to_vec())
        .add_hook(tools.hook())
        .temperature(0.0)
        .default_max_turns(usize::try_from(task.max_steps).unwrap_or(usize::MAX));
    if let Some(most) = endpoint.max_tokens {
        agent = agent.max_tokens(most.into());
    }
    agent.build()
}

async fn rig(endpoint: &Endpoint, task: &Task<'_>) -> Result<(String, usize), String> {
    let agent = rig_agent(endpoint, task).await;
    let answer = agent.prompt(task.prompt).await;
    let answer = answer.map_err(|error| error.to_string())?;
    Ok((answer.output(), 0))
}

async fn rig_streamed(endpoint: &Endpoint, task: &Task<'_>) -> Result<(String, usize), String> {
    let agent = rig_agent(endpoint, task).await;
    let mut stream = agent.prompt(task.prompt).stream();
    let mut pieces = 0;
    while let Some(item) = stream.next().await {
        match item.map_err(|error| error.to_string())? {
            MultiTurnStreamItem::StreamAssistantItem(Item::Event(StreamEvent::Text { .. })) => {
                pieces += 1;
            }
            MultiTurnStreamItem::FinalResponse(answer) => return Ok((answer.output(), pieces)),
            _ => {}
        }
    }
    Err("the stream ended without an answer".to_owned())
}

#[cfg(feature = "langchain")]
fn langchain(endpoint: &Endpoint) -> composio_langchain::LlmModel {
    use composio_langchain::langchain_rust::{
        language_models::options::CallOptions,
        llm::openai::{OpenAI, OpenAIConfig},
    };
    let config = OpenAIConfig::new()
        .with_api_base(&endpoint.url)
        .with_api_key(endpoint.key.expose());
    let mut options = CallOptions::new().with_temperature(0.0);
    if let Some(most) = endpoint.max_tokens {
        options = options.with_max_tokens(most);
    }
    let llm = OpenAI::new(config).with_model(&endpoint.model);
    composio_langchain::LlmModel::new(llm.with_options(options))
}
