//! The body of a request: JSON, form, multipart, text or bytes.

use std::collections::HashMap;

use bytes::Bytes;
use composio_catalog::{Argument, BodyEncoding, BodyPlan, Location, Style, ToolPlan};
use composio_core::{Error, ErrorKind, Result};
use http::HeaderValue;
use serde_json::{Map, Value};

use super::{
    headers::header_value,
    multipart::{file, multipart, own_type, related},
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

pub(super) fn json(value: &Value) -> Result<Bytes> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the body has no JSON form"))
}

pub(super) fn object(members: Vec<Member<'_>>) -> Map<String, Value> {
    members
        .into_iter()
        .map(|member| (member.name, member.value))
        .collect()
}

pub(super) fn media_type(text: &str) -> Result<HeaderValue> {
    header_value("content-type", text, ErrorKind::Config)
}

pub(super) fn spread(members: Vec<Member<'_>>, whole: Option<Value>) -> Result<Vec<Member<'_>>> {
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
        let spread = match styled {
            Some(argument) => argument.into(),
            None if member.argument.is_none() && is_deep(&member.value) => Spread::DEEP,
            None => Spread::FORM,
        };
        push_pairs(&mut out, &style::pairs(&member.name, spread, &member.value));
    }
    Ok(out)
}

/// Whether pairs of one level cannot hold it.
fn is_deep(value: &Value) -> bool {
    let is_nested = |value: &Value| value.is_object() || value.is_array();
    value.is_object()
        || value
            .as_array()
            .is_some_and(|items| items.iter().any(is_nested))
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

/// The keys of the files that the arguments `names` name.
pub(crate) fn named_files<'a>(names: &[String], arguments: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut keys = Vec::new();
    let given = names.iter().filter_map(|name| arguments.get(name));
    given.for_each(|value| push_keys(value, &mut keys));
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
