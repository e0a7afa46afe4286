use serde_json::{Map, Number, Value};

const DEPTH: usize = 16;

/// Turns what a model meant into what the schema says, where there is only one way to read it.
///
/// `"5"` becomes `5`, `"true"` becomes `true`, `5` becomes `"5"`, one value becomes a list of one, JSON in a text
/// becomes the object or list it spells, and `null` for an optional argument that may not be null goes away.
/// A value that already fits is left alone.
pub(crate) fn coerce(schema: &Value, arguments: &mut Map<String, Value>) {
    Coercion { root: schema }.object(schema, arguments, 0);
}

struct Coercion<'a> {
    root: &'a Value,
}

impl<'a> Coercion<'a> {
    fn object(&self, schema: &'a Value, object: &mut Map<String, Value>, depth: usize) {
        let schema = self.resolve(schema);
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return;
        };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|own| own == name));
        object.retain(|name, value| {
            !value.is_null()
                || is_required(name)
                || properties
                    .get(name)
                    .is_none_or(|schema| allows(self.resolve(schema), "null"))
        });
        for (name, value) in object {
            if let Some(schema) = properties.get(name) {
                self.value(schema, value, depth + 1);
            }
        }
    }

    fn value(&self, schema: &'a Value, value: &mut Value, depth: usize) {
        let schema = self.resolve(schema);
        if depth > DEPTH || !has_type(schema) {
            return;
        }
        if !fits(schema, value)
            && let Some(better) = convert(schema, value)
        {
            *value = better;
        }
        match value {
            Value::Object(object) => self.object(schema, object, depth),
            Value::Array(entries) => {
                if let Some(items) = schema.get("items") {
                    entries
                        .iter_mut()
                        .for_each(|entry| self.value(items, entry, depth + 1));
                }
            }
            _ => {}
        }
    }

    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..DEPTH {
            let Some(pointer) = schema
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix('#'))
            else {
                break;
            };
            match self.root.pointer(pointer) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }
}

fn has_type(schema: &Value) -> bool {
    schema.get("type").is_some()
}

fn allows(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(own)) => {
            own == name || (name == "null" && schema.get("nullable") == Some(&Value::Bool(true)))
        }
        Some(Value::Array(all)) => all.iter().any(|own| own == name),
        _ => true,
    }
}

fn fits(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Null => allows(schema, "null"),
        Value::Bool(_) => allows(schema, "boolean"),
        Value::Number(number) => {
            allows(schema, "number") || (allows(schema, "integer") && is_whole(number))
        }
        Value::String(_) => allows(schema, "string"),
        Value::Array(_) => allows(schema, "array"),
        Value::Object(_) => allows(schema, "object"),
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
}

fn convert(schema: &Value, value: &Value) -> Option<Value> {
    let readings = [
        from_text(schema, value),
        to_text(schema, value),
        to_list(schema, value),
    ];
    readings
        .into_iter()
        .flatten()
        .find(|reading| fits(schema, reading))
}

fn from_text(schema: &Value, value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    if text.is_empty() || allows(schema, "string") {
        return None;
    }
    match text {
        "True" => return Some(Value::Bool(true)),
        "False" => return Some(Value::Bool(false)),
        _ => {}
    }
    serde_json::from_str(text).ok()
}

fn to_text(schema: &Value, value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) | Value::Bool(_) if allows(schema, "string") => {
            Some(Value::String(value.to_string()))
        }
        _ => None,
    }
}

fn to_list(schema: &Value, value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Array(_) => None,
        single if allows(schema, "array") => Some(Value::Array(vec![single.clone()])),
        _ => None,
    }
}
