//! Variables of a server (OpenAPI 3.1, section 4.8.6) that whoever connects chooses: `https://{region}.api.example`.
//!
//! A document is not trusted with more than it says: a variable stands for one label of a host, below a domain that the
//! document names, or for one segment of a path. Every other variable keeps its default.

use composio_core::models::AuthField;
use serde_json::Value;
use url::Url;

use super::{
    hosts,
    server::{first_server, has_base_url},
};
use crate::{
    Field, Integration,
    document::{Document, Node},
    integration::sounds_secret,
    text,
};

const MAX_FIELDS: usize = 8;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 500;
/// Of a longer list any label will do.
const MAX_OPTIONS: usize = 100;
/// What a host or a path is not written with, braces of ours included.
const STRANGE: [char; 8] = ['{', '}', '\\', '@', '?', '#', '%', '|'];

/// The address `url` of the document's server with templates for the variables that may be chosen, and the fields for
/// them in every scheme; `url` as it is if none may.
pub(super) fn add(document: &Document<'_>, integration: &mut Integration, url: String) -> String {
    if has_base_url(integration) || integration.needs_no_auth() {
        return url;
    }
    let Some((template, fields)) = templated(document, integration, &url) else {
        return url;
    };
    for scheme in &mut integration.auth_schemes {
        for field in &fields {
            if scheme.fields.iter().all(|own| own.name != field.name) {
                scheme.fields.push(field.clone());
            }
        }
    }
    template
}

fn templated(
    document: &Document<'_>,
    integration: &Integration,
    url: &str,
) -> Option<(String, Vec<Field>)> {
    let server = first_server(document.root)?;
    let variables = server.get("variables")?;
    let source = server.text_of("url")?.trim().trim_end_matches('/');
    let (scheme, rest) = source.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut made = Made {
        variables,
        integration,
        fields: Vec::new(),
        plain: format!("{scheme}://"),
    };
    let mut template = made.plain.clone();
    made.push(host, &mut template, Part::Host)?;
    made.push(path, &mut template, Part::Path)?;
    // What is checked with the defaults must be what is rendered with them.
    let is_same = Url::parse(&made.plain).ok()?.as_str().trim_end_matches('/') == url;
    let is_bounded = !host.contains('{') || hosts::is_bounded(&template);
    (is_same && is_bounded && !made.fields.is_empty()).then_some((template, made.fields))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Path,
}

/// An address on its way to a template.
struct Made<'v, 'd> {
    variables: &'v Node<'d>,
    integration: &'v Integration,
    fields: Vec<Field>,
    /// With defaults in place of all variables.
    plain: String,
}

impl Made<'_, '_> {
    /// Adds a part of the address with its variables.
    fn push(&mut self, source: &str, template: &mut String, part: Part) -> Option<()> {
        let mut rest = source;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}')?;
            let variable = self.variables.get(name)?;
            let default = values(variable).next()?;
            self.literal(before, template)?;
            let is_alone = part == Part::Host
                || (template.ends_with('/') && (after.is_empty() || after.starts_with('/')));
            let is_host_end =
                part == Part::Host && (template.ends_with(':') || !after.contains('.'));
            let field = field(name, variable, part).filter(|_| is_alone && !is_host_end);
            match field.filter(|field| self.takes(field)) {
                Some(field) => {
                    template.push_str(&format!("{{{{{name}}}}}"));
                    self.plain.push_str(&default);
                    if self.fields.iter().all(|own| own.name != field.name) {
                        self.fields.push(field);
                    }
                }
                None => self.literal(&default, template)?,
            }
            rest = after;
        }
        self.literal(rest, template)
    }

    /// Adds what stands there as it is. Braces in it would be a template that the document wrote.
    fn literal(&mut self, text: &str, template: &mut String) -> Option<()> {
        let is_strange = |letter: char| {
            STRANGE.contains(&letter) || letter.is_control() || letter.is_whitespace()
        };
        if text.contains(is_strange) {
            return None;
        }
        template.push_str(text);
        self.plain.push_str(text);
        Some(())
    }

    /// Whether a user may be asked for it: what an app calls so already must not be a credential.
    fn takes(&self, field: &Field) -> bool {
        let details = self.integration.auth_config_details();
        let known: Vec<&AuthField> = details
            .iter()
            .filter_map(|details| {
                let fields = &details.fields;
                let developer = fields.auth_config_creation.get(&field.name);
                developer.or_else(|| fields.connected_account_initiation.get(&field.name))
            })
            .collect();
        let are_public = known.iter().all(|own| own.is_secret == Some(false));
        let is_own = self
            .integration
            .auth_schemes
            .iter()
            .any(|scheme| scheme.fields.iter().any(|own| own.name == field.name));
        self.fields.len() < MAX_FIELDS
            && !sounds_secret(&field.name)
            && are_public
            && (known.is_empty() || is_own)
    }
}

/// The default, then the values it may have.
fn values<'n>(variable: &'n Node<'_>) -> impl Iterator<Item = String> + 'n {
    let listed = variable.get("enum").map_or(&[][..], Node::items);
    let all = variable.get("default").into_iter().chain(listed);
    all.filter_map(|value| match value {
        Node::Text(text) => Some(text.to_string()),
        Node::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// The field for a variable; `None` if there is nothing to choose, or if it cannot stand there.
fn field(name: &str, variable: &Node<'_>, part: Part) -> Option<Field> {
    let fits = |value: &str| match part {
        Part::Host => is_label(value),
        Part::Path => is_segment(value),
    };
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= MAX_NAME
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_name || !values(variable).all(|value| fits(&value)) {
        return None;
    }
    let default = values(variable).next()?;
    let mut options: Vec<String> = Vec::new();
    for option in values(variable).skip(usize::from(variable.get("default").is_some())) {
        if !options.contains(&option) {
            options.push(option);
        }
    }
    let is_listed = options.contains(&default);
    match options.len() {
        1 if is_listed => return None,
        0 => {}
        // A default outside its own list could never be given again.
        length if length > MAX_OPTIONS || !is_listed => options.clear(),
        _ => {}
    }
    let written = variable.text_of("description").unwrap_or_default();
    let mut description = text::prose(written, MAX_DESCRIPTION).trim().to_owned();
    if !options.is_empty() {
        let listed = format!("One of: {}.", options.join(", "));
        description = format!("{description} {listed}").trim().to_owned();
    }
    Some(Field {
        name: name.to_owned(),
        description,
        kind: "string".to_owned(),
        expected_from_customer: true,
        default: Some(Value::String(default)),
        is_secret: Some(false),
        options,
        ..Field::default()
    })
}

/// One DNS label (RFC 1123, section 2.1).
fn is_label(value: &str) -> bool {
    (1..=63).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !value.starts_with('-')
        && !value.ends_with('-')
}

/// One segment of a path that needs no encoding (RFC 3986, section 2.3).
fn is_segment(value: &str) -> bool {
    !matches!(value, "" | "." | "..")
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
