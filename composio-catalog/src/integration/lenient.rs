//! People write YAML by hand: a number where a text belongs, one text where a list belongs, or nothing.

use std::fmt::Display;

use composio_core::models::AuthScheme;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::Overlay;

pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(optional_text(deserializer)?.unwrap_or_default())
}

pub(super) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    scalar(Value::deserialize(deserializer)?)
}

/// A list, or one text with blanks or commas between the entries.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    list(deserializer, &[' ', ',', '\n', '\t'])
}

/// A list, or one text with commas between the entries, which may hold blanks.
pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    list(deserializer, &[',', '\n'])
}

fn list<'de, D: Deserializer<'de>>(
    deserializer: D,
    separators: &[char],
) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Array(values) => values
            .into_iter()
            .filter_map(|value| scalar(value).transpose())
            .collect(),
        value => Ok(scalar(value)?.map_or_else(Vec::new, |text| {
            text.split(separators)
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        })),
    }
}

/// A list of overlays, or one: a name, or an overlay as it stands. A list of operations is one JSON Patch.
pub(super) fn overlays<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Overlay>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(items) if items.iter().all(|item| item.get("op").is_none()) => {
            items.into_iter().map(Overlay::from).collect()
        }
        one => vec![Overlay::from(one)],
    })
}

pub(super) fn text_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, String>, D::Error> {
    let values = Option::<IndexMap<String, Value>>::deserialize(deserializer)?.unwrap_or_default();
    values
        .into_iter()
        .filter_map(|(name, value)| match scalar(value) {
            Ok(text) => text.map(|text| Ok((name, text))),
            Err(error) => Some(Err(error)),
        })
        .collect()
}

pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional_flag(deserializer)?.unwrap_or_default())
}

pub(super) fn optional_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(flag)),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Ok(Some(true)),
            "false" | "no" | "" => Ok(Some(false)),
            _ => Err(D::Error::custom("expected true or false")),
        },
        _ => Err(D::Error::custom("expected true or false")),
    }
}

pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The scheme in any case, with `-` or a blank for `_`, and under its common short names.
pub(super) fn auth_scheme<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<AuthScheme, D::Error> {
    let text = text(deserializer)?;
    let name = text.trim().to_ascii_uppercase().replace(['-', ' '], "_");
    Ok(AuthScheme::from(match name.as_str() {
        "" => return Err(D::Error::custom("auth_mode is empty")),
        "OAUTH" => "OAUTH2",
        "OAUTH2_CC" | "OAUTH2_CLIENT_CREDENTIALS" => "S2S_OAUTH2",
        "APIKEY" => "API_KEY",
        "BEARER" => "BEARER_TOKEN",
        "NONE" | "NOAUTH" => "NO_AUTH",
        name => name,
    }))
}

fn scalar<E: Error>(value: Value) -> Result<Option<String>, E> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(flag) => Ok(shown(flag)),
        Value::Number(number) => Ok(shown(number)),
        Value::Array(_) | Value::Object(_) => {
            Err(E::custom("expected a text, found a list or a mapping"))
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the arms of `scalar` read alike")]
fn shown(value: impl Display) -> Option<String> {
    Some(value.to_string())
}
