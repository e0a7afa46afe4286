//! Whether a value looks like a schema of one of the narrow families: just enough to tell alternatives apart.

use serde_json::{Map, Value};

const DEPTH: usize = 32;

/// Whether `value` has the types, names and choices of `schema`. Bounds are not looked at.
pub(super) fn fits(schema: &Value, value: &Value, definitions: &Map<String, Value>) -> bool {
    Shapes { definitions }.fits(schema, value, 0)
}

struct Shapes<'a> {
    definitions: &'a Map<String, Value>,
}

impl Shapes<'_> {
    fn fits(&self, schema: &Value, value: &Value, depth: usize) -> bool {
        if depth > DEPTH {
            return true;
        }
        if let Some(Value::String(reference)) = schema.get("$ref") {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return match self.definitions.get(name) {
                Some(target) => self.fits(target, value, depth + 1),
                None => true,
            };
        }
        if let Some(Value::Array(alternatives)) = schema.get("anyOf") {
            return alternatives
                .iter()
                .any(|schema| self.fits(schema, value, depth + 1));
        }
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        let is_choice = match schema.get("enum") {
            Some(Value::Array(choices)) => choices.contains(value),
            _ => true,
        };
        is_choice && has_type(schema, value) && self.members_fit(schema, value, depth)
    }

    fn members_fit(&self, schema: &Value, value: &Value, depth: usize) -> bool {
        match value {
            Value::Array(items) => schema
                .get("items")
                .is_none_or(|schema| items.iter().all(|item| self.fits(schema, item, depth + 1))),
            Value::Object(members) => {
                let required = schema.get("required").and_then(Value::as_array);
                let mut required = required.into_iter().flatten().filter_map(Value::as_str);
                let properties = schema.get("properties").and_then(Value::as_object);
                let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
                required.all(|name| members.contains_key(name))
                    && members.iter().all(|(name, value)| {
                        match properties.and_then(|all| all.get(name)) {
                            Some(schema) => self.fits(schema, value, depth + 1),
                            None => !is_closed,
                        }
                    })
            }
            _ => true,
        }
    }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &Value| match (name.as_str().unwrap_or_default(), value) {
        ("null" | "NULL", Value::Null)
        | ("boolean" | "BOOLEAN", Value::Bool(_))
        | ("number" | "NUMBER", Value::Number(_))
        | ("string" | "STRING", Value::String(_))
        | ("array" | "ARRAY", Value::Array(_))
        | ("object" | "OBJECT", Value::Object(_)) => true,
        ("integer" | "INTEGER", Value::Number(number)) => {
            number.is_i64()
                || number.is_u64()
                || number.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        _ => false,
    };
    match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
        None => true,
    }
}
