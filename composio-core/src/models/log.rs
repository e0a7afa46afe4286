use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which log entries are asked for: the body of `POST /logs/tool_execution`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogQuery {
    /// Entries of a page, 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Where the page starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<LogFilter>>,
    /// When the call began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_range: Option<TimeRange>,
}

/// A condition on log entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogFilter {
    /// `tool_slug`, `toolkit_slug`, `connected_account_id`, `auth_config_id`, `status`, `user_id`, `session_id`,
    /// `sandbox_id`, `request_id` or `log_id`.
    pub field: String,
    /// `==`, `!=`, `contains` or `not_contains`.
    pub operator: String,
    /// What the field is compared with.
    pub value: String,
}

impl LogFilter {
    /// The condition that `field` is `value`.
    #[must_use]
    pub fn equal(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            operator: "==".to_owned(),
            value: value.into(),
        }
    }
}

/// A span of time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeRange {
    /// Its start.
    pub from: f64,
    /// Its end.
    pub to: f64,
}

/// A page of log entries, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogPage {
    /// The entries.
    #[serde(default)]
    pub logs: Vec<LogEntry>,
    /// Where the next page starts; `None` on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// One execution.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// `log_…`.
    pub id: String,
    /// When it began, RFC 3339.
    #[serde(default)]
    pub timestamp: String,
    /// `tool.execution`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// `success` or `failed`.
    #[serde(default)]
    pub status: String,
    /// `info`, `warn` for a call that was refused or cancelled, `error` for one that failed.
    #[serde(default)]
    pub level: String,
    /// What happened, in words.
    #[serde(default)]
    pub message: Option<String>,
    /// What was executed and for whom: `tool_slug`, `toolkit_slug`, `toolkit_version`, `user_id`,
    /// `connected_account_id`, `outcome`, `error`.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// `duration_ms`.
    #[serde(default)]
    pub metrics: Map<String, Value>,
    /// When it began and ended; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<LogTimings>,
    /// What it belongs to: `session_id`, `trace_id`, `request_id`, where known; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Map<String, Value>>,
    /// Where it came from: `host`, `framework`, `language`, where known; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Map<String, Value>>,
    /// `arguments` and `result`, where the project keeps them; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
}

/// When an execution began and ended, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogTimings {
    /// Its begin.
    pub start_time: f64,
    /// Its end.
    pub end_time: f64,
}
