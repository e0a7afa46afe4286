use serde_json::{Map, Value, json};

use super::{
    super::{loss::LossKind, restore::Restore},
    emitter::{Emitter, Shown},
};

const TEXT_RULES: &[&str] = &["minLength", "maxLength", "pattern"];
const NUMBER_RULES: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];
const LIST_RULES: &[&str] = &[
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];
const OBJECT_RULES: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
];

impl Emitter<'_> {
    /// What is shown of a schema with types and their rules.
    pub(super) fn typed(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let mut types = types(map);
        let takes_null = types.contains(&"null");
        types.retain(|name| *name != "null");
        if types.contains(&"number") {
            types.retain(|name| *name != "integer");
        }
        let mut shown = match types.as_slice() {
            [] if takes_null => return self.nothing(at),
            [] => self.anything(at),
            [one] => self.of_type(one, map, at, depth),
            many => {
                let ways = many
                    .iter()
                    .map(|name| self.of_type(name, map, at, depth))
                    .collect();
                self.ways(ways)
            }
        };
        // A text of JSON says `null` itself.
        shown.takes_null |= takes_null;
        let known = [TEXT_RULES, NUMBER_RULES, LIST_RULES, OBJECT_RULES].concat();
        self.other_rules(&mut shown, map, &known, at);
        shown
    }

    fn of_type(&mut self, name: &str, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        match name {
            "object" => self.object(map, at, depth),
            "array" => self.list(map, at, depth),
            "string" => self.text(map, at),
            "boolean" => Shown::of(json!({"type": self.type_name(name)})),
            _ => self.number(name, map, at),
        }
    }

    fn text(&mut self, map: &Map<String, Value>, at: &str) -> Shown {
        let mut shown = Shown::of(json!({"type": self.type_name("string")}));
        if let Some(Value::String(format)) = map.get("format") {
            self.format(&mut shown, format, self.rules.text_formats);
        }
        self.rules_of(&mut shown, TEXT_RULES, map, at);
        shown
    }

    fn number(&mut self, name: &str, map: &Map<String, Value>, at: &str) -> Shown {
        let mut shown = Shown::of(json!({"type": self.type_name(name)}));
        if let Some(Value::String(format)) = map.get("format") {
            let known: &[&str] = match (self.rules.is_google, name) {
                (false, _) => &[],
                (true, "integer") => &["int32", "int64"],
                (true, _) => &["float", "double"],
            };
            self.format(&mut shown, format, known);
        }
        self.rules_of(&mut shown, NUMBER_RULES, map, at);
        shown
    }

    // Of a format, 2020-12 only says what is meant.
    fn format(&self, shown: &mut Shown, format: &str, known: &[&str]) {
        if known.contains(&format) {
            shown.schema.insert("format".to_owned(), json!(format));
        } else {
            shown.notes.push(format!("format: {format}"));
        }
    }

    pub(super) fn rules_of(
        &mut self,
        shown: &mut Shown,
        keys: &[&str],
        map: &Map<String, Value>,
        at: &str,
    ) {
        for key in keys {
            if let Some(value) = map.get(*key) {
                self.rule(shown, key, value, at);
            }
        }
    }

    /// `null` alone.
    pub(super) fn nothing(&mut self, at: &str) -> Shown {
        if self.rules.is_google {
            return self.anything(at);
        }
        Shown::of(json!({"type": "null"}))
    }

    /// One of some values.
    pub(super) fn choice(&mut self, map: &Map<String, Value>, at: &str) -> Shown {
        let mut choices: Vec<Value> = match (map.get("const"), map.get("enum")) {
            (Some(only), _) => vec![only.clone()],
            (None, Some(Value::Array(choices))) => choices.clone(),
            _ => Vec::new(),
        };
        let types = types(map);
        if map.contains_key("type") {
            choices.retain(|choice| types.iter().any(|name| is_of(choice, name)));
        }
        let takes_null = choices.contains(&Value::Null);
        choices.retain(|choice| !choice.is_null());
        let mut shown = if choices.is_empty() && takes_null {
            self.nothing(at)
        } else if choices.is_empty() {
            self.losses
                .add(at, LossKind::Broken, "no value is valid here");
            self.text_of("no value is valid here", false)
        } else {
            self.values(choices, at)
        };
        shown.takes_null |= takes_null;
        self.other_rules(&mut shown, map, &["enum", "const"], at);
        shown
    }

    fn values(&mut self, choices: Vec<Value>, at: &str) -> Shown {
        let all = |name: &str| choices.iter().all(|choice| is_of(choice, name));
        if all("boolean") && choices.len() > 1 {
            return Shown::of(json!({"type": self.type_name("boolean")}));
        }
        let kind = ["string", "integer", "number", "boolean"]
            .into_iter()
            .find(|name| all(name));
        match kind {
            Some("string") => Shown::of(json!({"type": self.type_name("string"), "enum": choices})),
            Some(kind) if !self.rules.is_google => {
                Shown::of(json!({"type": kind, "enum": choices}))
            }
            _ => self.as_texts(choices, at),
        }
    }

    /// Values of several types as texts, and the way back.
    fn as_texts(&mut self, choices: Vec<Value>, at: &str) -> Shown {
        let mut texts: Vec<(String, Value)> = Vec::with_capacity(choices.len());
        for choice in choices {
            let text = match &choice {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if texts.iter().any(|(taken, _)| *taken == text) {
                self.losses.add(
                    at,
                    LossKind::Merged,
                    format!("{text} is a text and a value"),
                );
            } else {
                texts.push((text, choice));
            }
        }
        let names: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        Shown {
            schema: Shown::of(json!({"type": self.type_name("string"), "enum": names})).schema,
            restore: Restore::Pick(texts),
            ..Shown::default()
        }
    }
}

/// The types of a schema, by name or by the rules it has; none if it may be anything.
fn types(map: &Map<String, Value>) -> Vec<&str> {
    match map.get("type") {
        Some(Value::String(name)) => return vec![name.as_str()],
        Some(Value::Array(names)) => return names.iter().filter_map(Value::as_str).collect(),
        _ => {}
    }
    let has = |rules: &[&str]| rules.iter().any(|key| map.contains_key(*key));
    let found = [
        ("object", has(OBJECT_RULES)),
        ("array", has(LIST_RULES)),
        ("string", has(TEXT_RULES)),
        ("number", has(NUMBER_RULES)),
    ];
    found
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name)
        .collect()
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
