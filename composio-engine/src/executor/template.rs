use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_core::{Error, ErrorKind, Result, Secret};
use minijinja::{Environment, UndefinedBehavior, Value};

/// The longest text a template may produce, in bytes.
const OUTPUT_BYTES: usize = 16 * 1024;
/// Instructions a template may execute, so that a loop ends.
const FUEL: u64 = 10_000;

/// What templates may use: a connection's fields, and what the call gave on top of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Values<'a> {
    pub(super) fields: Option<&'a BTreeMap<String, Secret>>,
    pub(super) given: &'a [(&'a str, &'a str)],
}

impl<'a> Values<'a> {
    /// The value of `name`; one that is empty is as good as missing.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.given
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| *value)
            .or_else(|| Some(self.fields?.get(name)?.expose()))
            .filter(|value| !value.is_empty())
    }
}

/// A piece of a plain template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Field(&'a str),
}

/// The pieces of a template that is text and `{{field}}` alone; `None` if it needs the template engine.
pub(super) fn parts(source: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = source.strip_suffix('\n').unwrap_or(source);
    while let Some(at) = rest.find('{') {
        let (text, from) = rest.split_at(at);
        if from.starts_with("{%") || from.starts_with("{#") {
            return None;
        }
        let Some(inner) = from.strip_prefix("{{") else {
            // A single brace is text.
            let (text, after) = rest.split_at(at + 1);
            parts.push(Part::Text(text));
            rest = after;
            continue;
        };
        let (field, after) = inner.split_once("}}")?;
        let field = field.trim();
        if !is_field(field) {
            return None;
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        parts.push(Part::Field(field));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Some(parts)
}

fn is_field(name: &str) -> bool {
    const WORDS: [&str; 9] = [
        "true", "false", "none", "True", "False", "None", "not", "loop", "self",
    ];
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|next| next.is_ascii_alphanumeric() || next == '_')
        && !WORDS.contains(&name)
}

/// What came of rendering.
#[derive(Debug)]
pub(super) enum Rendered {
    Text(String),
    /// Fields that the template needs and the connection has not.
    Missing(Vec<String>),
}

/// The engine for templates that are more than text and fields.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("b64encode", |text: String| BASE64_STANDARD.encode(text));
    environment
}

/// Renders `source`, named as `what` says in errors.
pub(super) fn render(
    environment: &Environment<'_>,
    what: impl FnOnce() -> String,
    source: &str,
    values: Values<'_>,
) -> Result<Rendered> {
    match parts(source) {
        Some(parts) => Ok(render_plain(&parts, values)),
        None => render_engine(environment, &what(), source, values),
    }
}

fn render_plain(parts: &[Part<'_>], values: Values<'_>) -> Rendered {
    let mut text = String::new();
    let mut missing = Vec::new();
    for part in parts {
        match *part {
            Part::Text(literal) => text.push_str(literal),
            Part::Field(name) => match values.get(name) {
                Some(value) => text.push_str(value),
                None => missing.push(name.to_owned()),
            },
        }
    }
    if missing.is_empty() {
        Rendered::Text(text)
    } else {
        Rendered::Missing(missing)
    }
}

fn render_engine(
    environment: &Environment<'_>,
    what: &str,
    source: &str,
    values: Values<'_>,
) -> Result<Rendered> {
    // The engine's own messages may quote values, so only its kind is told.
    let broken = |error: minijinja::Error| {
        Error::new(
            ErrorKind::Config,
            format!(
                "the template of {what} cannot be rendered: {}",
                error.kind()
            ),
        )
    };
    let template = environment.template_from_str(source).map_err(broken)?;
    let names = template.undeclared_variables(false);
    let known: BTreeMap<&str, &str> = names
        .iter()
        .filter_map(|name| Some((name.as_str(), values.get(name)?)))
        .collect();
    let mut out = Bounded(Vec::new());
    let done = template
        .render_captured_to(
            Value::from_pairs(known.iter().map(|(name, value)| (*name, *value))),
            &mut out,
        )
        .map(drop);
    match done {
        Ok(()) => String::from_utf8(out.0).map(Rendered::Text).map_err(|_| {
            Error::new(
                ErrorKind::Config,
                format!("the template of {what} does not give text"),
            )
        }),
        Err(error) if error.kind() == minijinja::ErrorKind::UndefinedError => {
            let missing = names
                .iter()
                .filter(|name| !known.contains_key(name.as_str()))
                .cloned()
                .collect::<BTreeSet<_>>();
            Ok(Rendered::Missing(missing.into_iter().collect()))
        }
        Err(error) => Err(broken(error)),
    }
}

/// The names of the fields that `source` uses, in no particular order.
pub(super) fn fields<'a>(environment: &Environment<'_>, source: &'a str) -> Vec<Cow<'a, str>> {
    match parts(source) {
        Some(parts) => parts
            .iter()
            .filter_map(|part| match *part {
                Part::Field(name) => Some(Cow::Borrowed(name)),
                Part::Text(_) => None,
            })
            .collect(),
        None => environment
            .template_from_str(source)
            .map(|template| template.undeclared_variables(false))
            .unwrap_or_default()
            .into_iter()
            .map(Cow::Owned)
            .collect(),
    }
}

/// The error for fields that `what` needs and the connection has not.
pub(super) fn missing(what: &str, names: &[String]) -> Error {
    Error::new(
        ErrorKind::Config,
        format!(
            "the connection has no {}, which {what} of the toolkit needs",
            names.join(", ")
        ),
    )
}

struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_BYTES {
            return Err(std::io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
