use serde_json::Value;

use crate::Secret;

const REDACTED: &str = "[redacted]";

// Compared without case, `-` and `_`.
const SECRET_FIELDS: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "authorization",
    "authtoken",
    "bearer",
    "bearertoken",
    "clientsecret",
    "cookie",
    "idtoken",
    "password",
    "privatekey",
    "proxyauthorization",
    "refreshtoken",
    "secret",
    "secretkey",
    "setcookie",
    "token",
    "webhooksecret",
    "xapikey",
];

// Everything below is a credential.
const SECRET_TREES: &[&str] = &["credentials", "sharedcredentials", "val"];

// What names a secret there has none.
const SCHEMAS: &[&str] = &["inputparameters", "outputparameters"];

/// What does not go into a file.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    secrets: Vec<Secret>,
    fields: Vec<String>,
}

impl Redaction {
    pub(super) fn add_secret(&mut self, secret: Secret) {
        if !secret.expose().is_empty() {
            self.secrets.push(secret);
        }
    }

    pub(super) fn add_field(&mut self, name: &str) {
        self.fields.push(plain(name));
    }

    pub(super) fn json(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                // `{"name": "Authorization", "value": …, "in": "header"}`: credentials of one call.
                let is_parameter = members.contains_key("in") && members.contains_key("name");
                for (name, member) in members.iter_mut() {
                    let name = plain(name);
                    if SCHEMAS.contains(&&*name) {
                        continue;
                    }
                    let is_known = if member.is_object() {
                        SECRET_TREES.contains(&&*name)
                    } else {
                        self.is_secret(&name)
                    };
                    if is_known || (is_parameter && name == "value") {
                        blank(member);
                    } else {
                        self.json(member);
                    }
                }
            }
            Value::Array(entries) => entries.iter_mut().for_each(|entry| self.json(entry)),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        SECRET_FIELDS.contains(&name) || self.fields.iter().any(|own| own == name)
    }

    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.expose()) {
                text = text.replace(secret.expose(), REDACTED);
            }
        }
        without_tokens(without_signature(text))
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Blanks every value below, and keeps the shape, so that it can still be read as what it is.
fn blank(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => *number = 0.into(),
        Value::Object(members) => members.values_mut().for_each(blank),
        Value::Array(entries) => entries.iter_mut().for_each(blank),
        Value::String(text) => REDACTED.clone_into(text),
    }
}

// A signed address needs no key: its query is as good as one.
fn without_signature(text: String) -> String {
    let is_address = text.starts_with("http://") || text.starts_with("https://");
    let Some((address, query)) = text.split_once('?').filter(|_| is_address) else {
        return text;
    };
    let query = query.to_ascii_lowercase();
    let is_signed = ["sig", "token", "credential", "key"]
        .iter()
        .any(|mark| query.contains(mark));
    if is_signed {
        format!("{address}?redacted")
    } else {
        text
    }
}

fn without_tokens(text: String) -> String {
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, scheme, after)) = ["Bearer ", "Basic ", "bearer ", "basic "]
        .iter()
        .filter_map(|scheme| {
            rest.split_once(scheme)
                .map(|(before, after)| (before, *scheme, after))
        })
        .min_by_key(|(before, _, _)| before.len())
    {
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c)))
            .unwrap_or(after.len());
        let (token, after) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(scheme);
        // "Basic plan" is no credential.
        out.push_str(if token.len() >= 16 { REDACTED } else { token });
        rest = after;
    }
    if out.is_empty() {
        return text;
    }
    out.push_str(rest);
    out
}
