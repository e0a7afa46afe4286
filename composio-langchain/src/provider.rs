use std::{error::Error as StdError, fmt, sync::Arc};

use async_trait::async_trait;
use composio_core::{
    BoundTool, CallContext, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall,
    ToolOutcome, Usage,
};
use langchain_rust::{
    language_models::GenerateResult,
    schemas::{self, Message},
    tools::Tool,
};
use serde::{Deserialize, Serialize};
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

    fn usage(&self, response: &GenerateResult) -> Option<Usage> {
        let tokens = response.tokens.as_ref()?;
        Some(Usage::new(
            tokens.prompt_tokens.into(),
            tokens.completion_tokens.into(),
        ))
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
            Err(error) => Err(Box::new(ToolError(error))),
        }
    }
}

/// Why a tool could not be run: a gate stopped the run, or the service could not be asked.
///
/// langchain-rust passes it on as a `Box<dyn Error>`, of which it can be [downcast](StdError), or as text: `Display`
/// is JSON, which a model reads like any other result, and [`ToolError::find`] reads it back.
///
/// ```
/// # use composio_langchain::{ErrorKind, ToolError, langchain_rust::chain::ChainError};
/// # fn example(ended: &ChainError) {
/// if let Some(error) = ToolError::find(&ended.to_string()) {
///     if error.kind() == ErrorKind::Stopped { /* a person said no */ }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct ToolError(Error);

impl ToolError {
    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// Takes the error out.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.0
    }

    /// The error that `text` tells of, such as a `ChainError` of langchain-rust's `AgentExecutor`, which keeps no more
    /// than the words. Its operator message is what its reader was told.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let begins = text.match_indices('{').map(|(start, _)| start);
        let told = begins.filter_map(|start| {
            let json = text.get(start..)?;
            let mut values = serde_json::Deserializer::from_str(json).into_iter::<Told>();
            values.next()?.ok()
        });
        let told = told
            .filter(|told| !told.successful)
            .find_map(|told| Some((ErrorKind::from_name(&told.kind)?, told.error)));
        told.map(|(kind, error)| Self(Error::new(kind, error)))
    }
}

/// A [`ToolError`] in words.
#[derive(Serialize, Deserialize)]
struct Told {
    successful: bool,
    error: String,
    kind: String,
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = Told {
            successful: false,
            error: self.0.reader_message().to_owned(),
            kind: self.kind().as_str().to_owned(),
        };
        let json = serde_json::to_string(&told).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

impl StdError for ToolError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
