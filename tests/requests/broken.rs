//! Copies of a request that leave out what is required, or hold what is of another type.

use composio_catalog::{Argument, BodyEncoding, Location, Style, ToolPlan};
use serde_json::{Map, Value, json};

use crate::wire::{Wire, decoded};

/// More copies of one request say nothing new.
const COPIES: usize = 6;

/// A copy, and what was done to it.
pub(crate) struct Broken {
    pub(crate) what: String,
    pub(crate) wire: Wire,
}

/// Copies of `wire`, the request that `plan` makes of `given`.
pub(crate) fn copies(plan: &ToolPlan, given: &Map<String, Value>, wire: &Wire) -> Vec<Broken> {
    let mut copies = Vec::new();
    for argument in &plan.arguments {
        let Some(value) = given.get(&argument.name) else {
            continue;
        };
        let is_whole = is_whole(plan, argument);
        if argument.required && argument.location != Location::Path {
            let mut copy = wire.clone();
            remove(&mut copy, plan, argument, value, is_whole);
            push(
                &mut copies,
                format!("without {}", argument.name),
                copy,
                wire,
            );
        }
        let mut copy = wire.clone();
        spoil(&mut copy, plan, argument, value, is_whole);
        push(
            &mut copies,
            format!("with a broken {}", argument.name),
            copy,
            wire,
        );
    }
    copies.truncate(COPIES);
    copies
}

fn push(copies: &mut Vec<Broken>, what: String, copy: Wire, wire: &Wire) {
    let is_same =
        copy.target == wire.target && copy.body == wire.body && copy.headers == wire.headers;
    if !is_same {
        copies.push(Broken { what, wire: copy });
    }
}

fn is_whole(plan: &ToolPlan, argument: &Argument) -> bool {
    let whole = plan.body.as_ref().and_then(|body| body.whole.as_deref());
    argument.location == Location::Body && whole == Some(&*argument.name)
}

/// Whether a pair of a query or form is the argument's.
fn is_of(argument: &Argument, value: &Value, name: &str) -> bool {
    let Some(name) = decoded(name) else {
        return false;
    };
    let own = &*argument.wire_name;
    let is_member = argument.style == Style::Form && argument.explode && value.get(&name).is_some();
    name == own || name.starts_with(&format!("{own}[")) || is_member
}

fn remove(wire: &mut Wire, plan: &ToolPlan, argument: &Argument, value: &Value, is_whole: bool) {
    match argument.location {
        Location::Query => {
            let mut pairs = wire.query();
            pairs.retain(|(name, _)| !is_of(argument, value, name));
            wire.set_query(&pairs);
        }
        Location::Header => {
            let own = argument.wire_name.to_lowercase();
            wire.headers.retain(|(name, _)| *name != own);
        }
        Location::Cookie => {
            let own = format!("{}=", argument.wire_name);
            cookies(wire, |cookie| {
                (!cookie.starts_with(&own)).then(|| cookie.to_owned())
            });
        }
        Location::Body if is_whole => {
            wire.body.clear();
            wire.headers.retain(|(name, _)| name != "content-type");
        }
        Location::Body => remove_member(wire, plan, argument, value),
        _ => {}
    }
}

fn remove_member(wire: &mut Wire, plan: &ToolPlan, argument: &Argument, value: &Value) {
    match plan.body.as_ref().map(|body| body.encoding) {
        Some(BodyEncoding::Json) => {
            let mut body: Value = serde_json::from_slice(&wire.body).unwrap();
            body.as_object_mut().unwrap().remove(&argument.wire_name);
            wire.body = body.to_string().into_bytes();
        }
        Some(BodyEncoding::Form) => {
            let mut pairs = wire.form();
            pairs.retain(|(name, _)| !is_of(argument, value, name));
            wire.set_form(&pairs);
        }
        Some(BodyEncoding::Multipart) => {
            let mut parts = wire.parts().unwrap();
            parts.retain(|part| part.name != argument.wire_name);
            wire.set_parts(&parts);
        }
        _ => {}
    }
}

fn spoil(wire: &mut Wire, plan: &ToolPlan, argument: &Argument, value: &Value, is_whole: bool) {
    match argument.location {
        Location::Path => {
            if let Some(path) = spoilt_path(&plan.path, wire.path(), &argument.wire_name) {
                let query = wire
                    .target
                    .split_once('?')
                    .map(|(_, query)| query.to_owned());
                wire.target = query.map_or(path.clone(), |query| format!("{path}?{query}"));
            }
        }
        Location::Query => {
            let mut pairs = wire.query();
            for (_, text) in pairs
                .iter_mut()
                .filter(|(name, _)| is_of(argument, value, name))
            {
                *text = spoilt(text);
            }
            wire.set_query(&pairs);
        }
        Location::Header => {
            let own = argument.wire_name.to_lowercase();
            for (_, text) in wire.headers.iter_mut().filter(|(name, _)| *name == own) {
                *text = spoilt(text);
            }
        }
        Location::Cookie => {
            let own = format!("{}=", argument.wire_name);
            cookies(wire, |cookie| {
                let is_own = cookie.starts_with(&own);
                Some(if is_own {
                    spoilt(cookie)
                } else {
                    cookie.to_owned()
                })
            });
        }
        Location::Body => spoil_body(wire, plan, argument, value, is_whole),
        _ => {}
    }
}

fn spoil_body(
    wire: &mut Wire,
    plan: &ToolPlan,
    argument: &Argument,
    value: &Value,
    is_whole: bool,
) {
    let of_another_type = if value.is_object() {
        json!("broken")
    } else {
        json!({"broken": true})
    };
    match plan.body.as_ref().map(|body| body.encoding) {
        Some(BodyEncoding::Json) if is_whole => {
            wire.body = of_another_type.to_string().into_bytes()
        }
        Some(BodyEncoding::Json) => {
            let mut body: Value = serde_json::from_slice(&wire.body).unwrap();
            body[&argument.wire_name] = of_another_type;
            wire.body = body.to_string().into_bytes();
        }
        Some(BodyEncoding::Form) => {
            let mut pairs = wire.form();
            for (_, text) in pairs
                .iter_mut()
                .filter(|(name, _)| is_of(argument, value, name))
            {
                *text = spoilt(text);
            }
            wire.set_form(&pairs);
        }
        Some(BodyEncoding::Multipart) => {
            let mut parts = wire.parts().unwrap();
            for part in parts
                .iter_mut()
                .filter(|part| part.name == argument.wire_name)
            {
                if let Ok(text) = String::from_utf8(part.content.clone()) {
                    part.content = spoilt(&text).into_bytes();
                }
            }
            wire.set_parts(&parts);
        }
        // XML is a text here: whether its elements are right is between the model and the vendor.
        Some(BodyEncoding::Text) if !wire.media_type().ends_with("xml") => {
            let text = String::from_utf8_lossy(&wire.body).into_owned();
            wire.body = spoilt(&text).into_bytes();
        }
        _ => {}
    }
}

fn cookies(wire: &mut Wire, keep: impl Fn(&str) -> Option<String>) {
    for (_, value) in wire.headers.iter_mut().filter(|(name, _)| name == "cookie") {
        let kept: Vec<String> = value.split("; ").filter_map(&keep).collect();
        *value = kept.join("; ");
    }
    wire.headers
        .retain(|(name, value)| name != "cookie" || !value.is_empty());
}

/// The text with letters where digits and flags were.
fn spoilt(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        // What a percent sign escapes stays.
        if letter == '%' && rest.len() >= 3 {
            out.push_str(&rest[..3]);
            rest = &rest[3..];
            continue;
        }
        if letter.is_ascii_digit() {
            out.push_str("broken");
        } else {
            out.push(letter);
        }
        rest = &rest[letter.len_utf8()..];
    }
    out.replace("true", "broken").replace("false", "broken")
}

fn spoilt_path(template: &str, path: &str, name: &str) -> Option<String> {
    let value = in_path(template, path, name)?;
    let at = value.as_ptr() as usize - path.as_ptr() as usize;
    Some(format!(
        "{}{}{}",
        &path[..at],
        spoilt(value),
        &path[at + value.len()..]
    ))
}

/// What stands in `path` where `template` has `{name}`.
pub(crate) fn in_path<'p>(template: &str, path: &'p str, name: &str) -> Option<&'p str> {
    let (mut template, mut path) = (template, path);
    while let Some((literal, behind)) = template.split_once('{') {
        let (own, rest) = behind.split_once('}')?;
        path = path.strip_prefix(literal)?;
        let next = rest.split('{').next().unwrap_or_default();
        let end = if next.is_empty() {
            path.len()
        } else {
            path.find(next)?
        };
        if own == name {
            return Some(&path[..end]);
        }
        path = &path[end..];
        template = rest;
    }
    None
}
