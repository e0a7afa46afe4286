use std::fmt;

use axum::http::request::Parts;
use composio_core::Secret;

/// A request as it came in, credentials masked. `Display` writes it as HTTP does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The method and the target: `GET /tickets/1`.
    pub line: String,
    /// The headers in order; of a credential its first letters.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there was none.
    pub body: String,
}

impl Received {
    pub(crate) fn new(parts: &Parts, body: &[u8]) -> Self {
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let value = if is_credential(name.as_str()) {
                Secret::new(value).masked()
            } else {
                value
            };
            (name.to_string(), value)
        });
        Self {
            line: format!("{} {}", parts.method, parts.uri),
            headers: headers.collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

fn is_credential(name: &str) -> bool {
    ["authorization", "cookie", "key", "token"]
        .iter()
        .any(|part| name.contains(part))
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)?;
        for (name, value) in &self.headers {
            write!(f, "\n    {name}: {value}")?;
        }
        if !self.body.is_empty() {
            write!(f, "\n    {}", self.body)?;
        }
        Ok(())
    }
}
