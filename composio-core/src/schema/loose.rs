//! The families that take nearly all of JSON Schema: the schema keeps its shape.

use std::{collections::HashSet, mem};

use serde_json::{Map, Value, json};

use super::{
    compiled::CompiledSchema,
    loss::{LossKind, Losses},
    merge::{Merger, ORIGIN},
    pointer::Path,
    property_names::{NameRule, PropertyNames},
    references,
    restore::Restoration,
};

/// A family that takes nearly all of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    OpenAi,
    Anthropic,
    Gemini,
    Mcp,
}

impl Family {
    fn names(self) -> NameRule {
        match self {
            Self::OpenAi | Self::Anthropic => NameRule::Portable,
            Self::Gemini => NameRule::Identifier,
            Self::Mcp => NameRule::Any,
        }
    }
}

// How often parts are merged in one schema, and how deep what comes of it may be.
const MERGES: usize = 500;
const DEPTH: usize = 128;

/// Refused at the root by every family but MCP.
const NOT_AT_THE_ROOT: &[&str] = &["anyOf", "oneOf", "allOf", "enum", "not", "const", "$ref"];

pub(super) fn compile(schema: Value, family: Family, mut losses: Losses) -> CompiledSchema {
    let Value::Object(root) = &schema else {
        return CompiledSchema::new(schema, losses);
    };
    let is_merged =
        family != Family::Mcp && NOT_AT_THE_ROOT.iter().any(|key| root.contains_key(*key));
    // A copy is needed where something moves away from under a reference, which is seldom.
    let source = if is_merged || moves_something(&schema, family) {
        schema.clone()
    } else {
        Value::Null
    };
    let mut root = match schema {
        Value::Object(root) if is_merged => Merger {
            root: &source,
            losses: &mut losses,
        }
        .root_object(&root),
        Value::Object(root) => root,
        _ => Map::new(),
    };
    be_object(&mut root, &mut losses);
    let mut shown = Value::Object(root);
    let mut loosener = Loosener {
        family,
        source: &source,
        names: PropertyNames::new(family.names()),
        cyclic: if family == Family::Gemini {
            references::cyclic(&source)
        } else {
            HashSet::new()
        },
        merges: MERGES,
        losses: &mut losses,
    };
    loosener.schema(&mut shown, &Path::Root, 0);
    if !source.is_null() {
        references::mend(&mut shown, &source, |copy| {
            loosener.schema(copy, &Path::Root, 0)
        });
    }
    let restoration = Restoration::of_names(loosener.names.into_changed());
    let mut compiled = CompiledSchema::new(shown, losses);
    compiled.restoration = restoration;
    compiled
}

/// Makes the root an object with properties, which every family wants.
pub(super) fn be_object(root: &mut Map<String, Value>, losses: &mut Losses) {
    let is_object = match root.get("type") {
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        Some(name) => name == "object",
        None => true,
    };
    if !is_object {
        losses.add(
            "",
            LossKind::Broken,
            "arguments are an object, whatever `type` says",
        );
    }
    root.insert("type".to_owned(), json!("object"));
    root.entry("properties").or_insert_with(|| json!({}));
}

fn moves_something(schema: &Value, family: Family) -> bool {
    let rule = family.names();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                let moves = family == Family::Gemini
                    && (members.contains_key("allOf") || members.contains_key("$ref"));
                let properties = members.get("properties").and_then(Value::as_object);
                if moves || properties.is_some_and(|all| all.keys().any(|name| !rule.accepts(name)))
                {
                    return true;
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    false
}

struct Loosener<'a> {
    family: Family,
    source: &'a Value,
    names: PropertyNames,
    cyclic: HashSet<String>,
    merges: usize,
    losses: &'a mut Losses,
}

impl Loosener<'_> {
    fn schema(&mut self, schema: &mut Value, path: &Path<'_>, depth: usize) {
        match schema {
            Value::Bool(true) => *schema = json!({}),
            Value::Bool(false) => *schema = json!({"not": {}}),
            Value::Object(_) if depth > DEPTH => {
                self.losses.add(
                    &path.text(),
                    LossKind::Size,
                    format!("deeper than {DEPTH} levels"),
                );
                *schema = json!({});
            }
            Value::Object(map) => self.object(map, path, depth),
            _ => {}
        }
    }

    fn object(&mut self, map: &mut Map<String, Value>, path: &Path<'_>, depth: usize) {
        if !self.source.is_null() {
            map.remove(ORIGIN);
        }
        if self.family == Family::Gemini {
            self.for_gemini(map, path);
        }
        if self.family != Family::Mcp && is_list_of_anything(map) {
            map.insert("items".to_owned(), json!({}));
        }
        if !self.source.is_null() && self.family != Family::Mcp {
            self.rename(map);
        }
        for (key, value) in map.iter_mut() {
            let here = Path::Key(path, key);
            match (key.as_str(), value) {
                (
                    "properties" | "$defs" | "definitions" | "patternProperties"
                    | "dependentSchemas",
                    Value::Object(all),
                ) => {
                    for (name, schema) in all.iter_mut() {
                        self.schema(schema, &Path::Key(&here, name), depth + 1);
                    }
                }
                ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(all)) => {
                    for (index, schema) in all.iter_mut().enumerate() {
                        self.schema(schema, &Path::Index(&here, index), depth + 1);
                    }
                }
                // Whether more is allowed is a plain yes or no.
                (
                    "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems",
                    Value::Bool(_),
                ) => {}
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
                ) => self.schema(schema, &here, depth + 1),
                _ => {}
            }
        }
    }

    fn rename(&mut self, map: &mut Map<String, Value>) {
        for key in ["properties", "dependentSchemas", "dependentRequired"] {
            if let Some(Value::Object(all)) = map.get_mut(key)
                && all.keys().any(|name| !self.family.names().accepts(name))
            {
                let renamed = mem::take(all).into_iter();
                *all = renamed
                    .map(|(name, schema)| (self.names.shown(&name, self.source), schema))
                    .collect();
            }
        }
        if let Some(Value::Object(dependent)) = map.get_mut("dependentRequired") {
            dependent
                .values_mut()
                .for_each(|names| self.rename_list(names));
        }
        if let Some(names) = map.get_mut("required") {
            self.rename_list(names);
        }
    }

    fn rename_list(&mut self, names: &mut Value) {
        for name in names.as_array_mut().into_iter().flatten() {
            if let Value::String(text) = name {
                *text = self.names.shown(text, self.source);
            }
        }
    }

    fn for_gemini(&mut self, map: &mut Map<String, Value>, path: &Path<'_>) {
        if map.contains_key("allOf") && !self.references_one(map) {
            self.merge(map, path);
        }
        if let Some(value) = map.remove("const") {
            map.entry("enum").or_insert_with(|| json!([value]));
        }
        let has_siblings = map.keys().any(|key| !key.starts_with('$'));
        if has_siblings && let Some(reference) = map.remove("$ref") {
            let alone = json!([{"$ref": reference}]);
            match ["anyOf", "oneOf"]
                .into_iter()
                .find(|key| !map.contains_key(*key))
            {
                Some(free) => {
                    map.insert(free.to_owned(), alone);
                }
                None => self.losses.add(
                    &path.text(),
                    LossKind::Merged,
                    "a reference beside alternatives",
                ),
            }
        }
        self.need_no_cycle(map, path);
    }

    /// Turns an `allOf` of one reference into that reference.
    fn references_one(&self, map: &mut Map<String, Value>) -> bool {
        let Some([Value::Object(only)]) = map
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        else {
            return false;
        };
        let (1, Some(reference)) = (only.len(), only.get("$ref").cloned()) else {
            return false;
        };
        if map.contains_key("$ref") {
            return false;
        }
        map.remove("allOf");
        map.insert("$ref".to_owned(), reference);
        true
    }

    fn merge(&mut self, map: &mut Map<String, Value>, path: &Path<'_>) {
        if self.merges == 0 {
            map.remove("allOf");
            self.losses.add(
                &path.text(),
                LossKind::Size,
                "more parts than can be merged",
            );
            return;
        }
        self.merges -= 1;
        let mut merger = Merger {
            root: self.source,
            losses: self.losses,
        };
        *map = merger.flat(map, &path.text());
    }

    // Gemini unrolls such schemas a few times, so nothing may need them.
    fn need_no_cycle(&mut self, map: &mut Map<String, Value>, path: &Path<'_>) {
        if self.cyclic.is_empty() {
            return;
        }
        let Some(Value::Object(properties)) = map.get("properties") else {
            return;
        };
        let is_cyclic = |schema: &Value| {
            references::references(schema)
                .iter()
                .any(|reference| self.cyclic.contains(reference))
        };
        let cyclic: Vec<String> = properties
            .iter()
            .filter(|(_, schema)| is_cyclic(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if let Some(Value::Array(required)) = map.get_mut("required") {
            required.retain(|name| {
                let is_needed = !cyclic.iter().any(|cyclic| name == cyclic);
                if !is_needed {
                    let detail = format!("{name} is needed, and contains itself");
                    self.losses.add(&path.text(), LossKind::Rule, detail);
                }
                is_needed
            });
        }
    }
}

fn is_list_of_anything(map: &Map<String, Value>) -> bool {
    let is_list = match map.get("type") {
        Some(Value::Array(names)) => names.iter().any(|name| name == "array"),
        Some(name) => name == "array",
        None => map.contains_key("prefixItems"),
    };
    is_list && !map.contains_key("items")
}
