//! Filters and functions for the templates of a tool's steps.

use std::fmt;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Span, Timestamp, civil, tz::TimeZone};
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Rest, Serde},
};
use serde_json::{Value as Json, json};

use super::mail;

/// Characters of one text of Notion's.
const NOTION_TEXT: usize = 2_000;

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

/// Adds what the templates of steps may use beside the template engine's own filters. Nothing stays nothing in each.
pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("b64encode", |text: String| BASE64_STANDARD.encode(text));
    environment.add_filter("base64url", |text: String| BASE64_URL_SAFE.encode(text));
    environment.add_filter("base64url_text", |text: String| decoded(&text));
    environment.add_filter("mime", |parts: Value| message(&parts));
    environment.add_filter("json", |value: Value| to_json(&value));
    environment.add_filter("from_json", |text: String| from_json(&text));
    environment.add_filter("rfc3339", |value: Value| {
        given(&value, |value| Ok(instant(value)?.to_string().into()))
    });
    environment.add_filter("unix", |value: Value| {
        given(&value, |value| Ok(instant(value)?.as_second().into()))
    });
    environment.add_filter("later", |text: String, by: Kwargs| later(&text, &by));
    environment.add_filter("header", |part: Value, name: String| header(&part, &name));
    environment.add_filter("mail_text", |part: Value| body_of(&part));
    environment.add_filter("as_members", |list: Value, name: String| {
        given(&list, |list| as_members(list, &name))
    });
    environment.add_filter("merged", |given: Value, other: Value| {
        merged(&given, &other)
    });
    environment.add_filter("kept", |list: Value, names: Rest<String>| {
        kept(&list, &names)
    });
    environment.add_filter("in_quotes", |text: String| in_quotes(&text));
    environment.add_filter("adf", |text: Value| {
        given(&text, |text| Ok(document(&text.to_string())))
    });
    environment.add_filter("notion_paragraphs", |text: Value| {
        given(&text, |text| Ok(paragraphs(&text.to_string())))
    });
    environment.add_function("now", now);
}

/// What `make` makes of a value; nothing of nothing.
fn given(value: &Value, make: impl FnOnce(&Value) -> Result<Value, Error>) -> Result<Value, Error> {
    match value.is_undefined() || value.is_none() {
        true => Ok(Value::UNDEFINED),
        false => make(value),
    }
}

fn now() -> String {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
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
    let headers = payload.get("headers").and_then(Json::as_array);
    let is_it = |header: &&Json| {
        let own = header.get("name").and_then(Json::as_str);
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let found = headers.into_iter().flatten().find(is_it);
    Ok(
        match found.and_then(|header| header.get("value")?.as_str()) {
            Some(value) => Value::from(value),
            None => Value::UNDEFINED,
        },
    )
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
    let own = part
        .pointer("/body/data")
        .and_then(Json::as_str)
        .filter(|data| !data.is_empty());
    if part.get("mimeType").and_then(Json::as_str) == Some(kind)
        && let Some(own) = own
    {
        return Some(decoded(own));
    }
    let parts = part.get("parts").and_then(Json::as_array);
    parts
        .into_iter()
        .flatten()
        .find_map(|part| part_of(part, kind, depth + 1))
}

/// `[{email: a}, {email: b}]` of `[a, b]`.
fn as_members(list: &Value, name: &str) -> Result<Value, Error> {
    let entries = list.try_iter()?;
    Ok(entries
        .map(|entry| Value::from_pairs([(name, entry)]))
        .collect())
}

/// The members of both, those of `other` where both have one; what has no value is left out.
fn merged(given: &Value, other: &Value) -> Result<Value, Error> {
    let mut members = serde_json::Map::new();
    for one in [given, other] {
        match json_of(one)? {
            Json::Object(own) => members.extend(own.into_iter().filter(|(_, own)| !own.is_null())),
            Json::Null => {}
            _ => return Err(refuse("what is merged must have members")),
        }
    }
    Ok(Value::from(Serde(members)))
}

/// The entries of a list with these members alone.
fn kept(list: &Value, names: &[String]) -> Result<Value, Error> {
    given(list, |list| {
        let Json::Array(entries) = json_of(list)? else {
            return Err(refuse("only of a list members are kept"));
        };
        let entries = entries.into_iter().map(|mut entry| {
            if let Some(members) = entry.as_object_mut() {
                members.retain(|name, _| names.contains(name));
            }
            entry
        });
        Ok(Value::from(Serde(entries.collect::<Vec<Json>>())))
    })
}

/// A text inside single quotes, which nothing in it ends: a backslash stands before quotes and backslashes.
fn in_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim_end);
    lines.filter(|line| !line.is_empty())
}

/// A text as a document of Atlassian's: one paragraph for each line that is not empty.
fn document(text: &str) -> Value {
    let paragraphs = lines(text)
        .map(|line| json!({"type": "paragraph", "content": [{"type": "text", "text": line}]}));
    let content: Vec<Json> = paragraphs.collect();
    Value::from(Serde(
        json!({ "type": "doc", "version": 1, "content": content }),
    ))
}

/// A text as blocks of Notion's: one paragraph for each line that is not empty.
fn paragraphs(text: &str) -> Value {
    let block = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        let texts: Vec<Json> = letters
            .chunks(NOTION_TEXT)
            .map(|part| json!({"type": "text", "text": {"content": String::from_iter(part)}}))
            .collect();
        json!({"type": "paragraph", "paragraph": {"rich_text": texts}})
    };
    Value::from(Serde(lines(text).map(block).collect::<Vec<Json>>()))
}

#[cfg(test)]
mod tests {
    use minijinja::{Value, context};
    use serde_json::{Value as Json, json};

    use crate::executor::scope;

    fn value(source: &str, given: Value) -> Result<Json, Option<String>> {
        let environment = scope::environment();
        let expression = environment.compile_expression(source).unwrap();
        let value = expression
            .eval(given)
            .map_err(|error| super::fault(&error))?;
        Ok(serde_json::to_value(value).unwrap())
    }

    #[test]
    fn times_are_read_in_every_common_spelling() {
        for (given, moment) in [
            ("2025-01-31T09:00:00Z", "2025-01-31T09:00:00Z"),
            ("2025-01-31T09:00:00+02:00", "2025-01-31T07:00:00Z"),
            ("2025-01-31T09:00:00", "2025-01-31T09:00:00Z"),
            ("2025-01-31 09:00:00", "2025-01-31T09:00:00Z"),
            ("2025-01-31", "2025-01-31T00:00:00Z"),
        ] {
            let read = value("at | rfc3339", context! { at => given });
            assert_eq!(read, Ok(json!(moment)), "{given}");
        }
        let read = value("at | rfc3339", context! { at => 1_738_314_000 });
        assert_eq!(read, Ok(json!("2025-01-31T09:00:00Z")));
        let read = value("at | unix", context! { at => "2025-01-31T09:00:00Z" });
        assert_eq!(read, Ok(json!(1_738_314_000)));
        let refused = value("at | rfc3339", context! { at => "secret tomorrow" });
        let told = refused.unwrap_err().unwrap();
        assert!(
            told.contains("RFC 3339") && !told.contains("secret"),
            "{told}"
        );
    }

    #[test]
    fn a_later_time_keeps_its_spelling() {
        for (given, later) in [
            ("2025-01-31T23:30:00Z", "2025-02-01T01:00:00Z"),
            ("2025-01-31T23:30:00", "2025-02-01T01:00:00"),
        ] {
            let read = value("at | later(hours=1, minutes=30)", context! { at => given });
            assert_eq!(read, Ok(json!(later)));
        }
        let read = value("at | later(days=1)", context! { at => "2024-02-28" });
        assert_eq!(read, Ok(json!("2024-02-29")));
        for hostile in ["at | later(days=99999999)", "at | later(hours=1)"] {
            let at = if hostile.contains("days") {
                "2025-01-31"
            } else {
                "noon"
            };
            assert!(value(hostile, context! { at }).is_err(), "{hostile}");
        }
    }

    #[test]
    fn nothing_stays_nothing() {
        for source in ["x | rfc3339", "x | unix", "x | as_members('a')", "x | adf"] {
            assert_eq!(value(source, context! {}), Ok(Json::Null), "{source}");
        }
    }

    #[test]
    fn lists_and_texts_take_the_shapes_that_vendors_want() {
        let read = value(
            "x | as_members('email')",
            context! { x => Value::from_iter(["a", "b"]) },
        );
        assert_eq!(read, Ok(json!([{"email": "a"}, {"email": "b"}])));
        let read = value("x | adf", context! { x => "one\n\ntwo" }).unwrap();
        assert_eq!(read["content"][1]["content"][0]["text"], "two");
        let long = "ü".repeat(4_001);
        let read = value("x | notion_paragraphs", context! { x => long }).unwrap();
        assert_eq!(
            read[0]["paragraph"]["rich_text"].as_array().unwrap().len(),
            3
        );
    }

    #[test]
    fn members_are_merged_and_texts_end_no_quotes() {
        let given =
            || context! { a => context! { x => 1, y => (), z => 1 }, b => context! { z => 2 } };
        assert_eq!(value("a | merged(b)", given()), Ok(json!({"x": 1, "z": 2})));
        assert_eq!(
            value("a | merged(none)", given()),
            Ok(json!({"x": 1, "z": 1}))
        );
        assert_eq!(value("none | merged(none)", given()), Ok(json!({})));
        assert!(value("a | merged(1)", given()).is_err());
        assert_eq!(
            value("[a, b] | kept('z')", given()),
            Ok(json!([{"z": 1}, {"z": 2}]))
        );
        assert!(value("a | kept('z')", given()).is_err());
        let hostile = context! { x => r"a' or name contains 'b\" };
        assert_eq!(
            value("x | in_quotes", hostile),
            Ok(json!(r"'a\' or name contains \'b\\'"))
        );
    }

    #[test]
    fn a_mails_text_is_found_in_its_parts() {
        let payload = json!({
            "headers": [{"name": "from", "value": "ann@desk.example"}],
            "mimeType": "multipart/mixed",
            "parts": [
                {"mimeType": "text/html", "body": {"data": "PGI-aGk8L2I-"}},
                {"mimeType": "multipart/alternative", "parts": [
                    {"mimeType": "text/plain", "body": {"data": "aGk="}}]},
            ],
        });
        let given = || context! { x => minijinja::value::Serde(&payload) };
        assert_eq!(value("x | mail_text", given()), Ok(json!("hi")));
        assert_eq!(
            value("x | header('From')", given()),
            Ok(json!("ann@desk.example"))
        );
        assert_eq!(value("x | header('To')", given()), Ok(Json::Null));
        assert_eq!(value("x | mail_text", context! {}), Ok(json!("")));
    }
}
