use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The HTTP request that an execution would send, with `REDACTED` in the place of every secret.
///
/// Headers that frame the message, such as `host` and `content-length`, are the HTTP client's and not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DryRun {
    /// The method, such as `POST`.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers by name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as text; bytes that are none are told by their number. `None` if there is no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl DryRun {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            ..Self::default()
        }
    }
}
