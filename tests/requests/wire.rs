//! A request as it was on the wire, and its parts.

use composio_tests::{pieces::split, suite::CaseError};
use percent_encoding::percent_decode_str;

/// What a server received.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// The part's header lines.
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
}

impl Wire {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name)?;
        Some(&found.1)
    }

    pub(crate) fn media_type(&self) -> &str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's pairs as sent.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        pairs(self.target.split_once('?').map_or("", |(_, query)| query))
    }

    pub(crate) fn set_query(&mut self, pairs: &[(String, String)]) {
        let path = self.path().to_owned();
        let query = joined(pairs);
        self.target = if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        };
    }

    /// A form's pairs as sent.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    pub(crate) fn set_form(&mut self, pairs: &[(String, String)]) {
        self.body = joined(pairs).into_bytes();
    }

    /// The parts between the boundaries (RFC 2046, section 5.1).
    pub(crate) fn parts(&self) -> Option<Vec<Part>> {
        let boundary = format!("--{}", self.boundary()?);
        let mut parts = Vec::new();
        for piece in split(&self.body, boundary.as_bytes()).into_iter().skip(1) {
            if piece.starts_with(b"--") {
                return Some(parts);
            }
            let piece = piece.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
            let pieces = split(piece, b"\r\n\r\n");
            let head = String::from_utf8(pieces.first()?.to_vec()).ok()?;
            let content = piece.get(head.len() + 4..)?.to_vec();
            let name = head.split("; name=\"").nth(1)?.split('"').next()?;
            parts.push(Part {
                name: name.to_owned(),
                content,
                head,
            });
        }
        None
    }

    pub(crate) fn set_parts(&mut self, parts: &[Part]) {
        let boundary = self.boundary().unwrap_or_default().to_owned();
        self.body.clear();
        for part in parts {
            let head = format!("--{boundary}\r\n{}\r\n\r\n", part.head);
            self.body.extend(head.bytes());
            self.body.extend(&part.content);
            self.body.extend(b"\r\n");
        }
        self.body.extend(format!("--{boundary}--\r\n").bytes());
    }

    fn boundary(&self) -> Option<&str> {
        let value = self.header("content-type")?;
        Some(value.split("boundary=").nth(1)?.trim_matches('"'))
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn joined(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// Undoes percent-encoding (RFC 3986, section 2.1).
pub(crate) fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// A failure of a case.
pub(crate) fn failed(why: impl std::fmt::Display) -> CaseError {
    CaseError::failed(&why.to_string())
}
