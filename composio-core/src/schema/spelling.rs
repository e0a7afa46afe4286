//! Schemas of older drafts and of `OpenAPI` 3.0, in the words of JSON Schema 2020-12.

use std::{collections::HashSet, mem};

use serde_json::{Map, Value, json};

use super::{
    loss::{LossKind, Losses},
    pointer::{Path, resolve},
};

/// How deep schemas may nest; texts deeper than 128 levels are not even read.
const DEPTH: usize = 100;

/// Rewrites `schema` in place; what is no JSON Schema is taken out and reported.
pub(super) fn bring_up_to_date(schema: &mut Value, losses: &mut Losses) {
    let mut speller = Speller {
        losses,
        references: Vec::new(),
    };
    speller.schema(schema, &Path::Root, 0);
    let references = mem::take(&mut speller.references);
    let dangling: Vec<(String, String)> = references
        .into_iter()
        .filter(|(_, reference)| resolve(schema, reference).is_none())
        .collect();
    for (path, reference) in dangling {
        if let Some(Value::Object(map)) = schema.pointer_mut(&path) {
            map.remove("$ref");
        }
        let detail = format!("the reference {reference} leads nowhere");
        losses.add(&path, LossKind::Broken, detail);
    }
}

struct Speller<'a> {
    losses: &'a mut Losses,
    // Where references stand, and to what.
    references: Vec<(String, String)>,
}

/// What a keyword's value has to be.
enum Kind {
    Schema,
    Schemas,
    Named,
    Count,
    Number,
    Text,
    Flag,
    List,
    Free,
    // Not as 2020-12 has it, or not at all.
    Former,
}

fn kind(key: &str, value: &Value) -> Kind {
    match key {
        "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas" => {
            Kind::Named
        }
        "items" if value.is_array() => Kind::Former,
        "items"
        | "additionalProperties"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties" => Kind::Schema,
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => Kind::Schemas,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => Kind::Count,
        "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => Kind::Former,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            Kind::Number
        }
        "description" | "title" | "format" | "pattern" | "$ref" | "$comment" | "$anchor"
        | "contentEncoding" | "contentMediaType" => Kind::Text,
        "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => Kind::Flag,
        "enum" => Kind::List,
        "id" if !value.is_string() => Kind::Free,
        "type" | "required" | "dependentRequired" | "examples" | "nullable" | "x-nullable"
        | "$schema" | "$id" | "id" | "dependencies" | "$dynamicRef" | "$recursiveRef"
        | "$vocabulary" => Kind::Former,
        _ => Kind::Free,
    }
}

impl Speller<'_> {
    fn schema(&mut self, schema: &mut Value, path: &Path<'_>, depth: usize) {
        if depth > DEPTH {
            self.losses.add(
                &path.text(),
                LossKind::Size,
                format!("deeper than {DEPTH} levels"),
            );
            *schema = json!({});
            return;
        }
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(_) => return,
            _ => {
                self.losses
                    .add(&path.text(), LossKind::Broken, "this is not a schema");
                *schema = json!({});
                return;
            }
        };
        let first_reference = self.references.len();
        let mut former = Vec::new();
        let mut broken = Vec::new();
        for (key, value) in map.iter_mut() {
            if matches!(kind(key, value), Kind::Former) {
                if !is_sound(key, value) {
                    former.push(key.clone());
                }
            } else if !self.keyword(key, value, path, depth) {
                broken.push(key.clone());
            }
        }
        for key in broken {
            map.remove(&key);
            let detail = format!("`{key}` is not what JSON Schema has");
            self.losses.add(&path.text(), LossKind::Broken, detail);
        }
        for key in former {
            self.mend(map, &key, path, depth);
        }
        // Without a list in `items` it says nothing.
        map.remove("additionalItems");
        if let Some(Value::String(reference)) = map.get("$ref") {
            self.references.push((path.text(), reference.clone()));
        }
        let is_nullable = ["nullable", "x-nullable"]
            .iter()
            .any(|key| map.get(*key) == Some(&Value::Bool(true)));
        if is_nullable && make_nullable(map) {
            self.moved(first_reference, &path.text());
        }
    }

    /// What stood at `at` stands one level deeper, except for the definitions.
    fn moved(&mut self, first_reference: usize, at: &str) {
        for (path, _) in self.references.iter_mut().skip(first_reference) {
            if let Some(rest) = path.strip_prefix(at)
                && !["/$defs/", "/definitions/"]
                    .iter()
                    .any(|key| rest.starts_with(key))
            {
                *path = format!("{at}/anyOf/0{rest}");
            }
        }
    }

    /// Walks what stands below `key`; `false` if it is nothing that belongs there.
    fn keyword(&mut self, key: &str, value: &mut Value, path: &Path<'_>, depth: usize) -> bool {
        let here = Path::Key(path, key);
        match (kind(key, value), value) {
            (Kind::Schema, value @ (Value::Object(_) | Value::Bool(_))) => {
                self.schema(value, &here, depth + 1);
                true
            }
            (Kind::Schemas, Value::Array(schemas)) => {
                for (index, schema) in schemas.iter_mut().enumerate() {
                    self.schema(schema, &Path::Index(&here, index), depth + 1);
                }
                !schemas.is_empty()
            }
            (Kind::Named, Value::Object(schemas)) => {
                for (name, schema) in schemas.iter_mut() {
                    self.schema(schema, &Path::Key(&here, name), depth + 1);
                }
                true
            }
            (Kind::Count, Value::Number(number)) => {
                number.as_u64().is_some()
                    || number
                        .as_f64()
                        .is_some_and(|count| count >= 0.0 && count.fract() == 0.0)
            }
            (Kind::Number, Value::Number(number)) => {
                key != "multipleOf" || number.as_f64().is_some_and(|number| number > 0.0)
            }
            (Kind::List, Value::Array(values)) => !values.is_empty(),
            (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) | (Kind::Free, _) => true,
            _ => false,
        }
    }

    fn mend(&mut self, map: &mut Map<String, Value>, key: &str, path: &Path<'_>, depth: usize) {
        let Some(value) = map.remove(key) else { return };
        match (key, value) {
            ("items", Value::Array(items)) if !items.is_empty() => {
                self.tuple(map, items, path, depth);
            }
            ("exclusiveMinimum", Value::Bool(true)) => swap(map, "minimum", key),
            ("exclusiveMaximum", Value::Bool(true)) => swap(map, "maximum", key),
            ("type", value) => self.types(map, value, path),
            ("required", Value::Array(names)) => required(map, names),
            ("examples", Value::Object(examples)) => {
                // OpenAPI names its examples.
                map.insert(
                    key.to_owned(),
                    examples.into_iter().map(|(_, example)| example).collect(),
                );
            }
            ("examples", value) if !value.is_null() => {
                map.insert(key.to_owned(), json!([value]));
            }
            ("dependencies", Value::Object(all)) => self.dependencies(map, all, path, depth),
            ("dependentRequired" | "$dynamicRef" | "$recursiveRef", _) => {
                let detail = format!("`{key}` cannot be followed");
                self.losses.add(&path.text(), LossKind::Broken, detail);
            }
            // `required: true` stood in the property, in draft 3; the rest are names of the document.
            _ => {}
        }
    }

    fn tuple(
        &mut self,
        map: &mut Map<String, Value>,
        mut items: Vec<Value>,
        path: &Path<'_>,
        depth: usize,
    ) {
        let here = Path::Key(path, "prefixItems");
        for (index, item) in items.iter_mut().enumerate() {
            self.schema(item, &Path::Index(&here, index), depth + 1);
        }
        map.insert("prefixItems".to_owned(), Value::Array(items));
        if let Some(mut rest @ (Value::Object(_) | Value::Bool(_))) = map.remove("additionalItems")
        {
            self.schema(&mut rest, &Path::Key(path, "items"), depth + 1);
            map.insert("items".to_owned(), rest);
        }
    }

    fn dependencies(
        &mut self,
        map: &mut Map<String, Value>,
        all: Map<String, Value>,
        path: &Path<'_>,
        depth: usize,
    ) {
        let (mut names, mut schemas) = (Map::new(), Map::new());
        for (name, mut dependency) in all {
            if dependency.is_array() {
                names.insert(name, dependency);
            } else {
                let here = Path::Key(path, "dependentSchemas");
                self.schema(&mut dependency, &Path::Key(&here, &name), depth + 1);
                schemas.insert(name, dependency);
            }
        }
        for (key, found) in [("dependentRequired", names), ("dependentSchemas", schemas)] {
            if !found.is_empty() {
                map.entry(key).or_insert(Value::Object(found));
            }
        }
    }

    fn types(&mut self, map: &mut Map<String, Value>, value: Value, path: &Path<'_>) {
        let given = match value {
            Value::Array(names) => names,
            one => vec![one],
        };
        let mut known: Vec<Value> = Vec::new();
        for name in given {
            let name = name.as_str().unwrap_or_default();
            match type_name(name) {
                Some("any") => return,
                Some(name) if !known.iter().any(|known| known == name) => known.push(json!(name)),
                Some(_) => {}
                None => {
                    let detail = format!("there is no type `{name}`");
                    self.losses.add(&path.text(), LossKind::Broken, detail);
                }
            }
        }
        match known.as_slice() {
            [] => {}
            [one] => {
                map.insert("type".to_owned(), one.clone());
            }
            _ => {
                map.insert("type".to_owned(), Value::Array(known));
            }
        }
    }
}

/// Whether a keyword that has changed over the drafts is spelt as 2020-12 has it.
fn is_sound(key: &str, value: &Value) -> bool {
    let is_type = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        type_name(name) == Some(name) && name != "any"
    };
    match (key, value) {
        ("type", Value::String(_)) => is_type(value),
        ("type", Value::Array(names)) => {
            !names.is_empty() && names.iter().all(is_type) && are_unique(names)
        }
        ("required", Value::Array(names)) => {
            names.iter().all(Value::is_string) && are_unique(names)
        }
        ("dependentRequired", Value::Object(all)) => {
            all.values().all(|names| is_sound("required", names))
        }
        // Taken care of at the end, when the rest of the schema is in order.
        ("nullable" | "x-nullable", Value::Bool(true)) | ("examples", Value::Array(_)) => true,
        _ => false,
    }
}

fn are_unique(names: &[Value]) -> bool {
    let seen: HashSet<&str> = names.iter().filter_map(Value::as_str).collect();
    seen.len() == names.len()
}

fn type_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "STRING" | "str" | "text" | "file" => "string",
        "integer" | "INTEGER" | "int" => "integer",
        "number" | "NUMBER" | "float" | "double" => "number",
        "boolean" | "BOOLEAN" | "bool" => "boolean",
        "array" | "ARRAY" | "list" => "array",
        "object" | "OBJECT" | "dict" => "object",
        "null" | "NULL" => "null",
        "any" => "any",
        _ => return None,
    })
}

fn swap(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(bound) = map.remove(from) {
        map.insert(to.to_owned(), bound);
    }
}

fn required(map: &mut Map<String, Value>, names: Vec<Value>) {
    let mut unique: Vec<Value> = Vec::with_capacity(names.len());
    let mut seen = HashSet::new();
    for name in names {
        if let Value::String(text) = &name
            && seen.insert(text.clone())
        {
            unique.push(name);
        }
    }
    map.insert("required".to_owned(), Value::Array(unique));
}

/// `OpenAPI` 3.0's `nullable`, which Swagger 2 writes as `x-nullable`. Whether the schema had to be wrapped.
fn make_nullable(map: &mut Map<String, Value>) -> bool {
    map.remove("nullable");
    map.remove("x-nullable");
    let wraps = ["$ref", "anyOf", "oneOf", "allOf", "not", "const", "if"]
        .iter()
        .any(|key| map.contains_key(*key));
    if wraps {
        let mut outer = Map::new();
        for key in [
            "title",
            "description",
            "default",
            "examples",
            "$defs",
            "definitions",
        ] {
            if let Some((key, value)) = map.remove_entry(key) {
                outer.insert(key, value);
            }
        }
        let inner = mem::replace(map, outer);
        map.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
        return true;
    }
    match map.get_mut("type") {
        Some(Value::Array(names)) if !names.iter().any(|name| name == "null") => {
            names.push(json!("null"))
        }
        Some(one @ Value::String(_)) if one != "null" => *one = json!([one.take(), "null"]),
        _ => {}
    }
    if let Some(Value::Array(choices)) = map.get_mut("enum")
        && !choices.contains(&Value::Null)
    {
        choices.push(Value::Null);
    }
    false
}
