//! Values as a model may write them for a schema.

use serde_json::{Map, Value, json};

const DEPTH: usize = 7;
const TEXTS: &[&str] = &[
    "",
    "a",
    "hello world",
    "2026-11-22T10:00:00Z",
    "octocat@example.com",
    "{\"k\": [1, {\"l\": null}]}",
    "{}",
    "[1, 2]",
    "null",
    "5",
    "true",
    "not { JSON",
];

/// A small generator of pseudo-random numbers (xorshift64), so that a failure can be repeated by its seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

/// A value for `schema`, a part of `root`, in the words of JSON Schema or of Gemini; it may break rules that are hard
/// to keep, so ask a validator.
pub fn value(root: &Value, schema: &Value, dice: &mut Dice, depth: usize) -> Value {
    let Some(map) = schema.as_object() else {
        return json!(TEXTS[dice.throw(TEXTS.len())]);
    };
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(&reference[1..]).unwrap_or(&Value::Null);
        return value(root, target, dice, depth + 1);
    }
    if map.get("nullable") == Some(&Value::Bool(true)) && (depth > DEPTH || dice.throw(3) == 0) {
        return Value::Null;
    }
    if let Some(choices) = map.get("enum").and_then(Value::as_array) {
        return choices[dice.throw(choices.len())].clone();
    }
    if let Some(only) = map.get("const") {
        return only.clone();
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(ways)) = map.get(key) {
            return joined(root, map, ways, dice, depth);
        }
    }
    if let Some(Value::Array(parts)) = map.get("allOf") {
        let own = typed(root, map, dice, depth);
        let parts = parts.iter().map(|part| value(root, part, dice, depth + 1));
        return parts.fold(own, together);
    }
    typed(root, map, dice, depth)
}

fn joined(
    root: &Value,
    map: &Map<String, Value>,
    ways: &[Value],
    dice: &mut Dice,
    depth: usize,
) -> Value {
    let null = json!({"type": "null"});
    if depth > DEPTH && ways.contains(&null) {
        return Value::Null;
    }
    let way = value(root, &ways[dice.throw(ways.len())], dice, depth + 1);
    if map.contains_key("properties") {
        return together(typed(root, map, dice, depth), way);
    }
    way
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

fn typed(root: &Value, map: &Map<String, Value>, dice: &mut Dice, depth: usize) -> Value {
    let own = map.get("type").cloned().unwrap_or_else(|| {
        let has = |key: &str| map.contains_key(key);
        json!(if has("properties") || has("required") {
            "object"
        } else if has("items") {
            "array"
        } else {
            "string"
        })
    });
    let name = match &own {
        Value::Array(names) if depth > DEPTH && names.contains(&json!("null")) => "null".to_owned(),
        Value::Array(names) => names[dice.throw(names.len())].as_str().unwrap().to_owned(),
        one => one.as_str().unwrap_or("string").to_lowercase(),
    };
    match name.as_str() {
        "null" => Value::Null,
        "boolean" => json!(dice.throw(2) == 0),
        "integer" => json!(number(map, dice).round() as i64),
        "number" => json!(number(map, dice)),
        "array" => list(root, map, dice, depth),
        "object" => object(root, map, dice, depth),
        _ => text(map, dice),
    }
}

fn bound(map: &Map<String, Value>, key: &str) -> Option<f64> {
    map.get(key).and_then(Value::as_f64)
}

fn number(map: &Map<String, Value>, dice: &mut Dice) -> f64 {
    let least =
        bound(map, "minimum").or_else(|| bound(map, "exclusiveMinimum").map(|bound| bound + 1.0));
    let most =
        bound(map, "maximum").or_else(|| bound(map, "exclusiveMaximum").map(|bound| bound - 1.0));
    let step = bound(map, "multipleOf").unwrap_or(1.0);
    let low = least.unwrap_or_else(|| most.map_or(-3.0, |most| most - 5.0));
    let high = most.unwrap_or(low + 50.0).min(low + 50.0);
    let span = (high - low).max(0.0) as usize;
    ((low + dice.throw(span + 1) as f64) / step).floor() * step
}

fn text(map: &Map<String, Value>, dice: &mut Dice) -> Value {
    let most = bound(map, "maxLength").map_or(usize::MAX, |most| most as usize);
    let least = bound(map, "minLength").map_or(0, |least| least as usize);
    let mut text: String = TEXTS[dice.throw(TEXTS.len())].chars().take(most).collect();
    while text.chars().count() < least {
        text.push('x');
    }
    json!(text)
}

fn list(root: &Value, map: &Map<String, Value>, dice: &mut Dice, depth: usize) -> Value {
    let least = bound(map, "minItems").map_or(0, |least| least as usize);
    let most = bound(map, "maxItems").map_or(least + 3, |most| most as usize);
    let extra = if depth > DEPTH {
        0
    } else {
        dice.throw(most.saturating_sub(least).min(3) + 1)
    };
    let item = map.get("items").unwrap_or(&Value::Null);
    let places = map.get("prefixItems").and_then(Value::as_array);
    (0..least + extra)
        .map(|place| {
            let own = places.and_then(|places| places.get(place)).unwrap_or(item);
            value(root, own, dice, depth + 1)
        })
        .collect()
}

fn object(root: &Value, map: &Map<String, Value>, dice: &mut Dice, depth: usize) -> Value {
    let needed = map
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut members = Map::new();
    for (name, schema) in map
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if needed.iter().any(|own| own == name) || (depth <= DEPTH && dice.throw(2) == 0) {
            members.insert(name.clone(), value(root, schema, dice, depth + 1));
        }
    }
    for name in needed.iter().filter_map(Value::as_str) {
        members.entry(name).or_insert_with(|| json!("needed"));
    }
    if let Some(schema @ Value::Object(_)) = map.get("additionalProperties") {
        for name in ["extra", "more"].iter().take(dice.throw(3)) {
            members.insert((*name).to_owned(), value(root, schema, dice, depth + 1));
        }
    }
    Value::Object(members)
}
