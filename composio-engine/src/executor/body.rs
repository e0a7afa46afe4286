//! The body of a request: JSON, form, multipart, text or bytes.

use std::{borrow::Cow, collections::HashMap};

use bytes::Bytes;
use composio_catalog::{Argument, BodyEncoding, BodyPlan, Location, Style, ToolPlan};
use composio_core::{Error, ErrorKind, Result};
use http::HeaderValue;
use serde_json::{Map, Value};

use super::{
    headers::header_value,
    payload::{self, Payload},
    style::{self, Spread},
};
use crate::files::Content;

/// One member of a body, with the argument that says how it is written; members from elsewhere have none.
pub(super) struct Member<'a> {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) argument: Option<&'a Argument>,
}

/// A body and its media type.
pub(super) struct Encoded {
    pub(super) payload: Payload,
    pub(super) media_type: HeaderValue,
}

/// The files that arguments name, by key.
pub(super) type Files = HashMap<String, Content>;

/// Encodes `members`, or the one that is the whole body.
pub(super) fn encode(
    plan: &BodyPlan,
    members: Vec<Member<'_>>,
    whole: Option<Value>,
    files: &Files,
) -> Result<Encoded> {
    match plan.encoding {
        BodyEncoding::Json => {
            let value = whole.unwrap_or_else(|| Value::Object(object(members)));
            Ok(Encoded {
                payload: Payload::Whole(json(&value)?),
                media_type: media_type(&plan.media_type)?,
            })
        }
        BodyEncoding::Form => Ok(Encoded {
            payload: Payload::Whole(match whole {
                // Some documents describe a form as the text that it is.
                Some(Value::String(text)) => text.into(),
                whole => form(members, whole)?.into(),
            }),
            media_type: media_type(&plan.media_type)?,
        }),
        BodyEncoding::Multipart => multipart(members, whole, files),
        BodyEncoding::Related => related(members, whole, files),
        BodyEncoding::Text => Ok(Encoded {
            payload: Payload::Whole(
                style::text_of(&whole.unwrap_or_default())
                    .into_owned()
                    .into(),
            ),
            media_type: media_type(&plan.media_type)?,
        }),
        BodyEncoding::Binary => binary(plan, whole, files),
        _ => Err(Error::new(
            ErrorKind::NotSupported,
            format!("this engine does not write bodies of {}", plan.media_type),
        )),
    }
}

/// `members` as a JSON object, where no plan says more.
pub(super) fn json_object(members: Vec<Member<'_>>) -> Result<Encoded> {
    Ok(Encoded {
        payload: Payload::Whole(json(&Value::Object(object(members)))?),
        media_type: HeaderValue::from_static("application/json"),
    })
}

fn json(value: &Value) -> Result<Bytes> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the body has no JSON form"))
}

fn object(members: Vec<Member<'_>>) -> Map<String, Value> {
    members
        .into_iter()
        .map(|member| (member.name, member.value))
        .collect()
}

fn media_type(text: &str) -> Result<HeaderValue> {
    header_value("content-type", text, ErrorKind::Config)
}

fn spread(members: Vec<Member<'_>>, whole: Option<Value>) -> Result<Vec<Member<'_>>> {
    match whole {
        None => Ok(members),
        Some(Value::Object(map)) => Ok(map
            .into_iter()
            .map(|(name, value)| Member {
                name,
                value,
                argument: None,
            })
            .chain(members)
            .collect()),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidInput,
            "the body must be an object",
        )),
    }
}

fn form(members: Vec<Member<'_>>, whole: Option<Value>) -> Result<String> {
    let mut out = String::new();
    for member in spread(members, whole)? {
        if member.value.is_null() {
            continue;
        }
        if let Some(media_type) = own_type(&member) {
            let text = style::content_text(media_type, &member.value);
            push_pairs(
                &mut out,
                &[(style::encode(&member.name), style::encode(&text))],
            );
            continue;
        }
        // `simple` is a style of paths: here it only means that nobody said.
        let styled = member
            .argument
            .filter(|argument| argument.style != Style::Simple);
        let spread = styled.map_or(Spread::FORM, Spread::from);
        push_pairs(&mut out, &style::pairs(&member.name, spread, &member.value));
    }
    Ok(out)
}

/// Appends encoded pairs with `&` and `=` between them.
pub(super) fn push_pairs(out: &mut String, pairs: &[style::Pair]) {
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// RFC 7578. A member is a file if it is an object with an `s3key`.
fn multipart(members: Vec<Member<'_>>, whole: Option<Value>, files: &Files) -> Result<Encoded> {
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

/// RFC 2387: what describes the files comes first, as JSON, then the files.
fn related(members: Vec<Member<'_>>, whole: Option<Value>, files: &Files) -> Result<Encoded> {
    let (contents, described): (Vec<_>, Vec<_>) = spread(members, whole)?
        .into_iter()
        .partition(|member| member.value.get("s3key").is_some());
    let mut parts = Multipart::new();
    parts.open(&[b"Content-Type: application/json; charset=UTF-8"]);
    parts.text.extend(json(&Value::Object(object(described)))?);
    parts.text.extend_from_slice(b"\r\n");
    for member in &contents {
        let Some(file) = file(&member.name, &member.value, files)? else {
            continue;
        };
        let media_type = file.media_type.unwrap_or("application/octet-stream");
        let value = header_value("content-type", media_type, ErrorKind::InvalidInput)?;
        parts.open(&[b"Content-Type: ", value.as_bytes()]);
        parts.flush();
        parts.parts.push(payload::Part::File(file.content));
        parts.text.extend_from_slice(b"\r\n");
    }
    parts.finish("related")
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

fn own_type<'a>(member: &Member<'a>) -> Option<&'a str> {
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
struct File<'a> {
    name: Option<&'a str>,
    media_type: Option<&'a str>,
    content: Content,
}

fn file<'a>(argument: &str, value: &'a Value, files: &Files) -> Result<Option<File<'a>>> {
    let Some(key) = value.get("s3key") else {
        return Ok(None);
    };
    let content = key.as_str().and_then(|key| files.get(key));
    let content = content.ok_or_else(|| {
        let message = format!("{argument} names no file: s3key must be the key of an upload");
        Error::new(ErrorKind::InvalidInput, message)
    })?;
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

/// The keys of the files that `arguments` name where the body of `plan` may have files.
pub(crate) fn file_keys<'a>(plan: &ToolPlan, arguments: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut keys = Vec::new();
    let Some(body) = &plan.body else {
        return keys;
    };
    if !matches!(
        body.encoding,
        BodyEncoding::Multipart | BodyEncoding::Related | BodyEncoding::Binary
    ) {
        return keys;
    }
    let of_body = plan
        .arguments
        .iter()
        .filter(|own| own.location == Location::Body);
    for argument in of_body {
        let Some(value) = arguments.get(&argument.name) else {
            continue;
        };
        push_keys(value, &mut keys);
        if body.whole.as_deref() == Some(&*argument.name)
            && let Value::Object(members) = value
        {
            members
                .values()
                .for_each(|value| push_keys(value, &mut keys));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn push_keys<'a>(value: &'a Value, keys: &mut Vec<&'a str>) {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    keys.extend(items.iter().filter_map(|item| item.get("s3key")?.as_str()));
}

fn binary(plan: &BodyPlan, whole: Option<Value>, files: &Files) -> Result<Encoded> {
    let argument = plan.whole.as_deref().unwrap_or("the body");
    let value = whole.unwrap_or_default();
    let file = file(argument, &value, files)?;
    if file.is_none() && !value.is_null() {
        let message = format!("{argument} must be a file: an object with name, mimetype and s3key");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let given = file.as_ref().and_then(|file| file.media_type);
    // `*/*` and `image/*` leave the choice to whoever sends.
    let media_type = match given {
        Some(given) if plan.media_type.contains('*') => {
            header_value("content-type", given, ErrorKind::InvalidInput)?
        }
        _ if plan.media_type.contains('*') => HeaderValue::from_static("application/octet-stream"),
        _ => media_type(&plan.media_type)?,
    };
    let payload = file.map_or_else(
        || Payload::Whole(Bytes::new()),
        |file| Payload::of(vec![payload::Part::File(file.content)]),
    );
    Ok(Encoded {
        payload,
        media_type,
    })
}
