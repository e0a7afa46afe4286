//! A request as it was on the wire, and its parts.

use base64::{Engine as _, prelude::BASE64_URL_SAFE};
use composio_tests::pieces::split;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::table::{Expected, PartOf};

/// What every file that is sent holds: bytes that no text has, and what a boundary might trip over.
pub(crate) const FILE: &[u8] = b"n7\r\n-\x00\xff\xfe--\r\n";

/// What a vendor received.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    pub(crate) method: String,
    /// Encoded, as it was sent.
    pub(crate) path: String,
    /// Decoded; a name that came more than once has a list.
    pub(crate) query: Map<String, Value>,
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
}

/// One part of a `multipart/related` body.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) media_type: String,
    pub(crate) content: Vec<u8>,
}

/// The pairs of a query or form; a name that comes more than once has a list.
pub(crate) fn pairs(text: &[u8]) -> Map<String, Value> {
    let mut found: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(text) {
        match found.get_mut(&*name) {
            None => drop(found.insert(name.into_owned(), value.into())),
            Some(Value::Array(list)) => list.push(value.into()),
            Some(one) => *one = Value::Array(vec![one.take(), value.into()]),
        }
    }
    found
}

impl Wire {
    pub(crate) fn target(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn essence(&self) -> &str {
        self.media_type.split(';').next().unwrap_or_default().trim()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The parts between the boundaries (RFC 2046, 5.1).
    pub(crate) fn parts(&self) -> Option<Vec<Part>> {
        let boundary = self.media_type.split("boundary=").nth(1)?;
        let boundary = format!("--{}", boundary.trim_matches('"'));
        let mut parts = Vec::new();
        let mut pieces = split(&self.body, boundary.as_bytes()).into_iter();
        pieces.next()?;
        for piece in pieces {
            if piece.starts_with(b"--") {
                return Some(parts);
            }
            let piece = piece.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
            let head = split(piece, b"\r\n\r\n").first()?.to_vec();
            let content = piece.get(head.len() + 4..)?.to_vec();
            let head = String::from_utf8(head).ok()?;
            let media_type = head.strip_prefix("Content-Type: ")?.to_owned();
            parts.push(Part {
                media_type,
                content,
            });
        }
        None
    }

    /// What of it is not as `expected`.
    pub(crate) fn check(&self, expected: &Expected) -> Result<(), String> {
        if self.query != expected.query {
            return Err(format!("the query is {:?}", self.query));
        }
        if let Some(form) = &expected.form {
            return same(&pairs(&self.body).into(), &form.clone().into())
                .and_then(|()| self.is_of("application/x-www-form-urlencoded"));
        }
        if let Some(parts) = &expected.parts {
            return self.check_parts(parts);
        }
        if let Some(variables) = &expected.variables {
            return same(&self.json()["variables"], variables);
        }
        let Some(json) = &expected.json else {
            return match self.body.is_empty() {
                true => Ok(()),
                false => Err(format!(
                    "it has a body: {}",
                    String::from_utf8_lossy(&self.body)
                )),
            };
        };
        self.is_of("application/json")?;
        let mut sent = self.json();
        if let Some(raw) = raw_mail(&mut sent) {
            let mail = BASE64_URL_SAFE
                .decode(&raw)
                .map_err(|error| error.to_string())?;
            let mail = String::from_utf8(mail).map_err(|error| error.to_string())?;
            holds(&mail, &expected.mail)?;
        }
        same(&sent, json)
    }

    fn is_of(&self, media_type: &str) -> Result<(), String> {
        match self.essence() == media_type {
            true => Ok(()),
            false => Err(format!("it is {}", self.media_type)),
        }
    }

    fn check_parts(&self, expected: &[PartOf]) -> Result<(), String> {
        self.is_of("multipart/related")?;
        let parts = self.parts().ok_or("its parts cannot be told")?;
        if parts.len() != expected.len() {
            return Err(format!("it has {} parts", parts.len()));
        }
        for (part, expected) in parts.iter().zip(expected) {
            if part.media_type != expected.media_type {
                return Err(format!("a part is {}", part.media_type));
            }
            if let Some(json) = &expected.json {
                same(
                    &serde_json::from_slice(&part.content).unwrap_or_default(),
                    json,
                )?;
            }
            if expected.file && part.content != FILE {
                return Err("a part is not the file".to_owned());
            }
            holds(&String::from_utf8_lossy(&part.content), &expected.has)?;
        }
        Ok(())
    }
}

/// Takes the message out of a body of Gmail's and leaves a mark.
fn raw_mail(body: &mut Value) -> Option<String> {
    let place = match body.pointer("/raw").is_some() {
        true => "/raw",
        false => "/message/raw",
    };
    let raw = body.pointer_mut(place)?;
    let mail = raw.as_str()?.to_owned();
    *raw = "$mail".into();
    Some(mail)
}

fn same(sent: &Value, expected: &Value) -> Result<(), String> {
    match sent == expected {
        true => Ok(()),
        false => Err(format!("it is {sent}")),
    }
}

fn holds(text: &str, lines: &[String]) -> Result<(), String> {
    match lines.iter().find(|line| !text.contains(line.as_str())) {
        None => Ok(()),
        Some(line) => Err(format!("{line:?} is not in {text}")),
    }
}
