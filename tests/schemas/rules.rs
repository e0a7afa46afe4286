//! What each model family publishes about the schemas it takes, checked without the compiler's help.

use std::collections::BTreeSet;

use composio_core::{CompiledSchema, Dialect};
use composio_tests::suite::Outcome;
use jsonschema::draft202012;
use serde_json::{Map, Value, json};

/// Everything in `compiled` that the family would refuse.
pub fn faults(dialect: Dialect, compiled: &CompiledSchema) -> Vec<String> {
    let mut checker = Checker {
        root: &compiled.schema,
        faults: Vec::new(),
    };
    match dialect {
        Dialect::OpenAiStrict | Dialect::OpenAiStrictRequired if compiled.strict == Some(true) => {
            checker.strict()
        }
        Dialect::OpenAiStrict | Dialect::OpenAiStrictRequired => {
            if compiled.fallback.is_none() {
                checker.fault("", "fell back without a reason");
            }
            checker.loose(is_portable);
        }
        Dialect::OpenAi | Dialect::Anthropic => checker.loose(is_portable),
        Dialect::Gemini => checker.gemini(),
        Dialect::GeminiLegacy => checker.legacy(),
        Dialect::Mcp => {
            checker.json_schema();
            checker.object_root(&[]);
        }
        _ => checker.json_schema(),
    }
    checker.faults
}

const STRICT_TAKES: &[&str] = &[
    "type",
    "title",
    "description",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "$ref",
    "$defs",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
];

const LEGACY_TAKES: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "items",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "pattern",
    "anyOf",
];

struct Checker<'a> {
    root: &'a Value,
    faults: Vec<String>,
}

fn is_portable(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn is_identifier(name: &str) -> bool {
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Checker<'_> {
    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at}: {what}"));
    }

    fn check(&mut self, holds: bool, at: &str, what: &str) {
        if !holds {
            self.fault(at, what);
        }
    }

    /// The metaschema, and references that lead somewhere.
    fn json_schema(&mut self) {
        if let Err(error) = draft202012::meta::validate(self.root) {
            self.fault("", error.masked());
        }
        for (at, schema) in schemas(self.root) {
            if let Some(reference) = schema.get("$ref") {
                let target = reference
                    .as_str()
                    .and_then(|text| self.root.pointer(text.strip_prefix('#')?));
                self.check(target.is_some(), &at, "the reference leads nowhere");
            }
        }
    }

    fn object_root(&mut self, refused: &[&str]) {
        self.check(self.root["type"] == "object", "", "the root is no object");
        for key in refused {
            self.check(self.root.get(*key).is_none(), "", key);
        }
    }

    fn loose(&mut self, name_is_good: fn(&str) -> bool) {
        self.json_schema();
        self.object_root(&["anyOf", "oneOf", "allOf", "enum", "not", "$ref"]);
        for (at, schema) in schemas(self.root) {
            let is_list = is_type(schema, "array");
            self.check(
                !is_list || schema.contains_key("items"),
                &at,
                "array schema missing items",
            );
            for name in names(schema) {
                self.check(name_is_good(name), &at, "a name that is refused");
            }
        }
    }

    fn gemini(&mut self) {
        self.loose(is_identifier);
        for (at, schema) in schemas(self.root) {
            for key in ["allOf", "const"] {
                self.check(!schema.contains_key(key), &at, key);
            }
            let alone =
                !schema.contains_key("$ref") || schema.keys().all(|key| key.starts_with('$'));
            self.check(alone, &at, "something beside a reference");
            for name in required(schema) {
                let inner = schema.get("properties").and_then(|all| all.get(&name));
                let recursive = inner.is_some_and(|inner| self.leads_to_itself(inner));
                self.check(!recursive, &at, "a needed property that contains itself");
            }
        }
    }

    /// Whether a reference below `schema` can be followed for ever.
    fn leads_to_itself(&self, schema: &Value) -> bool {
        let below = |schema: &Value| -> BTreeSet<String> {
            let found = schemas(schema).into_iter();
            found
                .filter_map(|(_, schema)| Some(schema.get("$ref")?.as_str()?.to_owned()))
                .collect()
        };
        below(schema).iter().any(|start| {
            let (mut seen, mut waiting) = (BTreeSet::new(), vec![start.clone()]);
            while let Some(reference) = waiting.pop() {
                let target = self.root.pointer(&reference[1..]).unwrap_or(&Value::Null);
                for next in below(target) {
                    if next == *start {
                        return true;
                    }
                    if seen.insert(next.clone()) {
                        waiting.push(next);
                    }
                }
            }
            false
        })
    }

    fn strict(&mut self) {
        const FORMATS: &[&str] = &[
            "date-time",
            "time",
            "date",
            "duration",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "uuid",
        ];
        self.json_schema();
        self.object_root(&["anyOf", "$ref", "enum"]);
        for (at, schema) in schemas(self.root) {
            for key in schema.keys() {
                self.check(STRICT_TAKES.contains(&key.as_str()), &at, key);
            }
            let says_what = ["type", "anyOf", "$ref"]
                .iter()
                .any(|key| schema.contains_key(*key));
            self.check(says_what, &at, "neither a type nor alternatives");
            self.check(
                !schema.contains_key("$ref") || schema.len() == 1,
                &at,
                "something beside a reference",
            );
            self.strict_object(&at, schema);
            self.check(
                !is_type(schema, "array") || schema.contains_key("items"),
                &at,
                "a list of nothing",
            );
            if let Some(format) = schema.get("format").and_then(Value::as_str) {
                self.check(FORMATS.contains(&format), &at, format);
            }
            let pattern = schema
                .get("pattern")
                .and_then(Value::as_str)
                .unwrap_or_default();
            self.check(
                !pattern.contains("(?=") && !pattern.contains("(?!"),
                &at,
                "a pattern that looks around",
            );
        }
        self.strict_size();
    }

    fn strict_object(&mut self, at: &str, schema: &Map<String, Value>) {
        if is_type(schema, "object") {
            let all: BTreeSet<String> = names(schema).map(str::to_owned).collect();
            self.check(
                required(schema) == all,
                at,
                "not every property is required",
            );
            self.check(
                schema.get("additionalProperties") == Some(&Value::Bool(false)),
                at,
                "it is open",
            );
            for name in names(schema) {
                self.check(is_portable(name), at, "a name that is refused");
            }
        }
    }

    fn strict_size(&mut self) {
        let (mut properties, mut choices, mut characters) = (0, 0, 0);
        for (at, schema) in schemas(self.root) {
            properties += names(schema).count();
            characters += names(schema).map(str::len).sum::<usize>();
            let values = schema
                .get("enum")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let length: usize = values.iter().filter_map(Value::as_str).map(str::len).sum();
            choices += values.len();
            characters += length;
            self.check(
                values.len() <= 250 || length <= 15_000,
                &at,
                "a long enumeration",
            );
            let within = at.strip_prefix("/$defs/").unwrap_or(&at);
            let levels = within
                .split('/')
                .filter(|step| matches!(*step, "properties" | "items"))
                .count();
            self.check(levels <= 10, &at, "more than ten levels");
        }
        self.check(properties <= 5_000, "", "more than 5,000 properties");
        self.check(choices <= 1_000, "", "more than 1,000 values");
        self.check(characters <= 120_000, "", "more than 120,000 characters");
    }

    fn legacy(&mut self) {
        self.check(self.root["type"] == "OBJECT", "", "the root is no object");
        for (at, schema) in schemas(self.root) {
            for key in schema.keys() {
                self.check(LEGACY_TAKES.contains(&key.as_str()), &at, key);
            }
            if schema.contains_key("anyOf") {
                self.check(schema.len() == 1, &at, "something beside anyOf");
                continue;
            }
            self.legacy_typed(&at, schema);
        }
    }

    fn legacy_typed(&mut self, at: &str, schema: &Map<String, Value>) {
        let kind = schema
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let known = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"].contains(&kind);
        self.check(known, at, "no type that is known");
        self.check(
            kind != "ARRAY" || schema.contains_key("items"),
            at,
            "a list of nothing",
        );
        self.check(
            kind != "OBJECT" || at.is_empty() || names(schema).count() > 0,
            at,
            "an object of nothing",
        );
        let texts = schema.get("enum").and_then(Value::as_array);
        let are_texts =
            texts.is_none_or(|all| kind == "STRING" && all.iter().all(Value::is_string));
        self.check(are_texts, at, "choices that are no texts");
        let format = schema
            .get("format")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let formats: &[&str] = match kind {
            "STRING" => &["", "date-time", "enum"],
            "INTEGER" => &["", "int32", "int64"],
            "NUMBER" => &["", "float", "double"],
            _ => &[""],
        };
        self.check(formats.contains(&format), at, "a format that is refused");
        let all: BTreeSet<String> = names(schema).map(str::to_owned).collect();
        self.check(
            required(schema).is_subset(&all),
            at,
            "required, and not named",
        );
        for name in names(schema) {
            self.check(is_identifier(name), at, "a name that is refused");
        }
    }
}

/// Every schema in `root` with its pointer, itself included.
pub fn schemas(root: &Value) -> Vec<(String, &Map<String, Value>)> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), root)];
    while let Some((at, value)) = waiting.pop() {
        let Some(schema) = value.as_object() else {
            continue;
        };
        found.push((at.clone(), schema));
        for (key, value) in schema {
            match (key.as_str(), value) {
                (
                    "properties" | "$defs" | "definitions" | "patternProperties"
                    | "dependentSchemas",
                    Value::Object(all),
                ) => {
                    let step = |name: &str| {
                        format!("{at}/{key}/{}", name.replace('~', "~0").replace('/', "~1"))
                    };
                    waiting.extend(all.iter().map(|(name, schema)| (step(name), schema)));
                }
                ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(all)) => {
                    let all = all.iter().enumerate();
                    waiting
                        .extend(all.map(|(index, schema)| (format!("{at}/{key}/{index}"), schema)));
                }
                (
                    "items"
                    | "additionalProperties"
                    | "not"
                    | "if"
                    | "then"
                    | "else"
                    | "contains"
                    | "propertyNames"
                    | "unevaluatedItems"
                    | "unevaluatedProperties",
                    schema,
                ) => waiting.push((format!("{at}/{key}"), schema)),
                _ => {}
            }
        }
    }
    found
}

pub fn names(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|all| all.keys().map(String::as_str))
}

fn required(schema: &Map<String, Value>) -> BTreeSet<String> {
    let names = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    names
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect()
}

fn is_type(schema: &Map<String, Value>, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::Array(all)) => all.iter().any(|own| own == name),
        Some(own) => own == name,
        None => false,
    }
}

/// The checks themselves are not blind: each of these is refused by the family that is named.
pub fn what_a_family_refuses_is_noticed() -> Outcome {
    let refused = [
        (
            Dialect::OpenAi,
            json!({"type": "object", "properties": {}, "anyOf": [{}]}),
        ),
        (
            Dialect::OpenAi,
            json!({"type": "object", "properties": {"a": {"type": "array"}}}),
        ),
        (
            Dialect::Anthropic,
            json!({"type": "object", "properties": {"$top": {}}}),
        ),
        (
            Dialect::Anthropic,
            json!({"type": "object", "properties": {"a": {"exclusiveMinimum": true}}}),
        ),
        (
            Dialect::OpenAiStrict,
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": false}),
        ),
        (
            Dialect::OpenAiStrict,
            json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 1}}, "required": ["a"], "additionalProperties": false}),
        ),
        (
            Dialect::OpenAiStrict,
            json!({"type": "object", "properties": {}, "required": []}),
        ),
        (
            Dialect::Gemini,
            json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}),
        ),
        (
            Dialect::GeminiLegacy,
            json!({"type": "OBJECT", "properties": {"a": {"type": "OBJECT"}}}),
        ),
        (
            Dialect::GeminiLegacy,
            json!({"type": "OBJECT", "properties": {"a": {"type": "INTEGER", "enum": [1]}}}),
        ),
        (
            Dialect::Mcp,
            json!({"properties": {"a": {"$ref": "#/$defs/gone"}}}),
        ),
    ];
    for (dialect, schema) in refused {
        let mut compiled = dialect.compile(json!({"type": "object", "properties": {}}));
        compiled.schema = schema;
        assert!(
            !faults(dialect, &compiled).is_empty(),
            "{dialect:?} {}",
            compiled.schema
        );
    }
    Ok(())
}
