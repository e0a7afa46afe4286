//! The body of a request: JSON, form, multipart, text or bytes.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use composio_catalog::{Argument, BodyEncoding, BodyPlan, Style};
use composio_core::{Error, ErrorKind, Result};
use http::HeaderValue;
use serde_json::{Map, Value};

use super::{
    headers::header_value,
    style::{self, Spread},
};

/// One member of a body, with the argument that says how it is written; members from elsewhere have none.
pub(super) struct Member<'a> {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) argument: Option<&'a Argument>,
}

/// A body and its media type.
pub(super) struct Encoded {
    pub(super) bytes: Bytes,
    pub(super) media_type: HeaderValue,
}

/// Encodes `members`, or the one that is the whole body.
pub(super) fn encode(
    plan: &BodyPlan,
    members: Vec<Member<'_>>,
    whole: Option<Value>,
) -> Result<Encoded> {
    match plan.encoding {
        BodyEncoding::Json => {
            let value = whole.unwrap_or_else(|| Value::Object(object(members)));
            Ok(Encoded {
                bytes: json(&value)?,
                media_type: media_type(&plan.media_type)?,
            })
        }
        BodyEncoding::Form => Ok(Encoded {
            bytes: form(members, whole)?.into(),
            media_type: media_type(&plan.media_type)?,
        }),
        BodyEncoding::Multipart => multipart(members, whole),
        BodyEncoding::Text => Ok(Encoded {
            bytes: style::text_of(&whole.unwrap_or_default())
                .into_owned()
                .into(),
            media_type: media_type(&plan.media_type)?,
        }),
        BodyEncoding::Binary => binary(plan, whole),
        _ => Err(Error::new(
            ErrorKind::NotSupported,
            format!("this engine does not write bodies of {}", plan.media_type),
        )),
    }
}

/// `members` as a JSON object, where no plan says more.
pub(super) fn json_object(members: Vec<Member<'_>>) -> Result<Encoded> {
    Ok(Encoded {
        bytes: json(&Value::Object(object(members)))?,
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

/// RFC 7578. A member is a file if it is an object with `content_base64`, as binary answers are.
fn multipart(members: Vec<Member<'_>>, whole: Option<Value>) -> Result<Encoded> {
    let boundary = format!("composio-{:032x}", rand::random::<u128>());
    let mut out = Vec::new();
    for member in spread(members, whole)? {
        let own_type = own_type(&member);
        match &member.value {
            Value::Null => {}
            Value::Array(items) if own_type.is_none() => {
                for item in items {
                    Part::of(&member.name, item, None)?.write(&boundary, &member.name, &mut out)?;
                }
            }
            value => {
                Part::of(&member.name, value, own_type)?.write(&boundary, &member.name, &mut out)?
            }
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Encoded {
        bytes: out.into(),
        media_type: media_type(&format!("multipart/form-data; boundary={boundary}"))?,
    })
}

fn own_type<'a>(member: &Member<'a>) -> Option<&'a str> {
    member
        .argument
        .and_then(|argument| argument.media_type.as_deref())
}

struct Part<'a> {
    file_name: Option<&'a str>,
    media_type: Option<&'a str>,
    content: Cow<'a, [u8]>,
}

impl<'a> Part<'a> {
    fn of(name: &str, value: &'a Value, own_type: Option<&'a str>) -> Result<Self> {
        if let Some(File {
            name,
            media_type,
            bytes,
        }) = file(name, value)?
        {
            return Ok(Self {
                file_name: Some(name.unwrap_or("file")),
                media_type: Some(
                    media_type
                        .or(own_type)
                        .unwrap_or("application/octet-stream"),
                ),
                content: bytes.into(),
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
            content,
        })
    }

    fn write(&self, boundary: &str, name: &str, out: &mut Vec<u8>) -> Result<()> {
        let name = quoted(name);
        out.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if let Some(file_name) = self.file_name {
            out.extend_from_slice(format!("; filename=\"{}\"", quoted(file_name)).as_bytes());
        }
        if let Some(media_type) = self.media_type {
            let value = header_value("content-type", media_type, ErrorKind::InvalidInput)?;
            out.extend_from_slice(b"\r\nContent-Type: ");
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&self.content);
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

/// A name inside quotes, as the WHATWG's form submission writes it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

struct File<'a> {
    name: Option<&'a str>,
    media_type: Option<&'a str>,
    bytes: Vec<u8>,
}

fn file<'a>(argument: &str, value: &'a Value) -> Result<Option<File<'a>>> {
    let Some(content) = value.get("content_base64") else {
        return Ok(None);
    };
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Ok(Some(File {
        name: text("name"),
        media_type: text("media_type"),
        bytes: decode(argument, content)?,
    }))
}

fn decode(argument: &str, content: &Value) -> Result<Vec<u8>> {
    content
        .as_str()
        .and_then(|text| BASE64_STANDARD.decode(text).ok())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("{argument} must be bytes in base64"),
            )
        })
}

fn binary(plan: &BodyPlan, whole: Option<Value>) -> Result<Encoded> {
    let argument = plan.whole.as_deref().unwrap_or("the body");
    let value = whole.unwrap_or_else(|| "".into());
    let (bytes, given) = match file(argument, &value)? {
        Some(file) => (file.bytes, file.media_type),
        None => (decode(argument, &value)?, None),
    };
    // `*/*` and `image/*` leave the choice to whoever sends.
    let media_type = match given {
        Some(given) if plan.media_type.contains('*') => {
            header_value("content-type", given, ErrorKind::InvalidInput)?
        }
        _ if plan.media_type.contains('*') => HeaderValue::from_static("application/octet-stream"),
        _ => media_type(&plan.media_type)?,
    };
    Ok(Encoded {
        bytes: bytes.into(),
        media_type,
    })
}
