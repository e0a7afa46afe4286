//! What a model may write comes back valid, except where the report says that something was lost.

use composio_core::{CompiledSchema, Dialect};
use composio_tests::suite::Outcome;
use jsonschema::{Validator, draft202012};
use serde_json::{Map, Value, json};

use crate::values::{self, Dice};

/// A schema that values are checked against, in the words of 2020-12.
pub struct Original {
    schema: Value,
    validator: Validator,
}

impl Original {
    /// `None` if the schema itself is broken, so that nothing can be checked against it.
    pub fn new(schema: &Value) -> Option<Self> {
        let schema = with_null(schema);
        let validator = draft202012::new(&schema).ok()?;
        Some(Self { schema, validator })
    }
}

/// How many of the values that were made for it the compiled schema accepts; what came back wrong is the error.
pub fn check(
    original: &Original,
    compiled: &CompiledSchema,
    dialect: Dialect,
    values: u64,
) -> Result<u64, String> {
    let shown = if dialect == Dialect::GeminiLegacy {
        in_json_schema(&compiled.schema)
    } else {
        compiled.schema.clone()
    };
    let accepts =
        draft202012::new(&shown).map_err(|error| format!("what is shown is broken: {error}"))?;
    let mut accepted = 0;
    for seed in 0..values {
        let written = values::value(&shown, &shown, &mut Dice::new(seed + 1), 0);
        if !accepts.is_valid(&written) {
            continue;
        }
        accepted += 1;
        let back = compiled.restore(written.clone());
        for error in original.validator.iter_errors(&back) {
            let path = error.evaluation_path().to_string();
            let places = places(&original.schema, &path);
            if !is_reported(&places, compiled) {
                let losses = &compiled.losses;
                return Err(format!(
                    "seed {seed}: {written} came back as {back}: {error} at {places:?}, and reported is {losses:?}"
                ));
            }
        }
    }
    Ok(accepted)
}

/// Every place of the schema that led to a fault: where references stood, and where the last one led.
fn places(schema: &Value, evaluation_path: &str) -> Vec<String> {
    let mut places = Vec::new();
    let mut here = String::new();
    for step in evaluation_path.split('/').skip(1) {
        if step == "$ref" {
            places.push(here.clone());
            let reference = schema
                .pointer(&format!("{here}/$ref"))
                .and_then(Value::as_str)
                .unwrap_or("#");
            here = reference[1..].to_owned();
        } else {
            here = format!("{here}/{step}");
        }
    }
    places.push(here);
    places
}

/// Whether a loss stands at one of `places` or above it; or below it, if all of what is there was refused together.
fn is_reported(places: &[String], compiled: &CompiledSchema) -> bool {
    const TOGETHER: &[&str] = &[
        "anyOf",
        "oneOf",
        "not",
        "contains",
        "if",
        "then",
        "else",
        "propertyNames",
    ];
    places.iter().any(|place| {
        let (above, keyword) = place.rsplit_once('/').unwrap_or_default();
        compiled.losses.iter().any(|loss| {
            let is_above = place == &loss.path || place.starts_with(&format!("{}/", loss.path));
            is_above || (TOGETHER.contains(&keyword) && loss.path.starts_with(above))
        })
    })
}

/// `nullable`, which 2020-12 does not know, in its own words.
fn with_null(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut own: Map<String, Value> = members
                .iter()
                .map(|(key, value)| (key.clone(), with_null(value)))
                .collect();
            if own.get("nullable") == Some(&Value::Bool(true))
                && own.get("type").is_some_and(Value::is_string)
            {
                own.remove("nullable");
                let name = own["type"].take();
                own.insert("type".to_owned(), json!([name, "null"]));
                if let Some(Value::Array(choices)) = own.get_mut("enum") {
                    choices.push(Value::Null);
                }
            }
            Value::Object(own)
        }
        Value::Array(items) => items.iter().map(with_null).collect(),
        other => other.clone(),
    }
}

/// Gemini's words in those of JSON Schema.
fn in_json_schema(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut own = Map::new();
    for (key, value) in members {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(all)) => all
                .iter()
                .map(|(name, schema)| (name.clone(), in_json_schema(schema)))
                .collect(),
            ("anyOf", Value::Array(all)) => all.iter().map(in_json_schema).collect(),
            ("items", schema) => in_json_schema(schema),
            ("type", Value::String(name)) if members.get("nullable").is_some() => {
                json!([name.to_lowercase(), "null"])
            }
            ("type", Value::String(name)) => json!(name.to_lowercase()),
            ("enum", Value::Array(choices)) if members.get("nullable").is_some() => {
                choices.iter().cloned().chain([Value::Null]).collect()
            }
            ("nullable", _) => continue,
            (_, other) => other.clone(),
        };
        own.insert(key.clone(), value);
    }
    Value::Object(own)
}

/// The check itself is not blind.
pub fn a_loss_that_is_not_reported_is_noticed() -> Outcome {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "object"}}, "required": ["a", "b"]});
    let original = Original::new(&schema).ok_or("the schema is sound")?;
    let mut compiled = Dialect::OpenAiStrict.compile(schema);
    check(&original, &compiled, Dialect::OpenAiStrict, 50)?;
    for path in ["/properties/a", "/properties/b"] {
        let all = compiled.losses.clone();
        compiled.losses.retain(|loss| loss.path != path);
        assert!(
            check(&original, &compiled, Dialect::OpenAiStrict, 50).is_err(),
            "{path}"
        );
        compiled.losses = all;
    }
    Ok(())
}
