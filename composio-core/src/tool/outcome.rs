use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{CutResult, Error, models::ToolResult};

const DATA: &str = r#","data":"#;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeStatus {
    /// The tool ran and worked.
    Succeeded,
    /// The tool ran, or could not, and says why.
    Failed,
    /// There is no such tool among those that were offered.
    UnknownTool,
    /// The arguments were not JSON or not what the tool takes; nothing was sent.
    InvalidArguments,
    /// A gate, or the lack of one, kept the call from running.
    Denied,
    /// The time limit of the call ran out; the tool may or may not have run.
    TimedOut,
    /// The run ended before the call was made; nothing was sent.
    NotRun,
    /// The run ended while the call was under way; the tool may or may not have run.
    Interrupted,
}

impl OutcomeStatus {
    /// Stable, machine-readable name, as it appears in traces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::UnknownTool => "unknown_tool",
            Self::InvalidArguments => "invalid_arguments",
            Self::Denied => "denied",
            Self::TimedOut => "timed_out",
            Self::NotRun => "not_run",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What came of one call: always something a model can read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolOutcome {
    /// The tool's slug; for an unknown tool the name the model used.
    pub tool: String,
    /// How it ended.
    pub status: OutcomeStatus,
    /// The result after the post-processors, or a failure that says why there is none.
    pub result: ToolResult,
    /// What a [`ResultBudget`](crate::ResultBudget) left out of it; `None` if it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<CutResult>,
}

impl ToolOutcome {
    /// The outcome of an execution.
    #[must_use]
    pub fn executed(tool: impl Into<String>, result: ToolResult) -> Self {
        let status = if result.successful {
            OutcomeStatus::Succeeded
        } else {
            OutcomeStatus::Failed
        };
        Self {
            tool: tool.into(),
            status,
            result,
            cut: None,
        }
    }

    /// The outcome of a call that was not executed, and why.
    #[must_use]
    pub fn refused(tool: impl Into<String>, status: OutcomeStatus, why: impl Into<String>) -> Self {
        Self {
            tool: tool.into(),
            status,
            result: ToolResult::failure(why),
            cut: None,
        }
    }

    pub(crate) fn from_error(tool: &str, status: OutcomeStatus, error: &Error) -> Self {
        Self {
            tool: tool.to_owned(),
            status,
            result: ToolResult::from(error),
            cut: None,
        }
    }

    /// Whether the tool ran and worked.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == OutcomeStatus::Succeeded
    }

    /// The JSON text for the model: `{"successful", "error", "cut", "data"}`, without what it does not need.
    #[must_use]
    pub fn model_text(&self) -> String {
        let mut text = self.envelope(self.result.data.as_str().len() + 64);
        if self.tells_data() {
            text.push_str(DATA);
            text.push_str(self.result.data.as_str());
        }
        text.push('}');
        text
    }

    /// The length of [`ToolOutcome::model_text`].
    pub(crate) fn model_length(&self) -> usize {
        let data = if self.tells_data() {
            DATA.len() + self.result.data.as_str().len()
        } else {
            0
        };
        self.envelope(64).len() + data + 1
    }

    fn tells_data(&self) -> bool {
        self.result.successful || self.result.data.as_str() != "{}"
    }

    // Everything before the data.
    fn envelope(&self, room: usize) -> String {
        let result = &self.result;
        let mut text = String::with_capacity(room);
        text.push_str(if result.successful {
            r#"{"successful":true"#
        } else {
            r#"{"successful":false"#
        });
        if let Some(error) = &result.error {
            text.push_str(r#","error":"#);
            text.push_str(&json!(error).to_string());
        }
        if let Some(cut) = &self.cut {
            text.push_str(r#","cut":"#);
            text.push_str(&json!(cut.to_string()).to_string());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{OutcomeStatus, ToolOutcome};
    use crate::models::ToolResult;

    #[test]
    fn the_model_reads_valid_json() {
        let success = ToolOutcome::executed("T", ToolResult::success(json!({"a": "\"\n"})));
        let read: Value = serde_json::from_str(&success.model_text()).unwrap();
        assert_eq!(read, json!({"successful": true, "data": {"a": "\"\n"}}));
        let refused = ToolOutcome::refused("T", OutcomeStatus::Denied, "no \"way\"");
        let read: Value = serde_json::from_str(&refused.model_text()).unwrap();
        assert_eq!(read, json!({"successful": false, "error": "no \"way\""}));
    }
}
