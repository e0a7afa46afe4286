//! Arguments for a schema, the same at each run.

use composio_catalog::{ToolPlan, Toolkit};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Deeper levels get what is required alone.
const OPTIONAL_LEVELS: usize = 2;
const DEPTH: usize = 12;
/// What is tried where a pattern is to be met.
const TEXTS: &[&str] = &[
    "n7",
    "n7 ü&=+%/?#",
    "n7 &=+%/?#",
    "a",
    "7",
    "12",
    "2026",
    "AB",
    "US",
    "USD",
    "en-US",
    "12345678",
    "1234567890",
    "1234567890123456",
    "abcdefgh",
    "#aabbcc",
    "2026-11-22",
    "10:00",
    "10:00:00",
    "https://example.com/a",
    "0a1b2c3d4e5f60718293a4b5",
    "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
    "AC0123456789abcdef0123456789abcdef",
];

/// Arguments for the tool, if this generator can make some that its schema accepts.
pub(crate) fn arguments(toolkit: &Toolkit, plan: &ToolPlan) -> Option<Map<String, Value>> {
    let root = toolkit.input_schema(plan).to_value();
    let validator = validator(&root)?;
    let full = value(&root, &root, 0)?;
    let arguments = if validator.is_valid(&full) {
        full
    } else {
        // Without what nobody asks for it may still do.
        value(&root, &root, OPTIONAL_LEVELS)?
    };
    validator.is_valid(&arguments).then_some(())?;
    arguments.as_object().cloned()
}

fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .ok()
}

/// A value for `schema`, a part of `root`.
fn value(root: &Value, schema: &Value, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    let Some(map) = schema.as_object() else {
        return Some(json!("n7"));
    };
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.strip_prefix('#')?)?;
        return value(root, target, depth + 1);
    }
    if let Some(only) = map.get("const") {
        return Some(only.clone());
    }
    if let Some(choices) = map.get("enum").and_then(Value::as_array) {
        return choices.iter().find(|choice| !choice.is_null()).cloned();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(Value::Array(ways)) = map.get(key) {
            let own = typed(root, map, depth);
            let ways = ways.iter().filter(|way| way["type"] != "null");
            let chosen = ways.filter_map(|way| value(root, way, depth + 1)).next()?;
            return Some(together(own.unwrap_or_else(|| chosen.clone()), chosen));
        }
    }
    if let Some(Value::Array(parts)) = map.get("allOf") {
        let own = kind(map).and_then(|_| typed(root, map, depth));
        let parts: Option<Vec<Value>> = parts
            .iter()
            .map(|part| value(root, part, depth + 1))
            .collect();
        return own.into_iter().chain(parts?).reduce(together);
    }
    typed(root, map, depth)
}

fn together(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (_, other) => other,
    }
}

fn kind(map: &Map<String, Value>) -> Option<&str> {
    match map.get("type") {
        Some(Value::String(kind)) => Some(kind),
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ if map.contains_key("properties") => Some("object"),
        _ if map.contains_key("items") => Some("array"),
        _ => None,
    }
}

fn typed(root: &Value, map: &Map<String, Value>, depth: usize) -> Option<Value> {
    match kind(map).unwrap_or("string") {
        "object" => object(root, map, depth),
        "array" => list(root, map, depth),
        "integer" => number(map).map(|number| json!(number as i64)),
        "number" => number(map).map(|number| json!(number)),
        "boolean" => Some(json!(true)),
        "null" => Some(Value::Null),
        _ => text(map),
    }
}

fn number(map: &Map<String, Value>) -> Option<f64> {
    let bound = |key: &str| map.get(key).and_then(Value::as_f64);
    let step = bound("multipleOf").unwrap_or(1.0);
    let least = bound("minimum").or(bound("exclusiveMinimum").map(|least| least + step));
    let most = bound("maximum").or(bound("exclusiveMaximum").map(|most| most - step));
    let start = match (least, most) {
        (Some(least), _) => least,
        (None, Some(most)) => most.min(7.0),
        (None, None) => 7.0,
    };
    Some((start / step).ceil() * step)
}

fn text(map: &Map<String, Value>) -> Option<Value> {
    let of_format = match map
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "date-time" => "2026-11-22T10:00:00Z",
        "date" => "2026-11-22",
        "time" => "10:00:00Z",
        "email" => "octocat@example.com",
        "uri" | "url" => "https://example.com/a",
        "uuid" | "guid" => "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        "ipv4" => "192.0.2.7",
        "ipv6" => "2001:db8::7",
        "hostname" => "example.com",
        "byte" => "bjc=",
        _ => "n7",
    };
    let schema = validator(&Value::Object(map.clone()))?;
    let least = map.get("minLength").and_then(Value::as_u64).unwrap_or(0);
    let long = "7".repeat(usize::try_from(least).ok()?.min(5_000));
    let texts = [of_format].into_iter().chain(TEXTS.iter().copied());
    texts
        .chain([&*long])
        .map(|text| json!(text))
        .find(|text| schema.is_valid(text))
}

fn list(root: &Value, map: &Map<String, Value>, depth: usize) -> Option<Value> {
    let least = map
        .get("minItems")
        .and_then(Value::as_u64)
        .unwrap_or(1)
        .max(1);
    if map.get("maxItems").and_then(Value::as_u64) == Some(0) {
        return Some(json!([]));
    }
    let Some(items) = map.get("items").filter(|items| items.is_object()) else {
        return Some(json!(["n7"]));
    };
    let Some(first) = value(root, items, depth + 1) else {
        return Some(json!([]));
    };
    // Distinct numbers tell whether the order is kept.
    let next = |at: u64| match first.as_i64() {
        Some(first)
            if !items
                .as_object()
                .is_some_and(|own| own.contains_key("maximum")) =>
        {
            json!(first + i64::try_from(at).unwrap_or(0))
        }
        _ => first.clone(),
    };
    let is_number = first.is_i64() && map.get("maxItems").is_none();
    let count = if is_number { least.max(2) } else { least };
    Some((0..count.min(100)).map(next).collect())
}

fn object(root: &Value, map: &Map<String, Value>, depth: usize) -> Option<Value> {
    let needed: Vec<&str> = map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = map.get("properties").and_then(Value::as_object);
    let mut members = Map::new();
    for (name, schema) in properties.into_iter().flatten() {
        if needed.contains(&&**name) {
            members.insert(name.clone(), value(root, schema, depth + 1)?);
        } else if depth < OPTIONAL_LEVELS && members.len() < 8 {
            // Vendors' examples of optional members contradict each other more often than not.
            let is_plain = matches!(
                kind_of(schema),
                Some("integer" | "boolean" | "array" | "object")
            );
            if let Some(value) = value(root, schema, depth + 1).filter(|_| is_plain) {
                members.insert(name.clone(), value);
            }
        }
    }
    for name in needed {
        members.entry(name).or_insert_with(|| json!("n7"));
    }
    Some(Value::Object(members))
}

fn kind_of(schema: &Value) -> Option<&str> {
    kind(schema.as_object()?)
}
