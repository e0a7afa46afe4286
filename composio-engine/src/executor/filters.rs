//! Filters and functions for the templates of a tool's steps.

use std::fmt;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Span, Timestamp, civil, tz::TimeZone};
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Serde},
};
use serde_json::Value as Json;

use super::mail;

/// Why a filter does not take its value. It quotes nothing.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// What a filter of ours says, if the error is one's.
pub(super) fn fault(error: &Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return Some(fault.to_string());
        }
        source = cause.source();
    }
    None
}

fn refuse(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, "a value is refused").with_source(Fault(why.into()))
}

pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("b64encode", |text: String| BASE64_STANDARD.encode(text));
    environment.add_filter("base64url", |text: String| BASE64_URL_SAFE.encode(text));
    environment.add_filter("base64url_text", |text: String| decoded(&text));
    environment.add_filter("mime", |parts: Value| message(&parts));
    environment.add_filter("json", |value: Value| to_json(&value));
    environment.add_filter("from_json", |text: String| from_json(&text));
    environment.add_filter("rfc3339", |value: Value| rfc3339(&value));
    environment.add_filter("unix", |value: Value| {
        Ok::<_, Error>(instant(&value)?.as_second())
    });
    environment.add_filter("later", |text: String, by: Kwargs| later(&text, &by));
    environment.add_filter("mail_text", |payload: Value| body_of(&payload));
    environment.add_filter("header", |payload: Value, name: String| {
        header(&payload, &name)
    });
    environment.add_filter("adf", |text: String| paragraphs(&text));
    environment.add_function("now", || {
        Timestamp::now()
            .round(jiff::Unit::Second)
            .map(|now| now.to_string())
            .map_err(|_| refuse("no clock"))
    });
}

fn json_of(value: &Value) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|_| refuse("a value has no JSON form"))
}

fn message(parts: &Value) -> Result<String, Error> {
    mail::message(&json_of(parts)?).map_err(refuse)
}

fn to_json(value: &Value) -> Result<String, Error> {
    Ok(json_of(value)?.to_string())
}

fn from_json(text: &str) -> Result<Value, Error> {
    let json: Json = serde_json::from_str(text).map_err(|_| refuse("a text is not JSON"))?;
    Ok(Value::from(Serde(json)))
}

/// The text that base64url stands for, with or without padding; nothing for what is none.
fn decoded(text: &str) -> String {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// A moment: RFC 3339, a date (its midnight) or a time without zone, in UTC; or seconds since 1970.
fn instant(value: &Value) -> Result<Timestamp, Error> {
    if let Ok(seconds) = i64::try_from(value.clone()) {
        return Timestamp::from_second(seconds).map_err(|_| refuse("no moment has that number"));
    }
    let text = value.as_str().unwrap_or_default().trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local =
        civil_of(text).ok_or_else(|| refuse("a time must be RFC 3339: 2025-01-31T09:00:00Z"))?;
    let zoned = local.to_zoned(TimeZone::UTC);
    Ok(zoned
        .map_err(|_| refuse("a time is out of range"))?
        .timestamp())
}

fn civil_of(text: &str) -> Option<civil::DateTime> {
    let date = || {
        text.parse::<civil::Date>()
            .ok()
            .map(|date| date.at(0, 0, 0, 0))
    };
    text.parse().ok().or_else(date)
}

fn rfc3339(value: &Value) -> Result<String, Error> {
    Ok(instant(value)?.to_string())
}

/// The time so much later, with a zone if it had one: `days`, `hours`, `minutes`.
fn later(text: &str, by: &Kwargs) -> Result<String, Error> {
    let text = text.trim();
    let number = |name: &str| -> Result<i64, Error> {
        let number: Option<i64> = by.get(name)?;
        Ok(number.unwrap_or_default())
    };
    let (days, hours, minutes) = (number("days")?, number("hours")?, number("minutes")?);
    by.assert_all_used()?;
    let most = 1_000_000;
    if [days, hours, minutes]
        .iter()
        .any(|number| number.abs() > most)
    {
        return Err(refuse("a length of time is out of range"));
    }
    let out_of_range = |_| refuse("a time is out of range");
    let whole = SignedDuration::from_mins((days * 24 + hours) * 60 + minutes);
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.checked_add(whole).map_err(out_of_range)?.to_string());
    }
    if let Ok(date) = text.parse::<civil::Date>()
        && (hours, minutes) == (0, 0)
        && !text.contains(['T', 't', ' '])
    {
        let span = Span::new().try_days(days).map_err(out_of_range)?;
        return Ok(date.checked_add(span).map_err(out_of_range)?.to_string());
    }
    let local =
        civil_of(text).ok_or_else(|| refuse("a time must be RFC 3339: 2025-01-31T09:00:00Z"))?;
    Ok(local.checked_add(whole).map_err(out_of_range)?.to_string())
}

/// A header of a Gmail message part, in any case.
fn header(payload: &Value, name: &str) -> Result<Value, Error> {
    let payload = json_of(payload)?;
    let headers = payload["headers"].as_array();
    let is_it = |header: &&Json| {
        let own = header["name"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let found = headers.into_iter().flatten().find(is_it);
    Ok(match found.and_then(|header| header["value"].as_str()) {
        Some(value) => Value::from(value),
        None => Value::UNDEFINED,
    })
}

/// The text of a Gmail message part: its own, or that of the first part below with some; plain text before HTML.
fn body_of(payload: &Value) -> Result<String, Error> {
    let payload = json_of(payload)?;
    let text = |kind| part_of(&payload, kind, 0);
    Ok(text("text/plain")
        .or_else(|| text("text/html"))
        .unwrap_or_default())
}

fn part_of(part: &Json, kind: &str, depth: usize) -> Option<String> {
    if depth > 16 {
        return None;
    }
    let own = part["body"]["data"]
        .as_str()
        .filter(|data| !data.is_empty());
    if part["mimeType"].as_str() == Some(kind)
        && let Some(own) = own
    {
        return Some(decoded(own));
    }
    let parts = part["parts"].as_array();
    parts
        .into_iter()
        .flatten()
        .find_map(|part| part_of(part, kind, depth + 1))
}

/// A text as a document of Atlassian's: one paragraph for each line that is not empty.
fn paragraphs(text: &str) -> Value {
    let lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    let paragraphs: Vec<Json> = lines
        .map(|line| {
            serde_json::json!({"type": "paragraph", "content": [{"type": "text", "text": line}]})
        })
        .collect();
    Value::from(Serde(serde_json::json!({
        "type": "doc",
        "version": 1,
        "content": paragraphs,
    })))
}
