use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    super::{
        loss::LossKind,
        merge::{is_assertion, origin},
        pointer::below,
        restore::{Field, Restore},
    },
    emitter::{Emitter, Shown, is_open, required},
};

const RULES: &[&str] = &[
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
];

const NAMED: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
];

/// The argument that stands for arguments of any name.
const REST: &str = "arguments";

impl Emitter<'_> {
    /// The arguments of a tool.
    pub(super) fn root_object(&mut self, map: &Map<String, Value>) -> Shown {
        if !is_open(map) {
            return self.fields(map, "", 0);
        }
        let mut rest = self.text_of("all arguments, as a JSON object written as text", true);
        self.losses.add("", LossKind::Text, "arguments of any name");
        self.annotate(&mut rest, &Map::new());
        let field = Field {
            shown: REST.to_owned(),
            own: REST.to_owned(),
            drop_null: false,
            spread: true,
            restore: rest.restore.clone(),
        };
        let schema = self.value(rest, false);
        Shown {
            restore: Restore::Object(vec![field]),
            ..Shown::of(json!({"type": self.type_name("object"), "properties": {REST: schema}}))
        }
    }

    /// What is shown of an object.
    pub(super) fn object(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let names_any = map
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|all| !all.is_empty());
        if names_any || map.contains_key("required") {
            return self.fields(map, at, depth);
        }
        let is_closed = map.get("additionalProperties") == Some(&Value::Bool(false));
        let shown = match map.get("additionalProperties") {
            Some(Value::Object(values))
                if says_something(values) && !map.contains_key("patternProperties") =>
            {
                self.pairs(values, at, depth)
            }
            _ if is_closed && self.rules.is_strict && !map.contains_key("patternProperties") => {
                return self.fields(map, at, depth);
            }
            _ => {
                self.losses
                    .add(at, LossKind::Text, "an object of any names");
                self.text_of("a JSON object, written as text", true)
            }
        };
        let mut shown = shown;
        for key in RULES {
            if let Some(value) = map.get(*key) {
                self.losses.add(at, LossKind::Rule, format!("`{key}`"));
                shown.notes.push(format!("{key}: {value}"));
            }
        }
        shown
    }

    fn fields(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let needed = required(map);
        let here = below(at, "properties");
        let (mut properties, mut fields, mut shown_required) = (Map::new(), Vec::new(), Vec::new());
        for (name, schema) in listed(map, &needed) {
            let here = below(&here, name);
            let shown = self.schema(schema, &here, depth + 1);
            let is_needed = needed.contains(name);
            let drop_null = self.rules.is_strict && !is_needed;
            if drop_null {
                self.report_null(&shown, schema, &here);
            }
            let field = self.field(name, shown.restore.clone(), drop_null);
            if is_needed || self.rules.is_strict {
                shown_required.push(Value::String(field.shown.clone()));
            }
            properties.insert(field.shown.clone(), self.value(shown, drop_null));
            if field.drop_null || field.shown != field.own || !field.restore.is_same() {
                fields.push(field);
            }
        }
        let mut shown = self.object_of(properties, shown_required);
        if !fields.is_empty() {
            shown.restore = Restore::Object(fields);
        }
        self.report_beyond(map, at);
        self.rules_of(&mut shown, RULES, map, at);
        if at.is_empty() {
            self.other_rules(&mut shown, map, &[NAMED, RULES].concat(), at);
        }
        shown
    }

    fn object_of(&self, properties: Map<String, Value>, required: Vec<Value>) -> Shown {
        let kind = self.type_name("object");
        let mut shown = Shown::of(json!({"type": kind}));
        let schema = &mut shown.schema;
        schema.insert("properties".to_owned(), Value::Object(properties));
        if self.rules.is_strict {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
        if self.rules.is_strict || !required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(required));
        }
        shown
    }

    /// The way back of a property, of which the name and what becomes of nulls are settled here.
    fn field(&mut self, name: &str, restore: Restore, drop_null: bool) -> Field {
        Field {
            shown: self.names.shown(name, self.root),
            own: name.to_owned(),
            drop_null,
            spread: false,
            restore,
        }
    }

    fn report_null(&mut self, shown: &Shown, schema: &Value, at: &str) {
        let null_is_default = schema.get("default").is_some_and(Value::is_null);
        if (shown.takes_null || self.reference_takes_null(schema)) && !null_is_default {
            let origin = schema.as_object().and_then(origin);
            let at = origin.as_deref().unwrap_or(at);
            self.losses
                .add(at, LossKind::Null, "null counts as not given");
        }
    }

    fn reference_takes_null(&self, schema: &Value) -> bool {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return false;
        };
        let target = super::super::pointer::resolve(self.root, reference).map(|(_, target)| target);
        let is_null = |schema: &Value| match schema.get("type") {
            Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
            Some(name) => name == "null",
            None => false,
        };
        target.is_some_and(|target| {
            let ways = target
                .get("anyOf")
                .or_else(|| target.get("oneOf"))
                .and_then(Value::as_array);
            is_null(target) || ways.is_some_and(|ways| ways.iter().any(is_null))
        })
    }

    // An object without a word on it is meant as it is written.
    fn report_beyond(&mut self, map: &Map<String, Value>, at: &str) {
        let is_more = |key: &str| {
            map.get(key)
                .is_some_and(|value| *value != Value::Bool(false))
        };
        if is_more("additionalProperties") || is_more("patternProperties") {
            self.losses.add(
                at,
                LossKind::Closed,
                "no property beyond those that are named",
            );
        }
    }
}

/// The properties of an object: those it names, and those it only says are needed.
fn listed<'a>(
    map: &'a Map<String, Value>,
    needed: &'a BTreeSet<String>,
) -> Vec<(&'a String, &'a Value)> {
    let named = map.get("properties").and_then(Value::as_object);
    let beyond = map
        .get("additionalProperties")
        .filter(|value| value.is_object());
    let is_named = |name: &String| named.is_some_and(|named| named.contains_key(name));
    let mut all: Vec<_> = named.into_iter().flatten().collect();
    let unnamed = needed.iter().filter(|name| !is_named(name));
    all.extend(unnamed.map(|name| (name, beyond.unwrap_or(&Value::Bool(true)))));
    // What may not be given need not be shown.
    all.retain(|(_, schema)| **schema != Value::Bool(false));
    all
}

fn says_something(schema: &Map<String, Value>) -> bool {
    schema.keys().any(|key| is_assertion(key))
}
