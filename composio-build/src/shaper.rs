//! JSON Schema to types.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    names::{self, Names},
    pool::Pool,
    shape::{Choice, Member, Record, Shape, Shapes, Side, Typed},
};

/// Deeper than this an object without a name of its own is any JSON.
const MOST_NESTED: usize = 6;
/// A chain of references longer than this leads nowhere.
const MOST_HOPS: usize = 16;
/// More texts than these are no choice that somebody reads through.
const MOST_VARIANTS: usize = 100;
const MOST_MEMBERS: usize = 500;

/// Makes the types of one app.
#[derive(Debug)]
pub(crate) struct Shaper<'p> {
    pool: &'p Pool,
    names: Names,
    shapes: Shapes,
    definitions: HashMap<(Side, &'p str), usize>,
}

type Properties<'s> = Vec<(&'s String, &'s Value, bool)>;

impl<'p> Shaper<'p> {
    /// `names` are those that actions have already.
    pub(crate) fn new(pool: &'p Pool, names: Names) -> Self {
        Self {
            pool,
            names,
            shapes: Shapes::default(),
            definitions: HashMap::new(),
        }
    }

    pub(crate) fn finish(mut self) -> Shapes {
        self.shapes.mark_recursive();
        self.shapes
    }

    /// The members of an action's arguments; `action` begins the names of what they contain.
    pub(crate) fn arguments(&mut self, schema: &'p Value, action: &str) -> Vec<Member> {
        let properties = self.properties(schema, MOST_HOPS).unwrap_or_default();
        self.members(properties, action, Side::Arguments, 0)
    }

    /// The type of an action's result.
    pub(crate) fn result(&mut self, schema: &'p Value, action: &str) -> Shape {
        let name = format!("{action}Result");
        self.typed(schema, &name, Side::Result, 0).shape
    }

    fn typed(&mut self, schema: &'p Value, name: &str, side: Side, depth: usize) -> Typed {
        let Some(members) = schema.as_object() else {
            return Typed::of(Shape::Any);
        };
        if let Some(typed) = self.alternative(members, name, side, depth) {
            return typed;
        }
        let (kind, nullable) = kind(members);
        if let Some(texts) = texts(members).filter(|_| side == Side::Arguments) {
            let nullable = nullable || allows_null(members);
            let shape = self.choice(&texts, name, about(schema));
            return Typed { shape, nullable };
        }
        let shape = match kind {
            _ if is_file(members) => Shape::Any,
            Some("string") => Shape::Text,
            Some("integer") => Shape::Integer,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Flag,
            Some("array") => self.list(members, name, side, depth),
            Some("object") => self.object(schema, name, side, depth),
            None if members.contains_key("properties") || members.contains_key("allOf") => {
                self.object(schema, name, side, depth)
            }
            _ => Shape::Any,
        };
        Typed {
            nullable: nullable && shape != Shape::Any,
            shape,
        }
    }

    /// The type of a reference, and of alternatives of which one alone is not `null`.
    fn alternative(
        &mut self,
        members: &'p Map<String, Value>,
        name: &str,
        side: Side,
        depth: usize,
    ) -> Option<Typed> {
        if depth > MOST_HOPS * 2 {
            return Some(Typed::of(Shape::Any));
        }
        if let Some(reference) = members.get("$ref") {
            return Some(self.referred(reference.as_str().unwrap_or_default(), name, side, depth));
        }
        if let Some([only]) = members
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            && !members.contains_key("properties")
        {
            return Some(self.typed(only, name, side, depth + 1));
        }
        let branches = members.get("anyOf").or_else(|| members.get("oneOf"))?;
        if members.contains_key("properties") {
            return None;
        }
        let is_null = |branch: &&'p Value| branch.get("type") == Some(&Value::from("null"));
        let (null, rest): (Vec<_>, Vec<_>) = branches
            .as_array()?
            .iter()
            .partition(|branch| is_null(branch));
        let [only] = rest.as_slice() else {
            return Some(Typed::of(Shape::Any));
        };
        let mut typed = self.typed(only, name, side, depth + 1);
        typed.nullable |= !null.is_empty() && typed.shape != Shape::Any;
        Some(typed)
    }

    fn referred(&mut self, reference: &str, name: &str, side: Side, depth: usize) -> Typed {
        let Some((definition, schema)) = self.pool.resolve(reference) else {
            return Typed::of(Shape::Any);
        };
        if let Some(known) = self.definitions.get(&(side, definition)) {
            let nullable = schema.as_object().is_some_and(|it| kind(it).1);
            let shape = Shape::Record(*known);
            return Typed { shape, nullable };
        }
        let is_record = schema.get("$ref").is_none()
            && schema.get("oneOf").is_none()
            && schema.get("anyOf").is_none();
        let properties = self.properties(schema, MOST_HOPS);
        match properties.filter(|found| is_record && !found.is_empty()) {
            Some(properties) => {
                let nullable = schema.as_object().is_some_and(|it| kind(it).1);
                let suffix = if side == Side::Arguments { "Input" } else { "" };
                let own = format!("{}{suffix}", names::of_type(definition));
                let place = self.open_record(&own, about(schema), side);
                self.definitions.insert((side, definition), place);
                // It has a name of its own: nesting begins anew.
                self.fill_record(place, properties, 0);
                let shape = Shape::Record(place);
                Typed { shape, nullable }
            }
            None => self.typed(schema, name, side, depth + 1),
        }
    }

    fn list(
        &mut self,
        members: &'p Map<String, Value>,
        name: &str,
        side: Side,
        depth: usize,
    ) -> Shape {
        let Some(items) = members.get("items") else {
            return Shape::List(Box::new(Shape::Any));
        };
        let item = self.typed(items, &format!("{name}Item"), side, depth + 1);
        // `null` among the entries is rare and would be lost.
        let shape = if item.nullable {
            Shape::Any
        } else {
            item.shape
        };
        Shape::List(Box::new(shape))
    }

    fn object(&mut self, schema: &'p Value, name: &str, side: Side, depth: usize) -> Shape {
        let properties = self.properties(schema, MOST_HOPS).unwrap_or_default();
        if depth > MOST_NESTED {
            return Shape::Any;
        }
        if properties.is_empty() {
            let values = schema
                .get("additionalProperties")
                .filter(|it| it.is_object());
            let Some(values) = values else {
                return if schema.get("allOf").is_some() {
                    Shape::Any
                } else {
                    Shape::Map(Box::new(Shape::Any))
                };
            };
            let value = self.typed(values, &format!("{name}Value"), side, depth + 1);
            let shape = if value.nullable {
                Shape::Any
            } else {
                value.shape
            };
            return Shape::Map(Box::new(shape));
        }
        let place = self.open_record(name, about(schema), side);
        self.fill_record(place, properties, depth + 1);
        Shape::Record(place)
    }

    /// A record whose members are not known yet, so that they may contain it.
    fn open_record(&mut self, name: &str, about: &str, side: Side) -> usize {
        let record = Record {
            name: self.names.claim(name),
            about: about.to_owned(),
            side,
            members: Vec::new(),
            is_recursive: false,
        };
        self.shapes.records.push(record);
        self.shapes.records.len() - 1
    }

    fn fill_record(&mut self, place: usize, properties: Properties<'p>, depth: usize) {
        let Some(record) = self.shapes.records.get(place) else {
            return;
        };
        let (name, side) = (record.name.clone(), record.side);
        let members = self.members(properties, &name, side, depth);
        if let Some(record) = self.shapes.records.get_mut(place) {
            record.members = members;
        }
    }

    fn members(
        &mut self,
        properties: Properties<'p>,
        owner: &str,
        side: Side,
        depth: usize,
    ) -> Vec<Member> {
        let mut fields = Names::default();
        let mut members = Vec::new();
        for (name, schema, is_required) in properties.into_iter().take(MOST_MEMBERS) {
            let inner = format!("{owner}{}", names::of_type(name));
            members.push(Member {
                name: name.clone(),
                field: fields.claim(&names::of_field(name)),
                about: described(schema),
                typed: self.typed(schema, &inner, side, depth),
                is_required,
            });
        }
        members
    }

    /// The members of an object, those of its parts too, each with whether it has to be there.
    fn properties(&self, schema: &'p Value, hops: usize) -> Option<Properties<'p>> {
        let schema = schema.as_object()?;
        let hops = hops.checked_sub(1)?;
        let mut found: Properties<'p> = Vec::new();
        let required: Vec<&str> = texts_of(schema.get("required"));
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let (_, target) = self.pool.resolve(reference)?;
            found.extend(self.properties(target, hops)?);
        }
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            found.extend(self.properties(part, hops).unwrap_or_default());
        }
        let own = schema.get("properties").and_then(Value::as_object);
        found.extend(
            own.into_iter()
                .flatten()
                .map(|(name, schema)| (name, schema, false)),
        );
        let mut merged: Properties<'p> = Vec::new();
        for (name, schema, is_required) in found {
            let is_required = is_required || required.contains(&name.as_str());
            match merged.iter_mut().find(|(known, _, _)| *known == name) {
                Some(known) => *known = (name, schema, known.2 || is_required),
                None => merged.push((name, schema, is_required)),
            }
        }
        Some(merged)
    }

    fn choice(&mut self, texts: &[&str], name: &str, about: &str) -> Shape {
        let mut variants = Names::default();
        let variants = texts.iter().map(|text| {
            let variant = variants.claim(&names::of_variant(text));
            (variant, (*text).to_owned())
        });
        let choice = Choice {
            variants: variants.collect(),
            name: self.names.claim(name),
            about: about.to_owned(),
        };
        self.shapes.choices.push(choice);
        Shape::Choice(self.shapes.choices.len() - 1)
    }
}

/// The one type that is not `null`, and whether that is one too. Several types are none.
fn kind(schema: &Map<String, Value>) -> (Option<&str>, bool) {
    let kinds = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        kinds => texts_of(kinds),
    };
    let nullable = kinds.contains(&"null");
    let mut rest = kinds.into_iter().filter(|kind| *kind != "null");
    match (rest.next(), rest.next()) {
        (None, _) => (None, nullable),
        (Some(kind), None) => (Some(kind), nullable),
        (Some(_), Some(_)) => (Some("any"), nullable),
    }
}

/// The texts that a schema lists, if it lists texts alone (and `null`).
fn texts(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    let listed = schema.get("enum")?.as_array()?;
    let values = listed.iter().filter(|value| !value.is_null());
    let mut texts: Vec<&str> = values.map(Value::as_str).collect::<Option<_>>()?;
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(*text));
    (1..=MOST_VARIANTS).contains(&texts.len()).then_some(texts)
}

fn allows_null(schema: &Map<String, Value>) -> bool {
    let listed = schema.get("enum").and_then(Value::as_array);
    listed.is_some_and(|listed| listed.contains(&Value::Null))
}

fn texts_of(list: Option<&Value>) -> Vec<&str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn is_file(schema: &Map<String, Value>) -> bool {
    schema.get("file_uploadable") == Some(&Value::Bool(true))
}

fn about(schema: &Value) -> &str {
    let text = |member| schema.get(member).and_then(Value::as_str);
    text("description")
        .or_else(|| text("title"))
        .unwrap_or_default()
}

/// What a member is, and what is sent in its place.
fn described(schema: &Value) -> String {
    let mut text = about(schema).trim().to_owned();
    let mut add = |sentence: &str| {
        if !text.is_empty() {
            let end = if text.ends_with(['.', '!', '?']) {
                " "
            } else {
                ". "
            };
            text.push_str(end);
        }
        text.push_str(sentence);
    };
    if schema.as_object().is_some_and(is_file) {
        add("A file: its path, or a `data:` address with its bytes.");
    }
    match schema.get("default") {
        None | Some(Value::Null) => {}
        Some(Value::String(default)) => add(&format!("Default: {default}")),
        Some(default) => add(&format!("Default: {default}")),
    }
    text
}
