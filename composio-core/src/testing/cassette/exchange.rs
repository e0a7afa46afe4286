use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Response, StatusCode, header, request, response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::redact::Redaction;
use crate::{Body, Error, ErrorKind, Result, schema::fnv1a};

/// One request and its answer, as a line of the file has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) request: Asked,
    pub(super) response: Answered,
}

/// What was asked, without secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Path and query; scheme, host and path of a request in absolute form.
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Content::is_none")]
    pub(super) body: Content,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Content::is_none")]
    body: Content,
}

/// A body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Content {
    #[default]
    None,
    Json(Value),
    Text(String),
    Base64(String),
    /// What was sent to a signed address: how many bytes, and their FNV-1a hash.
    Sent(usize, String),
}

impl Content {
    fn is_none(&self) -> bool {
        *self == Self::None
    }

    fn of(bytes: &[u8], redaction: &Redaction) -> Self {
        if bytes.is_empty() {
            return Self::None;
        }
        if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
            redaction.json(&mut value);
            return Self::Json(value);
        }
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(redaction.text(text)),
            Err(_) => Self::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    fn bytes(&self) -> Result<Bytes> {
        match self {
            Self::None | Self::Sent(..) => Ok(Bytes::new()),
            Self::Json(value) => Ok(Bytes::from(value.to_string())),
            Self::Text(text) => Ok(Bytes::from(text.clone())),
            Self::Base64(text) => BASE64_STANDARD
                .decode(text)
                .map(Bytes::from)
                .map_err(|error| {
                    Error::new(ErrorKind::Config, "a body of the cassette is not base64")
                        .with_source(error)
                }),
        }
    }
}

impl Asked {
    pub(super) fn new(parts: &request::Parts, bytes: &[u8], redaction: &Redaction) -> Self {
        let uri = &parts.uri;
        let (path, body) = match uri.host() {
            // A file on its way: the signature in the address is another every time.
            Some(host) => {
                let scheme = uri.scheme_str().unwrap_or("https");
                let body = if bytes.is_empty() {
                    Content::None
                } else {
                    Content::Sent(bytes.len(), format!("{:016x}", fnv1a(bytes, 0)))
                };
                (format!("{scheme}://{host}{}", uri.path()), body)
            }
            None => (uri.to_string(), Content::of(bytes, redaction)),
        };
        Self {
            method: parts.method.to_string(),
            path: redaction.text(&path),
            body,
        }
    }

    /// What must be equal for a request to be the same.
    pub(super) fn key(&self) -> String {
        let mut key = format!("{} {}\n", self.method, self.path);
        match &self.body {
            Content::None => {}
            Content::Json(value) => push_sorted(&mut key, value),
            Content::Text(text) | Content::Base64(text) => key.push_str(text),
            Content::Sent(length, hash) => key.push_str(&format!("{length} {hash}")),
        }
        key
    }

    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

// Members may come in any order, and keep it or not.
fn push_sorted(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, member) in members {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                push_sorted(out, member);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(entries) => {
            out.push('[');
            for entry in entries {
                push_sorted(out, entry);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

impl Exchange {
    pub(super) fn new(
        request: Asked,
        head: &response::Parts,
        bytes: &[u8],
        redaction: &Redaction,
    ) -> Self {
        let content_type = head.headers.get(header::CONTENT_TYPE);
        let response = Answered {
            status: head.status.as_u16(),
            content_type: content_type
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: Content::of(bytes, redaction),
        };
        Self { request, response }
    }
}

impl Answered {
    pub(super) fn answer(&self) -> Result<Response<Body>> {
        let mut response = Response::new(Body::from(self.body.bytes()?));
        *response.status_mut() = StatusCode::from_u16(self.status).map_err(|error| {
            Error::new(ErrorKind::Config, "a status of the cassette is none").with_source(error)
        })?;
        if let Some(content_type) = &self.content_type
            && let Ok(value) = content_type.parse()
        {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        Ok(response)
    }
}
