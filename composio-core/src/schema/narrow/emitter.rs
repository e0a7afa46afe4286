use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    super::{
        loose::be_object,
        loss::{LossKind, Losses},
        merge::{Merger, is_assertion, origin},
        pointer::resolve,
        property_names::PropertyNames,
        references::free_name,
        restore::{Restoration, Restore},
    },
    rules::Rules,
};

const NOTE_LENGTH: usize = 160;

/// Writes one schema anew in the words of a narrow family.
pub(super) struct Emitter<'a> {
    pub(super) root: &'a Value,
    pub(super) rules: &'static Rules,
    pub(super) losses: &'a mut Losses,
    pub(super) names: PropertyNames,
    // Which schemas have a definition, by pointer, and those that still have to be written.
    defined: BTreeMap<String, String>,
    waiting: Vec<(String, String)>,
    definition_names: BTreeSet<String>,
    // The references that are being written in place.
    within: Vec<String>,
    nodes: usize,
}

/// What is shown of one schema; whether it may be `null` is said by its user.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) schema: Map<String, Value>,
    pub(super) restore: Restore,
    pub(super) takes_null: bool,
    // What the schema does not say, for its description.
    pub(super) notes: Vec<String>,
}

impl Shown {
    pub(super) fn of(schema: Value) -> Self {
        let schema = match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        Self {
            schema,
            ..Self::default()
        }
    }
}

impl<'a> Emitter<'a> {
    pub(super) fn new(root: &'a Value, rules: &'static Rules, losses: &'a mut Losses) -> Self {
        Self {
            root,
            rules,
            losses,
            names: PropertyNames::new(rules.names),
            defined: BTreeMap::new(),
            waiting: Vec::new(),
            definition_names: BTreeSet::new(),
            within: Vec::new(),
            nodes: rules.nodes,
        }
    }

    /// The whole schema and the way back; or why the family cannot have it.
    pub(super) fn write(mut self, required_only: bool) -> Result<(Value, Restoration), String> {
        let Value::Object(root) = self.root else {
            return Err("there is no schema".to_owned());
        };
        let mut root = self.merger().root_object(root);
        be_object(&mut root, self.losses);
        if self.rules.is_strict && is_open(&root) {
            return Err("it takes arguments of any name".to_owned());
        }
        if required_only {
            self.leave_out_optional(&mut root);
        }
        let mut shown = self.root_object(&root);
        self.annotate(&mut shown, &root);
        let (mut definitions, mut named) = (Map::new(), BTreeMap::new());
        while let Some((pointer, name)) = self.waiting.pop() {
            let target = self.root.pointer(&pointer).unwrap_or(&Value::Null);
            let shown = self.schema(target, &pointer, 1);
            named.insert(name.clone(), shown.restore.clone());
            definitions.insert(name, self.value(shown, false));
        }
        let mut schema = shown.schema;
        if !definitions.is_empty() {
            schema.insert("$defs".to_owned(), Value::Object(definitions.clone()));
        }
        let restoration = Restoration::of_shapes(shown.restore, named, definitions);
        Ok((Value::Object(schema), restoration))
    }

    fn leave_out_optional(&mut self, root: &mut Map<String, Value>) {
        let required = required(root);
        if let Some(Value::Object(properties)) = root.get_mut("properties") {
            properties.retain(|name, _| {
                let keeps = required.contains(name);
                if !keeps {
                    let at = super::super::pointer::below("/properties", name);
                    self.losses.add(&at, LossKind::LeftOut, "it is optional");
                }
                keeps
            });
        }
    }

    pub(super) fn merger(&mut self) -> Merger<'_> {
        Merger {
            root: self.root,
            losses: self.losses,
        }
    }

    /// What is shown of the schema at `at`.
    pub(super) fn schema(&mut self, schema: &Value, at: &str, depth: usize) -> Shown {
        let Value::Object(map) = schema else {
            return self.anything(at);
        };
        let origin = origin(map);
        let at = origin.as_deref().unwrap_or(at);
        if depth > self.rules.depth || self.nodes == 0 {
            return self.cut(LossKind::Size, at, "too deep or too large to be shown");
        }
        self.nodes -= 1;
        if let Some(reference) = only_reference(map) {
            let mut shown = self.reference(&reference, at, depth);
            self.annotate(&mut shown, map);
            return shown;
        }
        if map.contains_key("allOf") || map.contains_key("$ref") {
            let mut merged = self.merger().flat(map, at);
            // It stands where it stood, whatever its parts were.
            merged.remove("allOf");
            return self.plain(&merged, at, depth);
        }
        self.plain(map, at, depth)
    }

    fn plain(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let mut shown = if map.contains_key("anyOf") || map.contains_key("oneOf") {
            self.union(map, at, depth)
        } else if map.contains_key("enum") || map.contains_key("const") {
            self.choice(map, at)
        } else {
            self.typed(map, at, depth)
        };
        self.annotate(&mut shown, map);
        shown
    }

    fn reference(&mut self, reference: &str, at: &str, depth: usize) -> Shown {
        let Some((pointer, target)) = resolve(self.root, reference) else {
            return self.anything(at);
        };
        if self.rules.is_google {
            if self.within.contains(&pointer) {
                return self.cut(LossKind::Recursion, at, "a schema that contains itself");
            }
            self.within.push(pointer.clone());
            let shown = self.schema(target, &pointer, depth + 1);
            self.within.pop();
            return shown;
        }
        let name = match self.defined.get(&pointer) {
            Some(name) => name.clone(),
            None => {
                let name = free_name(&pointer, &mut self.definition_names);
                self.defined.insert(pointer.clone(), name.clone());
                self.waiting.push((pointer, name.clone()));
                name
            }
        };
        Shown {
            restore: Restore::Named(name.clone()),
            takes_null: false,
            ..Shown::of(json!({"$ref": format!("#/$defs/{name}")}))
        }
    }

    /// A value of any shape, as a text of JSON.
    pub(super) fn anything(&mut self, at: &str) -> Shown {
        self.losses.add(at, LossKind::Text, "a value of any shape");
        self.text_of("any JSON value, written as JSON text", false)
    }

    /// The end of a schema that goes on.
    pub(super) fn cut(&mut self, kind: LossKind, at: &str, why: &str) -> Shown {
        self.losses.add(at, kind, why);
        self.text_of("JSON, written as text", false)
    }

    pub(super) fn text_of(&mut self, note: &str, object: bool) -> Shown {
        Shown {
            restore: Restore::Text { object },
            notes: vec![note.to_owned()],
            ..Shown::of(json!({"type": self.type_name("string")}))
        }
    }

    pub(super) fn type_name(&self, name: &str) -> String {
        if self.rules.is_google {
            name.to_uppercase()
        } else {
            name.to_owned()
        }
    }

    /// Keeps a rule if the family knows it, else reports it.
    pub(super) fn rule(&mut self, shown: &mut Shown, key: &str, value: &Value, at: &str) {
        let is_kept = self.rules.keeps.contains(&key) && (key != "pattern" || is_simple(value));
        if is_kept {
            shown.schema.insert(key.to_owned(), value.clone());
            return;
        }
        if let Some((key, bound)) = self.inclusive(key, value, &shown.schema) {
            shown.schema.entry(key).or_insert(bound);
            return;
        }
        self.losses.add(at, LossKind::Rule, format!("`{key}`"));
        let text = value.to_string();
        if text.len() <= NOTE_LENGTH {
            shown.notes.push(format!("{key}: {text}"));
        }
    }

    // Between whole numbers, "more than 0" is "1 or more".
    fn inclusive(
        &self,
        key: &str,
        value: &Value,
        shown: &Map<String, Value>,
    ) -> Option<(&'static str, Value)> {
        let (key, step) = match key {
            "exclusiveMinimum" => ("minimum", 1),
            "exclusiveMaximum" => ("maximum", -1),
            _ => return None,
        };
        let is_whole =
            self.rules.is_google && shown.get("type").is_some_and(|name| name == "INTEGER");
        let bound = value.as_i64()?.checked_add(step)?;
        (is_whole && !shown.contains_key(key)).then(|| (key, json!(bound)))
    }

    /// Reports every rule of `map` that is not among `known`.
    pub(super) fn other_rules(
        &mut self,
        shown: &mut Shown,
        map: &Map<String, Value>,
        known: &[&str],
        at: &str,
    ) {
        for (key, value) in map {
            let is_known = known.contains(&key.as_str()) || matches!(key.as_str(), "type" | "$ref");
            if !is_known && is_assertion(key) {
                self.rule(shown, key, value, at);
            }
        }
    }

    /// Adds title and description, and in it what the schema does not say.
    pub(super) fn annotate(&mut self, shown: &mut Shown, map: &Map<String, Value>) {
        let mut notes = std::mem::take(&mut shown.notes);
        for key in ["default", "examples", "example"] {
            let Some(value) = map.get(key).filter(|value| !value.is_null()) else {
                continue;
            };
            let text = value.to_string();
            if text.len() <= NOTE_LENGTH {
                notes.push(format!("{key}: {text}"));
            }
        }
        let own = map.get("description").and_then(Value::as_str);
        let earlier = shown.schema.get("description").and_then(Value::as_str);
        let mut text = own.or(earlier).unwrap_or_default().to_owned();
        if !notes.is_empty() {
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}[{}]", notes.join("; "));
        }
        if !text.is_empty() {
            self.describe(shown, text);
        }
        if let Some(Value::String(title)) = map.get("title")
            && shown.schema.contains_key("type")
        {
            shown.schema.entry("title").or_insert_with(|| json!(title));
        }
    }

    fn describe(&self, shown: &mut Shown, text: String) {
        if self.rules.is_google
            && let Some(Value::Array(ways)) = shown.schema.get_mut("anyOf")
        {
            // Nothing may stand beside Gemini's `anyOf`.
            if let Some(Value::Object(first)) = ways.first_mut() {
                first.insert("description".to_owned(), Value::String(text));
            }
            return;
        }
        if let Some(reference) = shown.schema.remove("$ref") {
            shown
                .schema
                .insert("anyOf".to_owned(), json!([{"$ref": reference}]));
        }
        shown
            .schema
            .insert("description".to_owned(), Value::String(text));
    }

    /// The schema as it is written, `null` included if it is one of its values or asked for.
    pub(super) fn value(&self, shown: Shown, or_null: bool) -> Value {
        let mut schema = shown.schema;
        if !shown.takes_null && !or_null {
            return Value::Object(schema);
        }
        if self.rules.is_google {
            // Nothing may stand beside Gemini's `anyOf`.
            if let Some(Value::Object(first)) =
                schema.get_mut("anyOf").and_then(|ways| ways.get_mut(0))
            {
                first.insert("nullable".to_owned(), json!(true));
            } else {
                schema.insert("nullable".to_owned(), json!(true));
            }
            return Value::Object(schema);
        }
        if let Some(Value::Array(ways)) = schema.get_mut("anyOf") {
            ways.push(json!({"type": "null"}));
        } else if let Some(reference) = schema.remove("$ref") {
            schema.insert(
                "anyOf".to_owned(),
                json!([{"$ref": reference}, {"type": "null"}]),
            );
        } else if let Some(name @ Value::String(_)) = schema.get_mut("type")
            && name != "null"
        {
            *name = json!([name.take(), "null"]);
            if let Some(Value::Array(choices)) = schema.get_mut("enum") {
                choices.push(Value::Null);
            }
        }
        Value::Object(schema)
    }
}

/// The reference, if the schema says nothing else of which values are valid.
fn only_reference(map: &Map<String, Value>) -> Option<String> {
    let mut rules = map.iter().filter(|(key, _)| is_assertion(key));
    let (key, value) = rules.next()?;
    if rules.next().is_some() {
        return None;
    }
    match (key.as_str(), value) {
        ("$ref", Value::String(reference)) => Some(reference.clone()),
        ("allOf", Value::Array(parts)) => match parts.as_slice() {
            [Value::Object(part)] if part.len() == 1 => {
                part.get("$ref").and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn required(map: &Map<String, Value>) -> BTreeSet<String> {
    let names = map.get("required").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// Whether an object names no property and takes any.
pub(super) fn is_open(map: &Map<String, Value>) -> bool {
    let has_properties = map
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|all| !all.is_empty());
    let takes_more = map
        .get("additionalProperties")
        .is_some_and(|value| *value != Value::Bool(false));
    !has_properties
        && (takes_more || map.contains_key("patternProperties"))
        && !map.contains_key("required")
}

// What looks around is refused.
fn is_simple(pattern: &Value) -> bool {
    pattern.as_str().is_some_and(|pattern| {
        !["(?=", "(?!", "(?<"]
            .iter()
            .any(|look| pattern.contains(look))
    })
}
