use composio_catalog::{Argument, Location, ToolPlan};
use composio_core::{Error, ErrorKind, Result};
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{
    body::Member,
    headers::{header_name, header_value},
    style::{self, Pair},
};

/// A tool's arguments, each in its place and in its spelling.
#[derive(Default)]
pub(super) struct Placed<'a> {
    /// Placeholders of the path with their encoded values.
    pub(super) path: Vec<(&'a str, String)>,
    pub(super) query: Vec<Pair>,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<Pair>,
    pub(super) members: Vec<Member<'a>>,
    /// The argument that is the whole body.
    pub(super) whole: Option<Value>,
}

/// Places `arguments`; `is_supplied` says what the request gets from elsewhere, so that it is not missed.
pub(super) fn place<'a>(
    plan: &'a ToolPlan,
    mut arguments: Map<String, Value>,
    is_supplied: impl Fn(&Argument) -> bool,
) -> Result<Placed<'a>> {
    let mut placed = Placed::default();
    let mut missing = Vec::new();
    for argument in &plan.arguments {
        let value = arguments
            .remove(&argument.name)
            .or_else(|| argument.default.clone());
        match value.filter(|value| !is_left_out(argument, value)) {
            Some(value) => placed.put(plan, argument, value)?,
            None if argument.required && !is_supplied(argument) => missing.push(&*argument.name),
            None => {}
        }
    }
    if !arguments.is_empty() {
        return Err(unknown(plan, &arguments));
    }
    if !missing.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{} needs {}", plan.slug, missing.join(", ")),
        ));
    }
    Ok(placed)
}

/// Outside the body, a `null` is nothing, and so is an optional argument that is empty; inside it both mean something.
fn is_left_out(argument: &Argument, value: &Value) -> bool {
    let is_empty = || match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    argument.location != Location::Body && (value.is_null() || (!argument.required && is_empty()))
}

fn unknown(plan: &ToolPlan, arguments: &Map<String, Value>) -> Error {
    let names: Vec<String> = arguments
        .keys()
        .take(5)
        .map(|name| name.chars().take(64).collect())
        .collect();
    Error::new(
        ErrorKind::InvalidInput,
        format!("{} has no argument named {}", plan.slug, names.join(", ")),
    )
    .with_slug("Tool_InvalidArguments")
}

impl<'a> Placed<'a> {
    fn put(&mut self, plan: &ToolPlan, argument: &'a Argument, value: Value) -> Result<()> {
        let name = &*argument.wire_name;
        let value = match &argument.media_type {
            Some(media_type) if argument.location != Location::Body => {
                style::content_text(media_type, &value).into_owned().into()
            }
            _ => value,
        };
        match argument.location {
            Location::Path => self.path.push((name, style::path_text(argument, &value)?)),
            Location::Query => self
                .query
                .extend(style::pairs(name, argument.into(), &value)),
            Location::Cookie => self
                .cookies
                .extend(style::pairs(name, argument.into(), &value)),
            Location::Header => {
                let text = style::header_text(&value, argument.explode);
                let value = header_value(&argument.name, &text, ErrorKind::InvalidInput)?;
                self.headers
                    .insert(header_name(name, ErrorKind::Config)?, value);
            }
            Location::Body => {
                let whole = plan.body.as_ref().and_then(|body| body.whole.as_deref());
                if whole == Some(&*argument.name) {
                    self.whole = Some(value);
                } else {
                    self.members.push(Member {
                        name: argument.wire_name.clone(),
                        value,
                        argument: Some(argument),
                    });
                }
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::NotSupported,
                    format!("this engine cannot place {}", argument.name),
                ));
            }
        }
        Ok(())
    }
}
