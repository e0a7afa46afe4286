use std::{error::Error as StdError, fmt, sync::Arc};

use async_trait::async_trait;
use composio_core::{
    BoundTool, CallContext, Dialect, Error, ModelTool, Provider, Result, ToolCall, ToolOutcome,
};
use langchain_rust::{
    language_models::GenerateResult,
    schemas::{self, Message},
    tools::Tool,
};
use serde_json::Value;

/// langchain-rust's spelling of tools: `Arc<dyn Tool>`, `GenerateResult` and `Message`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LangChain;

impl Provider for LangChain {
    const NAME: &'static str = "langchain";
    type Tool = Arc<dyn Tool>;
    type Tools = Vec<Arc<dyn Tool>>;
    type Response = GenerateResult;
    type Message = Message;

    fn dialect(&self) -> Dialect {
        Dialect::OpenAi
    }

    fn wrap_tool(&self, tool: ModelTool, call: BoundTool) -> Result<Arc<dyn Tool>> {
        Ok(Arc::new(LangChainTool { tool, call }))
    }

    fn tool_calls(&self, response: &GenerateResult) -> Result<Vec<ToolCall>> {
        let call = |call: schemas::ToolCall| ToolCall::new(call.id, call.name, call.arguments);
        Ok(calls(response).into_iter().map(call).collect())
    }

    fn turn(&self, response: &GenerateResult) -> Result<Vec<Message>> {
        let calls = calls(response);
        let text = self.text(response);
        Ok(vec![if calls.is_empty() {
            Message::new_ai_message(text)
        } else {
            Message::new_ai_message_with_tool_calls(text, &calls)
        }])
    }

    fn text(&self, response: &GenerateResult) -> String {
        if mirrored_calls(response).is_some() {
            String::new()
        } else {
            response.generation.clone()
        }
    }

    fn prompt(&self, text: &str) -> Result<Message> {
        Ok(Message::new_human_message(text))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<Message> {
        Ok(Message::new_tool_message(outcome.model_text(), &call.id))
    }
}

fn calls(response: &GenerateResult) -> Vec<schemas::ToolCall> {
    if response.has_tool_calls() {
        response.tool_calls.clone()
    } else {
        mirrored_calls(response).unwrap_or_default()
    }
}

/// langchain-rust writes calls as JSON in place of the text, and some of its models write nothing else.
fn mirrored_calls(response: &GenerateResult) -> Option<Vec<schemas::ToolCall>> {
    schemas::ToolCall::parse_list(&response.generation).filter(|calls| !calls.is_empty())
}

struct LangChainTool {
    tool: ModelTool,
    call: BoundTool,
}

#[async_trait]
impl Tool for LangChainTool {
    fn name(&self) -> String {
        self.tool.name.clone()
    }

    fn description(&self) -> String {
        self.tool.description.clone()
    }

    fn parameters(&self) -> Value {
        self.tool.parameters.clone()
    }

    // The default reads the arguments its own way; the call needs what the model wrote, broken or not.
    async fn parse_input(&self, input: &str) -> Value {
        Value::from(input)
    }

    async fn run(&self, input: Value) -> Result<String, Box<dyn StdError>> {
        let arguments = match input {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match self.call.call(CallContext::new(), &arguments).await {
            Ok(outcome) => Ok(outcome.model_text()),
            Err(error) => Err(Box::new(Ended(error))),
        }
    }
}

/// A stop or a failed service, told as the model may read it: an `AgentExecutor` shows it what `Display` says.
#[derive(Debug)]
struct Ended(Error);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind().as_str(), self.0.reader_message())
    }
}

impl StdError for Ended {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
