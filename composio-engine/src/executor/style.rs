//! How arguments are written: the styles of OpenAPI 3.1, section 4.8.12.3, over RFC 3986's characters.

use std::borrow::Cow;

use composio_catalog::{Argument, Style};
use composio_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Everything but RFC 3986's unreserved characters.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What a path segment may hold unencoded, for values that the toolkit's own templates place.
const SEGMENT: &AsciiSet = &STRICT.remove(b':').remove(b'@');
/// Reserved characters that do not end a path.
const RESERVED_PATH: &AsciiSet = &SEGMENT
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');
/// Reserved characters that do not end a query parameter.
const RESERVED_QUERY: &AsciiSet = &SEGMENT
    .remove(b'/')
    .remove(b'?')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';');

/// Percent-encodes everything but unreserved characters.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, STRICT).collect()
}

/// One path segment from a connection's field: not empty, not a dot segment.
pub(super) fn path_segment(name: &str, value: &str) -> Result<String> {
    if matches!(value, "" | "." | "..") {
        return Err(not_a_segment(name));
    }
    Ok(utf8_percent_encode(value, SEGMENT).collect())
}

/// A path argument. Empty values and dot segments are refused: they would address something else.
pub(super) fn path_text(argument: &Argument, value: &Value) -> Result<String> {
    let set = if argument.allow_reserved {
        RESERVED_PATH
    } else {
        STRICT
    };
    let one = |value: &Value| -> Result<String> {
        let text = text_of(value);
        let bad = if argument.allow_reserved {
            text.split('/')
                .any(|segment| matches!(segment, "" | "." | ".."))
        } else {
            matches!(&*text, "" | "." | "..")
        };
        if bad {
            return Err(not_a_segment(&argument.name));
        }
        Ok(utf8_percent_encode(&text, set).collect())
    };
    let name = encode(&argument.wire_name);
    let (prefix, between) = match (argument.style, argument.explode) {
        (Style::Label, true) => (".", "."),
        (Style::Label, false) => (".", ","),
        (Style::Matrix, true) => (";", ";"),
        (Style::Matrix, false) => (";", ","),
        _ => ("", ","),
    };
    let matrix = argument.style == Style::Matrix;
    let body = match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| {
                let text = one(item)?;
                Ok(if matrix && argument.explode {
                    format!("{name}={text}")
                } else {
                    text
                })
            });
            join(items, between)?
        }
        Value::Object(members) => {
            let pair = if argument.explode { "=" } else { "," };
            let members = members
                .iter()
                .map(|(key, value)| Ok(format!("{}{pair}{}", encode(key), one(value)?)));
            join(members, between)?
        }
        scalar => one(scalar)?,
    };
    if body.is_empty() {
        return Err(not_a_segment(&argument.name));
    }
    let named = matrix && !(argument.explode && (value.is_array() || value.is_object()));
    Ok(if named {
        format!("{prefix}{name}={body}")
    } else {
        format!("{prefix}{body}")
    })
}

fn join(parts: impl Iterator<Item = Result<String>>, between: &str) -> Result<String> {
    Ok(parts.collect::<Result<Vec<_>>>()?.join(between))
}

fn not_a_segment(name: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("{name} becomes part of the path: it must not be empty, \".\" or \"..\""),
    )
}

/// Name and value of a query parameter, form member or cookie, both encoded.
pub(super) type Pair = (String, String);

/// How a parameter is spread over pairs.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    style: Style,
    explode: bool,
    allow_reserved: bool,
}

impl Spread {
    /// What forms do unless told otherwise.
    pub(super) const FORM: Self = Self {
        style: Style::Form,
        explode: true,
        allow_reserved: false,
    };
    /// Names with brackets, for what is nested.
    pub(super) const DEEP: Self = Self {
        style: Style::DeepObject,
        ..Self::FORM
    };
}

impl From<&Argument> for Spread {
    fn from(argument: &Argument) -> Self {
        let Argument {
            style,
            explode,
            allow_reserved,
            ..
        } = *argument;
        Self {
            style,
            explode,
            allow_reserved,
        }
    }
}

/// The pairs of a query, form or cookie parameter.
pub(super) fn pairs(name: &str, spread: Spread, value: &Value) -> Vec<Pair> {
    let set = if spread.allow_reserved {
        RESERVED_QUERY
    } else {
        STRICT
    };
    let text = |value: &Value| utf8_percent_encode(&text_of(value), set).collect::<String>();
    if spread.style == Style::DeepObject && (value.is_object() || value.is_array()) {
        let mut out = Vec::new();
        deep(name, value, &text, &mut out);
        return out;
    }
    let name = encode(name);
    let between = match spread.style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    match value {
        Value::Array(items) if spread.explode => items
            .iter()
            .map(|item| (name.clone(), text(item)))
            .collect(),
        Value::Array(items) if items.is_empty() => Vec::new(),
        Value::Array(items) => {
            vec![(
                name,
                items.iter().map(text).collect::<Vec<_>>().join(between),
            )]
        }
        Value::Object(members) if spread.explode => members
            .iter()
            .flat_map(|(key, value)| {
                entries(value)
                    .iter()
                    .map(|entry| (encode(key), text(entry)))
            })
            .collect(),
        Value::Object(members) if members.is_empty() => Vec::new(),
        Value::Object(members) => {
            let flat: Vec<String> = members
                .iter()
                .flat_map(|(key, value)| [encode(key), text(value)])
                .collect();
            vec![(name, flat.join(between))]
        }
        scalar => vec![(name, text(scalar))],
    }
}

/// The entries of a list of plain values, else the value alone. How a list inside an exploded object is written OpenAPI
/// leaves open before 3.2, where a whole query repeats its name.
fn entries(value: &Value) -> &[Value] {
    let is_plain = |entry: &Value| !entry.is_object() && !entry.is_array();
    match value {
        Value::Array(items) if items.iter().all(is_plain) => items,
        one => std::slice::from_ref(one),
    }
}

// OpenAPI leaves deeper levels and arrays open; brackets and indices are what servers read.
fn deep(name: &str, value: &Value, text: &impl Fn(&Value) -> String, out: &mut Vec<Pair>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                deep(&format!("{name}[{key}]"), value, text, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                deep(&format!("{name}[{index}]"), item, text, out);
            }
        }
        scalar => out.push((encode(name), text(scalar))),
    }
}

/// A header argument: the simple style, without percent-encoding.
pub(super) fn header_text(value: &Value, explode: bool) -> String {
    let pair = |(key, value): (&String, &Value)| {
        format!("{key}{}{}", if explode { "=" } else { "," }, text_of(value))
    };
    let members = |members: &Map<String, Value>| members.iter().map(pair).collect::<Vec<_>>();
    match value {
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        Value::Object(map) => members(map).join(","),
        scalar => text_of(scalar).into_owned(),
    }
}

/// A value as text: texts as they are, `null` as nothing, what is nested as JSON.
pub(super) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// A value written in a media type of its own, in place of a style.
pub(super) fn content_text<'v>(media_type: &str, value: &'v Value) -> Cow<'v, str> {
    if media_type.contains("json") {
        Cow::Owned(value.to_string())
    } else {
        text_of(value)
    }
}
