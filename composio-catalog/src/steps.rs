//! What an action of the `tools` section becomes: a plan for each request, with templates for its arguments.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CuratedPages, ToolPlan};

/// The requests that one tool consists of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Steps {
    /// Values of arguments that the caller leaves out.
    #[serde(default)]
    pub defaults: IndexMap<String, Value>,
    /// The arguments that are files, or lists of files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The requests, in their order.
    pub list: Vec<Step>,
    /// Templates of the result; the last answer as it came if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// One request, or one for each entry of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The name under which later templates find the answer.
    pub id: String,
    /// How the request is written, from the arguments that [`values`](Self::values) gives.
    pub plan: ToolPlan,
    /// The template of each argument of the plan, by its name.
    pub values: IndexMap<String, Value>,
    /// The GraphQL document, if it is one: the body is the document, with the argument `body` as its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphql: Option<String>,
    /// The answer is kept as a file of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The answer has the bytes of a file here, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The media type of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The step is left out unless this is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The list whose entries it is done for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// How its pages are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<CuratedPages>,
    /// Templates of what is kept of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Value>,
    /// It has failed if this is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_if: Option<String>,
    /// What the vendor says of such a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
