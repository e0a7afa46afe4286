use serde_json::{Map, Value, json};

use super::{
    super::{loss::LossKind, merge::origin, restore::Restore},
    emitter::{Emitter, Shown},
};

const RULES: &[&str] = &[
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];

impl Emitter<'_> {
    /// What is shown of a list; a list of fixed places becomes one of whatever stands in any of them.
    pub(super) fn list(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let item = match map.get("prefixItems") {
            Some(Value::Array(places)) => self.places(places, map, at, depth),
            _ => match map.get("items") {
                Some(items) => self.schema(items, &format!("{at}/items"), depth + 1),
                None => self.anything(at),
            },
        };
        let inner = item.restore.clone();
        let mut shown =
            Shown::of(json!({"type": self.type_name("array"), "items": self.described(item)}));
        if !inner.is_same() {
            shown.restore = Restore::Array(Box::new(inner));
        }
        self.rules_of(&mut shown, RULES, map, at);
        shown
    }

    fn places(
        &mut self,
        places: &[Value],
        map: &Map<String, Value>,
        at: &str,
        depth: usize,
    ) -> Shown {
        self.losses.add(
            at,
            LossKind::Rule,
            "`prefixItems`: what stands where is not told",
        );
        let mut ways = Vec::with_capacity(places.len() + 1);
        for (index, place) in places.iter().enumerate() {
            ways.push(self.schema(place, &format!("{at}/prefixItems/{index}"), depth + 1));
        }
        if let Some(rest @ Value::Object(_)) = map.get("items") {
            ways.push(self.schema(rest, &format!("{at}/items"), depth + 1));
        }
        self.ways(ways)
    }

    /// An object of names that the model chooses, as a list of names and values.
    pub(super) fn pairs(&mut self, values: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let here = origin(values).unwrap_or_else(|| format!("{at}/additionalProperties"));
        let value = self.schema(&Value::Object(values.clone()), &here, depth + 2);
        let inner = value.restore.clone();
        let text = self.type_name("string");
        let mut pair = Shown::of(json!({
            "type": self.type_name("object"),
            "properties": {"name": {"type": text}, "value": self.described(value)},
            "required": ["name", "value"],
        }))
        .schema;
        if self.rules.is_strict {
            pair.insert("additionalProperties".to_owned(), json!(false));
        }
        Shown {
            restore: Restore::Pairs(Box::new(inner)),
            notes: vec!["an object, written as a list of its names and values".to_owned()],
            ..Shown::of(json!({"type": self.type_name("array"), "items": pair}))
        }
    }

    /// A schema that is used where nothing is added to it any more.
    pub(super) fn described(&mut self, mut shown: Shown) -> Value {
        self.annotate(&mut shown, &Map::new());
        self.value(shown, false)
    }
}
