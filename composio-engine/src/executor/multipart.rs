//! Bodies of several parts: forms with files, and what Google's uploads take.

use std::borrow::Cow;

use composio_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::{
    body::{Encoded, Files, Member, json, media_type, object, spread},
    headers::header_value,
    mail::{self, Piece},
    payload::{self, Payload},
    style,
};
use crate::files::Content;

/// RFC 7578. A member is a file if it is an object with an `s3key`.
pub(super) fn multipart(
    members: Vec<Member<'_>>,
    whole: Option<Value>,
    files: &Files,
) -> Result<Encoded> {
    let mut form = Multipart::new();
    for member in spread(members, whole)? {
        let own_type = own_type(&member);
        match &member.value {
            Value::Null => {}
            Value::Array(items) if own_type.is_none() => {
                for item in items {
                    form.push(&member.name, Part::of(&member.name, item, None, files)?)?;
                }
            }
            value => form.push(
                &member.name,
                Part::of(&member.name, value, own_type, files)?,
            )?,
        }
    }
    form.finish("form-data")
}

/// RFC 2387: what describes the parts comes first, as JSON, then the parts.
pub(super) fn related(
    members: Vec<Member<'_>>,
    whole: Option<Value>,
    files: &Files,
) -> Result<Encoded> {
    let (contents, described): (Vec<_>, Vec<_>) =
        spread(members, whole)?.into_iter().partition(is_part);
    let mut parts = Multipart::new();
    parts.open(&[b"Content-Type: application/json; charset=UTF-8"]);
    parts.text.extend(json(&Value::Object(object(described)))?);
    parts.text.extend_from_slice(b"\r\n");
    for member in &contents {
        if let Some(file) = file(&member.name, &member.value, files)? {
            parts.open_as(file.media_type.unwrap_or("application/octet-stream"))?;
            parts.flush();
            parts.parts.push(payload::Part::File(file.content));
        } else if let Some(mail) = member.value.get("mail") {
            parts.open_as("message/rfc822")?;
            parts.push_mail(mail, files)?;
        } else {
            let text = |name: &str| member.value.get(name).and_then(Value::as_str);
            parts.open_as(text("mimetype").unwrap_or("text/plain"))?;
            let text = text("text").unwrap_or_default();
            parts.text.extend_from_slice(text.as_bytes());
        }
        parts.text.extend_from_slice(b"\r\n");
    }
    parts.finish("related")
}

/// Whether a member is a part of its own. Texts and mails are only what a step says: an argument may look like one.
fn is_part(member: &Member<'_>) -> bool {
    let has = |name: &str| member.value.get(name).is_some();
    has("s3key") || (member.argument.is_none() && (has("mail") || (has("text") && has("mimetype"))))
}

/// A form that is being written: what is finished, and the bytes since the last file.
struct Multipart {
    boundary: String,
    parts: Vec<payload::Part>,
    text: Vec<u8>,
}

impl Multipart {
    fn new() -> Self {
        Self {
            boundary: format!("composio-{:032x}", rand::random::<u128>()),
            parts: Vec::new(),
            text: Vec::new(),
        }
    }

    fn push(&mut self, name: &str, part: Part<'_>) -> Result<()> {
        let (boundary, name) = (&self.boundary, quoted(name));
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
        if let Some(file_name) = part.file_name {
            head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
        }
        self.text.extend_from_slice(head.as_bytes());
        if let Some(media_type) = part.media_type {
            let value = header_value("content-type", media_type, ErrorKind::InvalidInput)?;
            self.text.extend_from_slice(b"\r\nContent-Type: ");
            self.text.extend_from_slice(value.as_bytes());
        }
        self.text.extend_from_slice(b"\r\n\r\n");
        match part.content {
            PartContent::Text(text) => self.text.extend_from_slice(&text),
            PartContent::File(content) => {
                self.flush();
                self.parts.push(payload::Part::File(content));
            }
        }
        self.text.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Begins a part with this head.
    fn open(&mut self, head: &[&[u8]]) {
        let line = format!("--{}\r\n", self.boundary);
        self.text.extend_from_slice(line.as_bytes());
        for piece in head {
            self.text.extend_from_slice(piece);
        }
        self.text.extend_from_slice(b"\r\n\r\n");
    }

    /// Begins a part of this media type.
    fn open_as(&mut self, media_type: &str) -> Result<()> {
        let value = header_value("content-type", media_type, ErrorKind::InvalidInput)?;
        self.open(&[b"Content-Type: ", value.as_bytes()]);
        Ok(())
    }

    /// A mail, whose files are read while it is sent.
    fn push_mail(&mut self, mail: &Value, files: &Files) -> Result<()> {
        let refused = |why: String| Error::new(ErrorKind::InvalidInput, why);
        for piece in mail::pieces(mail).map_err(refused)? {
            match piece {
                Piece::Text(text) => self.text.extend_from_slice(text.as_bytes()),
                Piece::File(key) => {
                    let content = files
                        .get(&key)
                        .ok_or_else(|| names_no_file("attachments"))?;
                    self.flush();
                    self.parts.push(payload::Part::Base64(content.clone()));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self, kind: &str) -> Result<Encoded> {
        let last = format!("--{}--\r\n", self.boundary);
        self.text.extend_from_slice(last.as_bytes());
        self.flush();
        Ok(Encoded {
            payload: Payload::of(self.parts),
            media_type: media_type(&format!("multipart/{kind}; boundary={}", self.boundary))?,
        })
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.parts.push(payload::Part::Bytes(text.into()));
    }
}

pub(super) fn own_type<'a>(member: &Member<'a>) -> Option<&'a str> {
    member
        .argument
        .and_then(|argument| argument.media_type.as_deref())
}

struct Part<'a> {
    file_name: Option<&'a str>,
    media_type: Option<&'a str>,
    content: PartContent<'a>,
}

enum PartContent<'a> {
    Text(Cow<'a, [u8]>),
    File(Content),
}

impl<'a> Part<'a> {
    fn of(name: &str, value: &'a Value, own_type: Option<&'a str>, files: &Files) -> Result<Self> {
        if let Some(file) = file(name, value, files)? {
            let media_type = file.media_type.or(own_type);
            return Ok(Self {
                file_name: Some(file.name.unwrap_or("file")),
                media_type: Some(media_type.unwrap_or("application/octet-stream")),
                content: PartContent::File(file.content),
            });
        }
        let is_nested = value.is_object() || value.is_array();
        let media_type = own_type.or(is_nested.then_some("application/json"));
        let content = match style::content_text(media_type.unwrap_or_default(), value) {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        };
        Ok(Self {
            file_name: None,
            media_type,
            content: PartContent::Text(content),
        })
    }
}

/// A name inside quotes, as the WHATWG's form submission writes it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A file of the arguments (wire reference 2.6).
pub(super) struct File<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) media_type: Option<&'a str>,
    pub(super) content: Content,
}

pub(super) fn file<'a>(
    argument: &str,
    value: &'a Value,
    files: &Files,
) -> Result<Option<File<'a>>> {
    let Some(key) = value.get("s3key") else {
        return Ok(None);
    };
    let content = key.as_str().and_then(|key| files.get(key));
    let content = content.ok_or_else(|| names_no_file(argument))?;
    let text = |name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    Ok(Some(File {
        name: text("name"),
        media_type: text("mimetype"),
        content: content.clone(),
    }))
}

fn names_no_file(argument: &str) -> Error {
    let message = format!("{argument} names no file: s3key must be the key of an upload");
    Error::new(ErrorKind::InvalidInput, message)
}
