//! A request as it would be sent, without its secrets.

use std::sync::Arc;

use composio_core::{Secret, models::DryRun};
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;

use super::{
    Call, Prepared,
    payload::{Part, Payload},
    scheme::Templates,
    scrub::Scrubber,
};

/// What stands in the place of a secret. It is the same in every part of a request, encoded or not.
const MASK: &str = "REDACTED";

/// Takes the secrets out of `call` before anything is rendered, and gives them, so that what is rendered can be searched
/// for them once more.
pub(super) fn mask(call: &mut Call<'_>) -> Scrubber {
    let mut secrets = Scrubber::default();
    if let Some(credentials) = &mut call.credentials {
        let credentials = Arc::make_mut(credentials);
        let templates = Templates::of(call.toolkit, Some(credentials));
        let names = credentials.values.keys().cloned();
        let secret: Vec<String> = names.filter(|name| templates.is_secret(name)).collect();
        for name in secret {
            if let Some(value) = credentials.values.get_mut(&name) {
                secrets.add(value.expose());
                *value = Secret::from(MASK);
            }
        }
    }
    if let Some(custom) = &mut call.custom {
        for parameter in &mut custom.parameters {
            secrets.add(parameter.value.expose());
            parameter.value = Secret::from(MASK);
        }
        for value in custom.body.iter_mut().flat_map(|body| body.values_mut()) {
            blank(value, &mut secrets);
        }
    }
    secrets
}

fn blank(value: &mut Value, secrets: &mut Scrubber) {
    match value {
        Value::String(text) => {
            secrets.add(text);
            MASK.clone_into(text);
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| blank(entry, secrets)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| blank(member, secrets)),
        _ => {}
    }
}

/// A masked request, for people.
pub(super) fn shown(request: &Prepared, secrets: &Scrubber) -> DryRun {
    let plain = |text: &str| secrets.scrub(text).into_owned();
    let mut shown = DryRun::new(request.method.as_str(), plain(request.url.as_str()));
    for (name, value) in &request.headers {
        let text = header_text(name, value);
        let told = shown.headers.entry(name.to_string()).or_default();
        if !told.is_empty() {
            told.push_str(", ");
        }
        told.push_str(&plain(&text));
    }
    shown.body = request.body.as_ref().map(|body| plain(&body_text(body)));
    shown
}

// A masked credential may be encoded together with a name, as in the Basic scheme.
fn header_text(name: &HeaderName, value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    if !value.is_sensitive() {
        return text.into_owned();
    }
    match text.split_once(' ') {
        Some((scheme, _)) if *name == header::AUTHORIZATION => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

fn body_text(body: &Payload) -> String {
    match body {
        Payload::Whole(bytes) => Part::Bytes(bytes.clone()).shown(),
        Payload::Parts(parts) => parts.iter().map(Part::shown).collect(),
    }
}
