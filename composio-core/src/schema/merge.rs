//! `allOf` and references with siblings, as one schema; alternatives at the root, as one object.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{
    loss::{LossKind, Losses},
    pointer::{below, resolve},
};

/// Where a schema stood before it was merged; only in what a [`Merger`] made, never in what anybody is shown.
pub(super) const ORIGIN: &str = "\u{0}origin";

const PARTS: usize = 2_000;

/// Says nothing of which values are valid.
pub(super) const ANNOTATIONS: &[&str] = &[
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$anchor",
    "$defs",
    "definitions",
    "discriminator",
    "externalDocs",
    "xml",
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    ORIGIN,
];

/// Whether `key` is one that decides which values are valid.
pub(super) fn is_assertion(key: &str) -> bool {
    !ANNOTATIONS.contains(&key) && !key.starts_with("x-") && KNOWN.contains(&key)
}

const KNOWN: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// Makes one schema of several that hold at the same time.
pub(super) struct Merger<'a> {
    pub(super) root: &'a Value,
    pub(super) losses: &'a mut Losses,
}

struct Part {
    schema: Map<String, Value>,
    at: String,
}

impl Merger<'_> {
    /// `schema` with its `allOf` and its `$ref` merged into it.
    pub(super) fn flat(&mut self, schema: &Map<String, Value>, at: &str) -> Map<String, Value> {
        let parts = self.parts(schema, at);
        self.report_closed(&parts);
        let mut merged = Map::new();
        for part in parts {
            for (key, value) in part.schema {
                let value = tagged(&key, value, &part.at);
                self.fold(&mut merged, key, value, &part.at);
            }
        }
        merged
    }

    fn parts(&mut self, schema: &Map<String, Value>, at: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = vec![(schema.clone(), at.to_owned())];
        while let Some((mut schema, at)) = waiting.pop() {
            if parts.len() == PARTS {
                self.losses
                    .add(&at, LossKind::Size, "more parts than can be merged");
                break;
            }
            let mut further = Vec::new();
            if let Some(Value::String(reference)) = schema.remove("$ref")
                && let Some((pointer, Value::Object(target))) = resolve(self.root, &reference)
                // What holds already need not hold twice, so a reference to itself ends here.
                && seen.insert(pointer.clone())
            {
                further.push((target.clone(), pointer));
            }
            if let Some(Value::Array(branches)) = schema.remove("allOf") {
                let here = below(&at, "allOf");
                for (index, branch) in branches.into_iter().enumerate() {
                    let at = format!("{here}/{index}");
                    match branch {
                        Value::Object(branch) => {
                            let at = origin(&branch).unwrap_or(at);
                            further.push((branch, at));
                        }
                        Value::Bool(false) => {
                            self.losses
                                .add(&at, LossKind::Rule, "nothing is valid here")
                        }
                        _ => {}
                    }
                }
            }
            schema.remove(ORIGIN);
            parts.push(Part { schema, at });
            waiting.extend(further.into_iter().rev());
        }
        parts
    }

    // A part that is closed refuses the properties of the others; merged, they are all allowed.
    fn report_closed(&mut self, parts: &[Part]) {
        let names = |part: &Part| -> HashSet<String> {
            let properties = part.schema.get("properties").and_then(Value::as_object);
            properties
                .into_iter()
                .flat_map(|all| all.keys().cloned())
                .collect()
        };
        let closed = parts.iter().filter(|part| {
            let keys = ["additionalProperties", "unevaluatedProperties"];
            keys.iter().any(|key| {
                part.schema
                    .get(*key)
                    .is_some_and(|value| *value != Value::Bool(true))
            })
        });
        for part in closed {
            let own = names(part);
            if parts.iter().any(|other| !names(other).is_subset(&own)) {
                self.losses.add(
                    &part.at,
                    LossKind::Merged,
                    "it refused the properties of the other parts",
                );
            }
        }
    }

    fn fold(&mut self, merged: &mut Map<String, Value>, key: String, value: Value, at: &str) {
        let Some(own) = merged.get_mut(&key) else {
            merged.insert(key, value);
            return;
        };
        if *own == value {
            return;
        }
        match key.as_str() {
            "properties" | "patternProperties" => join_named(own, value),
            "required" => join_names(own, value),
            "type" => {
                let has_common = narrow_types(own, &value);
                if !has_common {
                    self.losses
                        .add(at, LossKind::Merged, "its parts have no type in common");
                }
            }
            "enum" => {
                if let (Some(own), Value::Array(others)) = (own.as_array_mut(), value) {
                    own.retain(|choice| others.contains(choice));
                }
            }
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
                tighten(own, value, true)
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
                tighten(own, value, false)
            }
            "items" | "additionalProperties" | "propertyNames" | "contains" => join(own, value),
            "uniqueItems" => *own = Value::Bool(true),
            "not" => *own = json!({"anyOf": [own.take(), value]}),
            "anyOf" if !merged.contains_key("oneOf") => {
                merged.insert("oneOf".to_owned(), value);
            }
            "oneOf" if !merged.contains_key("anyOf") => {
                merged.insert("anyOf".to_owned(), value);
            }
            key if is_assertion(key) => {
                self.losses.add(
                    at,
                    LossKind::Merged,
                    format!("of two rules `{key}` the first is kept"),
                );
            }
            _ => {}
        }
    }

    /// One object for a root: its parts merged, and its alternatives too.
    pub(super) fn root_object(&mut self, schema: &Map<String, Value>) -> Map<String, Value> {
        let mut root = self.flat(schema, "");
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(branches)) = root.remove(key) else {
                continue;
            };
            let at = format!("/{key}");
            if let Some(rule) = choice_of_required(&branches) {
                self.losses.add(&at, LossKind::Rule, rule.clone());
                note(&mut root, &rule);
                continue;
            }
            self.losses.add(
                &at,
                LossKind::Merged,
                "which arguments go together is not told",
            );
            let branches: Vec<Map<String, Value>> = branches
                .iter()
                .enumerate()
                .filter_map(|(index, branch)| {
                    let branch = branch.as_object()?;
                    let at = origin(branch).unwrap_or_else(|| format!("{at}/{index}"));
                    let flat = self.flat(branch, &at);
                    may_be_object(&flat).then(|| self.without_alternatives(flat, &at))
                })
                .collect();
            join_alternatives(&mut root, branches);
        }
        for key in ["enum", "const", "not"] {
            if root.remove(key).is_some() {
                self.losses.add("", LossKind::Rule, format!("`{key}`"));
            }
        }
        root.remove(ORIGIN);
        root
    }

    // Alternatives within alternatives: their properties count too.
    fn without_alternatives(
        &mut self,
        mut branch: Map<String, Value>,
        at: &str,
    ) -> Map<String, Value> {
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(inner)) = branch.remove(key) else {
                continue;
            };
            let inner: Vec<_> = inner
                .iter()
                .filter_map(Value::as_object)
                .map(|inner| {
                    let mut flat = self.flat(inner, at);
                    if flat.remove("anyOf").is_some() | flat.remove("oneOf").is_some() {
                        self.losses.add(
                            at,
                            LossKind::Closed,
                            "alternatives within alternatives are not shown",
                        );
                    }
                    flat
                })
                .filter(may_be_object)
                .collect();
            join_alternatives(&mut branch, inner);
        }
        branch
    }
}

pub(super) fn origin(schema: &Map<String, Value>) -> Option<String> {
    schema
        .get(ORIGIN)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// The schemas below `key`, each with the place where it stood.
fn tagged(key: &str, mut value: Value, at: &str) -> Value {
    let tag = |schema: &mut Value, at: String| {
        if let Value::Object(schema) = schema {
            schema.entry(ORIGIN).or_insert(Value::String(at));
        }
    };
    let here = below(at, key);
    match (key, &mut value) {
        ("properties" | "patternProperties", Value::Object(all)) => {
            for (name, schema) in all.iter_mut() {
                let at = below(&here, name);
                tag(schema, at);
            }
        }
        ("anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
            for (index, schema) in all.iter_mut().enumerate() {
                tag(schema, format!("{here}/{index}"));
            }
        }
        ("items" | "additionalProperties", schema) => tag(schema, here),
        _ => {}
    }
    value
}

fn join(own: &mut Value, other: Value) {
    match (&*own, &other) {
        (Value::Bool(false), _) | (_, Value::Bool(true)) => {}
        (Value::Bool(true), _) | (_, Value::Bool(false)) => *own = other,
        _ => *own = json!({"allOf": [own.take(), other]}),
    }
}

fn join_named(own: &mut Value, other: Value) {
    let (Some(own), Value::Object(others)) = (own.as_object_mut(), other) else {
        return;
    };
    for (name, schema) in others {
        match own.get_mut(&name) {
            Some(own) if *own != schema => join(own, schema),
            Some(_) => {}
            None => {
                own.insert(name, schema);
            }
        }
    }
}

fn join_names(own: &mut Value, other: Value) {
    let (Some(own), Value::Array(others)) = (own.as_array_mut(), other) else {
        return;
    };
    let seen: HashSet<String> = own
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let new = others
        .into_iter()
        .filter(|name| name.as_str().is_some_and(|name| !seen.contains(name)));
    own.extend(new);
}

/// The types that both have; `false` if there are none.
fn narrow_types(own: &mut Value, other: &Value) -> bool {
    let list = |value: &Value| match value {
        Value::Array(names) => names.clone(),
        one => vec![one.clone()],
    };
    let (mine, others) = (list(own), list(other));
    let mut both = Vec::new();
    for name in &mine {
        let is_whole = |list: &[Value]| list.iter().any(|name| name == "integer");
        if others.contains(name)
            || (name == "integer" && others.iter().any(|name| name == "number"))
        {
            both.push(name.clone());
        } else if name == "number" && is_whole(&others) && !is_whole(&mine) {
            both.push(json!("integer"));
        }
    }
    let found = !both.is_empty();
    if let [one] = both.as_slice() {
        *own = one.clone();
    } else if found {
        *own = Value::Array(both);
    }
    found
}

fn tighten(own: &mut Value, other: Value, up: bool) {
    if let (Some(mine), Some(others)) = (own.as_f64(), other.as_f64())
        && (others > mine) == up
    {
        *own = other;
    }
}

fn may_be_object(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        Some(name) => name == "object",
        None => true,
    }
}

/// The rule in words, if all `branches` only say which arguments are needed.
pub(super) fn choice_of_required(branches: &[Value]) -> Option<String> {
    let mut choices = Vec::new();
    for branch in branches {
        let branch = branch.as_object()?;
        let mut says = branch
            .iter()
            .filter(|(key, _)| is_assertion(key) && *key != "type");
        let (key, names) = says.next()?;
        if key != "required" || says.next().is_some() {
            return None;
        }
        let names: Vec<&str> = names.as_array()?.iter().filter_map(Value::as_str).collect();
        choices.push(names.join(" and "));
    }
    (!choices.is_empty()).then(|| format!("needs one of: {}", choices.join("; ")))
}

/// Adds a rule in words to the description.
pub(super) fn note(schema: &mut Map<String, Value>, words: &str) {
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(own) if !own.is_empty() => format!("{own} [{words}]"),
        _ => format!("[{words}]"),
    };
    schema.insert("description".to_owned(), Value::String(text));
}

/// All properties of the alternatives, of which only those are needed that every alternative needs.
fn join_alternatives(root: &mut Map<String, Value>, branches: Vec<Map<String, Value>>) {
    let mut needed: Option<Vec<Value>> = None;
    let mut properties: Map<String, Value> = Map::new();
    let mut is_open = false;
    let no_branch = branches.is_empty();
    for mut branch in branches {
        let own = match branch.remove("required") {
            Some(Value::Array(names)) => names,
            _ => Vec::new(),
        };
        match &mut needed {
            Some(needed) => needed.retain(|name| own.contains(name)),
            None => needed = Some(own),
        }
        is_open |= branch
            .get("additionalProperties")
            .is_some_and(|value| *value != Value::Bool(false));
        if let Some(Value::Object(all)) = branch.remove("properties") {
            for (name, schema) in all {
                offer(&mut properties, name, schema);
            }
        }
    }
    if let Some(needed) = needed {
        let own = root.entry("required").or_insert_with(|| json!([]));
        join_names(own, Value::Array(needed));
    }
    let own = root.entry("properties").or_insert_with(|| json!({}));
    join_named(own, Value::Object(properties));
    if is_open || no_branch {
        root.entry("additionalProperties")
            .or_insert(Value::Bool(true));
    }
}

/// Adds one more way to give the property `name`.
fn offer(properties: &mut Map<String, Value>, name: String, schema: Value) {
    let plain = |schema: &Value| {
        let mut schema = schema.clone();
        if let Value::Object(schema) = &mut schema {
            schema.remove(ORIGIN);
        }
        schema
    };
    let Some(own) = properties.get_mut(&name) else {
        properties.insert(name, schema);
        return;
    };
    if plain(own) == plain(&schema) {
        return;
    }
    let is_list_of_ways = own.as_object().is_some_and(|own| own.len() == 1);
    match own.get_mut("anyOf").and_then(Value::as_array_mut) {
        Some(ways) if is_list_of_ways => {
            if !ways.iter().any(|way| plain(way) == plain(&schema)) {
                ways.push(schema);
            }
        }
        _ => *own = json!({"anyOf": [own.take(), schema]}),
    }
}
