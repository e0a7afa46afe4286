use serde::{Deserialize, Serialize};

use crate::{BoundTool, Dialect, ModelTool, Provider, Result, ToolCall, ToolOutcome, Usage};

/// The provider of no framework: tools, answers and history are plain data of our own.
///
/// It serves programs that talk to a model by themselves, and shows what a provider is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

/// A tool of [`Plain`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlainTool {
    /// Name, description and schema, for the model.
    pub definition: ModelTool,
    /// What runs it.
    pub call: BoundTool,
}

/// An answer of [`Plain`]'s model: words, calls, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlainResponse {
    /// What the model said.
    pub text: String,
    /// What the model wants called; it is done if there is nothing.
    pub calls: Vec<ToolCall>,
    /// What it used for it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

impl PlainResponse {
    /// An answer in words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// An answer that makes calls.
    #[must_use]
    pub fn calls(calls: impl IntoIterator<Item = ToolCall>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// One entry of [`Plain`]'s history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlainMessage {
    /// What a person said.
    User {
        /// The words.
        text: String,
    },
    /// What the model answered.
    Assistant {
        /// The answer.
        response: PlainResponse,
    },
    /// What came of a call.
    Tool {
        /// The call's id.
        id: String,
        /// JSON text: [`ToolOutcome::model_text`].
        text: String,
    },
}

impl Provider for Plain {
    const NAME: &'static str = "plain";
    type Tool = PlainTool;
    type Tools = Vec<PlainTool>;
    type Response = PlainResponse;
    type Message = PlainMessage;

    fn dialect(&self) -> Dialect {
        Dialect::JsonSchema
    }

    fn wrap_tool(&self, tool: ModelTool, call: BoundTool) -> Result<PlainTool> {
        Ok(PlainTool {
            definition: tool,
            call,
        })
    }

    fn tool_calls(&self, response: &PlainResponse) -> Result<Vec<ToolCall>> {
        Ok(response.calls.clone())
    }

    fn turn(&self, response: &PlainResponse) -> Result<Vec<PlainMessage>> {
        Ok(vec![PlainMessage::Assistant {
            response: response.clone(),
        }])
    }

    fn text(&self, response: &PlainResponse) -> String {
        response.text.clone()
    }

    fn usage(&self, response: &PlainResponse) -> Option<Usage> {
        response.usage
    }

    fn prompt(&self, text: &str) -> Result<PlainMessage> {
        Ok(PlainMessage::User {
            text: text.to_owned(),
        })
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<PlainMessage> {
        Ok(PlainMessage::Tool {
            id: call.id.clone(),
            text: outcome.model_text(),
        })
    }
}
