//! What a request says, read by the tables of OpenAPI 3.0.3 (section "Style Values") alone: no code of ours but this, and
//! the description, not the tool.

use jsonschema::Draft;
use serde_json::{Map, Value, json};

use crate::{
    broken::in_path,
    wire::{Wire, decoded},
    world::FILE,
};

/// What stands for a file that came as it was sent.
pub(crate) const SENT_FILE: &str = "the file";

type Read<T> = Result<T, String>;
type Pairs = [(String, String)];

/// The parameters and the body of a request to `operation` at `path`; `Err` if it is not as described.
pub(crate) fn read(
    path: &str,
    operation: &Value,
    wire: &Wire,
) -> Read<(Map<String, Value>, Option<Value>)> {
    let mut parameters = Map::new();
    for own in operation["parameters"].as_array().into_iter().flatten() {
        let name = own["name"].as_str().unwrap_or_default();
        match parameter(path, own, wire)? {
            Some(value) => {
                check(name, schema_of(own), &value)?;
                parameters.insert(name.to_owned(), value);
            }
            None if own["required"] == true => return Err(format!("{name} is missing")),
            None => {}
        }
    }
    Ok((parameters, body(&operation["requestBody"], wire)?))
}

fn schema_of(parameter: &Value) -> &Value {
    let content = &parameter["content"]["application/json"]["schema"];
    if content.is_null() {
        &parameter["schema"]
    } else {
        content
    }
}

fn check(name: &str, schema: &Value, value: &Value) -> Read<()> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(schema);
    let validator = validator.map_err(|error| error.to_string())?;
    validator
        .validate(value)
        .map_err(|error| format!("{name}: {error}"))
}

fn parameter(path: &str, own: &Value, wire: &Wire) -> Read<Option<Value>> {
    let name = own["name"].as_str().unwrap_or_default();
    let schema = schema_of(own);
    let explode = own["explode"] == true;
    let style = own["style"].as_str().unwrap_or_default();
    match own["in"].as_str() {
        Some("path") => {
            let text = in_path(path, wire.path(), name).ok_or("the path is another")?;
            in_segment(name, style, explode, schema, text).map(Some)
        }
        Some("query") if own.get("content").is_some() => json_pair(name, &wire.query()),
        Some("query") => pair(name, style, explode, schema, &wire.query()),
        Some("header") => {
            let Some(text) = wire.header(&name.to_lowercase()) else {
                return Ok(None);
            };
            if own.get("content").is_some() {
                return serde_json::from_str(text)
                    .map(Some)
                    .map_err(|error| error.to_string());
            }
            split(schema, text, ",", explode, &|text| Ok(text.to_owned())).map(Some)
        }
        Some("cookie") => {
            let cookies: Vec<(String, String)> = wire
                .header("cookie")
                .unwrap_or_default()
                .split("; ")
                .filter_map(|cookie| cookie.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            pair(name, "form", explode, schema, &cookies)
        }
        _ => Err("no such place".to_owned()),
    }
}

fn undone(text: &str) -> Read<String> {
    decoded(text).ok_or_else(|| format!("{text} decodes to no text"))
}

fn in_segment(name: &str, style: &str, explode: bool, schema: &Value, text: &str) -> Read<Value> {
    let kind = schema["type"].as_str().unwrap_or_default();
    let is_list = matches!(kind, "array" | "object");
    let behind = |prefix: &str| {
        text.strip_prefix(prefix)
            .ok_or(format!("{text} has no {prefix}"))
    };
    match style {
        "label" => split(
            schema,
            behind(".")?,
            if explode { "." } else { "," },
            explode,
            &undone,
        ),
        "matrix" if explode && kind == "array" => {
            let items = behind(";")?.split(';').map(|item| {
                let (own, value) = item.split_once('=').unwrap_or((item, ""));
                if own == name {
                    typed(&schema["items"], &undone(value)?)
                } else {
                    Err(format!("{own} in {name}"))
                }
            });
            items.collect()
        }
        "matrix" if explode && is_list => split(schema, behind(";")?, ";", true, &undone),
        "matrix" => split(schema, behind(&format!(";{name}="))?, ",", false, &undone),
        _ => split(schema, text, ",", explode, &undone),
    }
}

/// A value of which items or members stand in one text.
fn split(
    schema: &Value,
    text: &str,
    by: &str,
    explode: bool,
    undone: &dyn Fn(&str) -> Read<String>,
) -> Read<Value> {
    match schema["type"].as_str() {
        Some("array") => text
            .split(by)
            .map(|item| typed(&schema["items"], &undone(item)?))
            .collect(),
        Some("object") => {
            let mut members = Map::new();
            let mut add = |name: &str, value: &str| -> Read<()> {
                let name = undone(name)?;
                let value = typed(&schema["properties"][&name], &undone(value)?)?;
                members.insert(name, value);
                Ok(())
            };
            if explode {
                for member in text.split(by) {
                    let (name, value) =
                        member.split_once('=').ok_or(format!("{member} has no ="))?;
                    add(name, value)?;
                }
            } else {
                let pieces: Vec<&str> = text.split(by).collect();
                for piece in pieces.chunks(2) {
                    let [name, value] = piece else {
                        return Err("an odd number".to_owned());
                    };
                    add(name, value)?;
                }
            }
            Ok(Value::Object(members))
        }
        _ => typed(schema, &undone(text)?),
    }
}

fn typed(schema: &Value, text: &str) -> Read<Value> {
    let wrong = || format!("{text} is no {}", schema["type"]);
    match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().map(Value::from).map_err(|_| wrong()),
        Some("boolean") => text.parse::<bool>().map(Value::from).map_err(|_| wrong()),
        _ => Ok(json!(text)),
    }
}

fn json_pair(name: &str, pairs: &Pairs) -> Read<Option<Value>> {
    let Some((_, text)) = pairs.iter().find(|(own, _)| own == name) else {
        return Ok(None);
    };
    serde_json::from_str(&undone(text)?)
        .map(Some)
        .map_err(|error| error.to_string())
}

/// A parameter of a query or cookie, or a member of a form.
fn pair(
    name: &str,
    style: &str,
    explode: bool,
    schema: &Value,
    pairs: &Pairs,
) -> Read<Option<Value>> {
    let kind = schema["type"].as_str().unwrap_or_default();
    let own = || {
        pairs
            .iter()
            .filter(|(own, _)| decoded(own).as_deref() == Some(name))
    };
    match (style, kind) {
        ("deepObject", _) => deep(name, schema, pairs),
        (_, "array") if explode => {
            let items: Read<Vec<Value>> = own()
                .map(|(_, text)| typed(&schema["items"], &undone(text)?))
                .collect();
            items.map(|items| (!items.is_empty()).then_some(Value::Array(items)))
        }
        (_, "object") if explode => {
            let mut members = Map::new();
            for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(value) = pair(member, "form", true, schema, pairs)? {
                    members.insert(member.clone(), value);
                }
            }
            Ok((!members.is_empty()).then_some(Value::Object(members)))
        }
        _ => {
            let by = match style {
                "spaceDelimited" => "%20",
                "pipeDelimited" => "%7C",
                _ => ",",
            };
            own()
                .next()
                .map(|(_, text)| split(schema, text, by, false, &undone))
                .transpose()
        }
    }
}

fn deep(name: &str, schema: &Value, pairs: &Pairs) -> Read<Option<Value>> {
    let mut members = Map::new();
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{name}[{member}]");
        let value = if schema["type"] == "object" {
            deep(&name, schema, pairs)?
        } else {
            pair(&name, "form", true, schema, pairs)?
        };
        members.extend(value.map(|value| (member.clone(), value)));
    }
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

fn body(described: &Value, wire: &Wire) -> Read<Option<Value>> {
    let Some(content) = described["content"].as_object() else {
        return if wire.body.is_empty() {
            Ok(None)
        } else {
            Err("a body came".to_owned())
        };
    };
    let is_same = |name: &str| name.split(';').next().unwrap_or_default() == wire.media_type();
    let Some((name, media)) = content.iter().find(|(name, _)| is_same(name)) else {
        return Err(format!("{} is not taken", wire.media_type()));
    };
    let schema = &media["schema"];
    let text = || String::from_utf8(wire.body.clone()).map_err(|error| error.to_string());
    let value = match name.split(';').next().unwrap_or_default() {
        name if name.ends_with("json") => {
            serde_json::from_slice(&wire.body).map_err(|error| error.to_string())?
        }
        "application/x-www-form-urlencoded" => form(media, wire)?,
        "multipart/form-data" => multipart(media, wire)?,
        name if name.ends_with("xml") => return text().map(|text| Some(json!(text))),
        name if name.starts_with("text/") || name.ends_with("yaml") => json!(text()?),
        _ => return file(&wire.body).map(Some),
    };
    if !name.starts_with("multipart") {
        check("body", schema, &value)?;
    }
    Ok(Some(value))
}

fn file(content: &[u8]) -> Read<Value> {
    if content == FILE {
        Ok(json!(SENT_FILE))
    } else {
        Err("the file is another".to_owned())
    }
}

fn form(media: &Value, wire: &Wire) -> Read<Value> {
    let pairs = wire.form();
    let mut members = Map::new();
    for (name, schema) in media["schema"]["properties"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let encoding = &media["encoding"][name];
        let style = encoding["style"].as_str().unwrap_or("form");
        let explode = encoding["explode"].as_bool().unwrap_or(style == "form");
        let value = if encoding["contentType"] == "application/json" {
            json_pair(name, &pairs)?
        } else {
            pair(name, style, explode, schema, &pairs)?
        };
        members.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(Value::Object(members))
}

fn multipart(media: &Value, wire: &Wire) -> Read<Value> {
    let parts = wire.parts().ok_or("the parts cannot be read")?;
    let mut members = Map::new();
    for (name, schema) in media["schema"]["properties"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let own: Vec<_> = parts.iter().filter(|part| part.name == *name).collect();
        let is_json = media["encoding"][name]["contentType"] == "application/json";
        let one = |schema: &Value, part: &crate::wire::Part| -> Read<Value> {
            if schema["format"] == "binary" {
                let wanted = media["encoding"][name]["contentType"]
                    .as_str()
                    .unwrap_or("application/octet-stream");
                let is_typed = part.head.contains("filename=\"n7.bin\"")
                    && part.head.contains("Content-Type: ");
                return if is_typed {
                    file(&part.content)
                } else {
                    Err(format!("no file of {wanted}"))
                };
            }
            let text =
                String::from_utf8(part.content.clone()).map_err(|error| error.to_string())?;
            if is_json || schema["type"] == "object" {
                return serde_json::from_str(&text).map_err(|error| error.to_string());
            }
            typed(schema, &text)
        };
        let value = match own.as_slice() {
            [] => return Err(format!("{name} is missing")),
            [part] if schema["type"] != "array" || is_json => one(schema, part)?,
            parts => parts
                .iter()
                .map(|part| one(&schema["items"], part))
                .collect::<Read<Value>>()?,
        };
        if !value.to_string().contains(SENT_FILE) {
            check(name, schema, &value)?;
        }
        members.insert(name.clone(), value);
    }
    Ok(Value::Object(members))
}
