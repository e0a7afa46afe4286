use std::{
    error::Error as StdError,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use composio_langchain::{
    LangChain, ToolsExt as _,
    langchain_rust::{
        agent::{AgentExecutor, OpenAiToolAgentBuilder},
        chain::Chain as _,
        language_models::{GenerateResult, LLMError, llm::LLM},
        prompt_args,
        schemas::{Message, StreamData, ToolCall},
        tools::Tool,
    },
};
use futures_util::Stream;
use serde_json::Value;

use super::{
    ARGUMENTS, DESCRIPTION, DONE, STEPS, TOOL, check, compare, echo_by_hand, parameters, tools,
};
use crate::harness::{Outcome, Table};

/// langchain-rust's own executor, and ours.
pub(super) fn measure(table: &mut Table) -> Outcome {
    let ours = tools::<LangChain>()?;
    let bare: Vec<Arc<dyn Tool>> = vec![Arc::new(Echo)];
    compare(
        "langchain",
        table,
        || {
            let agent = OpenAiToolAgentBuilder::new().tools(&bare);
            let agent = agent
                .build(InMemory::default())
                .map_err(|error| error.to_string())?;
            let executor = AgentExecutor::from_agent(agent);
            Ok(async move {
                let said = executor.invoke(prompt_args! {"input" => "go"}).await?;
                check(&said, STEPS)
            })
        },
        || {
            let agent = ours.executor(InMemory::default()).max_steps(STEPS + 1);
            Ok(async move {
                let answer = agent.run("go").await?;
                check(&answer.text, answer.steps - 1)
            })
        },
    )
}

struct Echo;

#[async_trait]
impl Tool for Echo {
    fn name(&self) -> String {
        TOOL.to_owned()
    }

    fn description(&self) -> String {
        DESCRIPTION.to_owned()
    }

    fn parameters(&self) -> Value {
        parameters()
    }

    async fn parse_input(&self, input: &str) -> Value {
        Value::from(input)
    }

    async fn run(&self, input: Value) -> Result<String, Box<dyn StdError>> {
        let arguments = input.as_str().unwrap_or_default();
        echo_by_hand(arguments).map_err(|error| error.to_string().into())
    }
}

/// A model that calls the tool so often and then is done.
#[derive(Clone, Default)]
struct InMemory(Arc<AtomicU32>);

#[async_trait]
impl LLM for InMemory {
    async fn generate(&self, _: &[Message]) -> Result<GenerateResult, LLMError> {
        let step = self.0.fetch_add(1, Ordering::Relaxed);
        if step >= STEPS {
            let mut done = GenerateResult::default();
            DONE.clone_into(&mut done.generation);
            return Ok(done);
        }
        let call = ToolCall::new(format!("call_{step}"), TOOL, ARGUMENTS);
        Ok(GenerateResult::default().with_tool_calls(vec![call]))
    }

    async fn stream(
        &self,
        _: &[Message],
    ) -> Result<Pin<Box<dyn Stream<Item = Result<StreamData, LLMError>> + Send>>, LLMError> {
        Err(LLMError::OtherError("it does not stream".to_owned()))
    }
}
