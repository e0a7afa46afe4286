use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::shape;

/// The way back from what a model wrote to the names and shapes of a tool's own schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restoration {
    // Shown name to own name, wherever it stands: of the families that keep the shape of the schema.
    names: BTreeMap<String, String>,
    root: Restore,
    named: BTreeMap<String, Restore>,
    // What named schemas look like, where alternatives must be told apart.
    definitions: Map<String, Value>,
}

/// The way back of one schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Restore {
    /// The value is what it was.
    #[default]
    Same,
    /// A text of JSON, of an object alone or of anything.
    Text { object: bool },
    /// A text that stands for a value.
    Pick(Vec<(String, Value)>),
    /// Each property its own way.
    Object(Vec<Field>),
    /// A list of names and values that stands for an object.
    Pairs(Box<Self>),
    /// Each item the same way.
    Array(Box<Self>),
    /// The way of the alternative that the value looks like.
    Any(Vec<(Value, Self)>),
    /// The way of a named schema.
    Named(String),
}

/// A property that comes back in another name or shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) shown: String,
    pub(super) own: String,
    pub(super) drop_null: bool,
    // The value is a text of JSON whose members belong into the object around it.
    pub(super) spread: bool,
    pub(super) restore: Restore,
}

impl Restore {
    pub(super) fn is_same(&self) -> bool {
        *self == Self::Same
    }
}

impl Restoration {
    pub(super) fn of_names(names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    pub(super) fn of_shapes(
        root: Restore,
        named: BTreeMap<String, Restore>,
        definitions: Map<String, Value>,
    ) -> Self {
        Self {
            root,
            named,
            definitions,
            ..Self::default()
        }
    }

    /// Whether nothing changes on the way back.
    pub(crate) fn is_identity(&self) -> bool {
        self.names.is_empty() && self.root.is_same()
    }

    pub(crate) fn apply(&self, arguments: Value) -> Value {
        let value = self.restore(&self.root, arguments);
        if self.names.is_empty() {
            value
        } else {
            self.rename(value)
        }
    }

    fn rename(&self, value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let own = |name: String| self.names.get(&name).cloned().unwrap_or(name);
                let members = members.into_iter();
                Value::Object(
                    members
                        .map(|(name, value)| (own(name), self.rename(value)))
                        .collect(),
                )
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.rename(item)).collect())
            }
            other => other,
        }
    }

    fn restore(&self, restore: &Restore, value: Value) -> Value {
        match (restore, value) {
            (Restore::Text { object }, Value::String(text)) => match serde_json::from_str(&text) {
                Ok(value @ Value::Object(_)) => value,
                Ok(value) if !object => value,
                _ => Value::String(text),
            },
            (Restore::Pick(choices), Value::String(text)) => {
                let chosen = choices.iter().find(|(shown, _)| *shown == text);
                chosen.map_or(Value::String(text), |(_, value)| value.clone())
            }
            (Restore::Object(fields), Value::Object(members)) => {
                Value::Object(self.members(fields, members))
            }
            (Restore::Pairs(inner), Value::Array(pairs)) => self.pairs(inner, pairs),
            (Restore::Pairs(inner), Value::Object(members)) => {
                let members = members.into_iter();
                Value::Object(
                    members
                        .map(|(name, value)| (name, self.restore(inner, value)))
                        .collect(),
                )
            }
            (Restore::Array(inner), Value::Array(items)) => {
                let items = items.into_iter();
                Value::Array(items.map(|item| self.restore(inner, item)).collect())
            }
            (Restore::Any(alternatives), value) => self.alternative(alternatives, value),
            (Restore::Named(name), value) => match self.named.get(name) {
                Some(restore) => self.restore(restore, value),
                None => value,
            },
            (_, value) => value,
        }
    }

    fn members(&self, fields: &[Field], members: Map<String, Value>) -> Map<String, Value> {
        let mut restored = Map::new();
        let mut spread = Vec::new();
        for (name, value) in members {
            let Some(field) = fields.iter().find(|field| field.shown == name) else {
                restored.insert(name, value);
                continue;
            };
            if field.drop_null && value.is_null() {
                continue;
            }
            let value = self.restore(&field.restore, value);
            match value {
                Value::Object(members) if field.spread => spread.extend(members),
                value => {
                    restored.insert(field.own.clone(), value);
                }
            }
        }
        for (name, value) in spread {
            restored.entry(name).or_insert(value);
        }
        restored
    }

    fn pairs(&self, inner: &Restore, pairs: Vec<Value>) -> Value {
        let is_pair = |pair: &Value| {
            pair.get("name").is_some_and(Value::is_string) && pair.get("value").is_some()
        };
        if !pairs.iter().all(is_pair) {
            return Value::Array(pairs);
        }
        let mut members = Map::new();
        for mut pair in pairs {
            let value = pair.get_mut("value").map(Value::take);
            if let (Some(Value::String(name)), Some(value)) =
                (pair.get_mut("name").map(Value::take), value)
            {
                members.insert(name, self.restore(inner, value));
            }
        }
        Value::Object(members)
    }

    fn alternative(&self, alternatives: &[(Value, Restore)], value: Value) -> Value {
        let fitting = alternatives
            .iter()
            .filter(|(schema, _)| shape::fits(schema, &value, &self.definitions));
        // A text that parses as what one of them wants is that, whatever else a text could be.
        let mut first = None;
        for (_, restore) in fitting {
            if matches!(restore, Restore::Text { .. } | Restore::Pick(_)) {
                let restored = self.restore(restore, value.clone());
                if restored != value {
                    return restored;
                }
            }
            first = first.or(Some(restore));
        }
        match first {
            Some(restore) => self.restore(restore, value),
            None => value,
        }
    }
}
