use serde_json::{Map, Value, json};

use super::{
    super::{
        loss::LossKind,
        merge::{ANNOTATIONS, choice_of_required, is_assertion, note, origin},
        restore::Restore,
    },
    emitter::{Emitter, Shown},
};

impl Emitter<'_> {
    /// What is shown of alternatives.
    pub(super) fn union(&mut self, map: &Map<String, Value>, at: &str, depth: usize) -> Shown {
        let key = if map.contains_key("anyOf") {
            "anyOf"
        } else {
            "oneOf"
        };
        let Some(Value::Array(branches)) = map.get(key) else {
            return self.anything(at);
        };
        let mut siblings = map.clone();
        siblings.remove(key);
        if let Some(rule) = choice_of_required(branches) {
            self.losses
                .add(&format!("{at}/{key}"), LossKind::Rule, rule.clone());
            let mut rest = siblings;
            note(&mut rest, &rule);
            return self.schema(&Value::Object(rest), at, depth);
        }
        siblings.retain(|key, _| is_assertion(key) && !ANNOTATIONS.contains(&key.as_str()));
        let mut takes_null = false;
        let mut ways = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let here = format!("{at}/{key}/{index}");
            match branch {
                Value::Bool(false) => {}
                branch if is_only_null(branch) => takes_null = true,
                Value::Object(own) if !siblings.is_empty() => {
                    let here = origin(own).unwrap_or(here);
                    let joined = self.with_siblings(own, &siblings, &here, at);
                    ways.push(self.schema(&Value::Object(joined), &here, depth + 1));
                }
                Value::Bool(true) if !siblings.is_empty() => {
                    ways.push(self.schema(&Value::Object(siblings.clone()), at, depth + 1));
                }
                branch => ways.push(self.schema(branch, &here, depth + 1)),
            }
        }
        let overlap = key == "oneOf" && !are_apart(&ways);
        let mut shown = if ways.is_empty() && takes_null {
            self.nothing(at)
        } else {
            self.ways(ways)
        };
        shown.takes_null |= takes_null;
        if overlap {
            let at = format!("{at}/{key}");
            self.losses.add(
                &at,
                LossKind::Rule,
                "`oneOf`: that only one of them may hold is not told",
            );
        }
        shown
    }

    // Each alternative holds together with what stands beside all of them.
    fn with_siblings(
        &mut self,
        branch: &Map<String, Value>,
        siblings: &Map<String, Value>,
        branch_at: &str,
        at: &str,
    ) -> Map<String, Value> {
        let mut merger = self.merger();
        let mut first = merger.flat(siblings, at);
        let second = merger.flat(branch, branch_at);
        first.insert("allOf".to_owned(), json!([second]));
        merger.flat(&first, at)
    }

    /// One schema for several ways to give a value.
    pub(super) fn ways(&mut self, ways: Vec<Shown>) -> Shown {
        let takes_null = ways.iter().any(|way| way.takes_null || is_null(way));
        let mut flat: Vec<(Value, Restore)> = Vec::new();
        for mut way in ways {
            if is_null(&way) {
                continue;
            }
            if matches!(way.restore, Restore::Text { object: false }) {
                // A text of JSON can be all the others too.
                way.takes_null = takes_null;
                return way;
            }
            self.annotate(&mut way, &Map::new());
            let restore = way.restore.clone();
            match (way.schema.remove("anyOf"), restore) {
                (Some(Value::Array(inner)), Restore::Any(restores)) => {
                    let restores = restores.into_iter().map(|(_, restore)| restore);
                    flat.extend(inner.into_iter().zip(restores));
                }
                (Some(Value::Array(inner)), restore) if way.schema.is_empty() => {
                    flat.extend(inner.into_iter().map(|way| (way, restore.clone())));
                }
                (Some(inner), restore) => {
                    way.schema.insert("anyOf".to_owned(), inner);
                    flat.push((Value::Object(way.schema), restore));
                }
                (None, restore) => flat.push((Value::Object(way.schema), restore)),
            }
        }
        let mut unique: Vec<(Value, Restore)> = Vec::with_capacity(flat.len());
        for way in flat {
            if !unique.contains(&way) {
                unique.push(way);
            }
        }
        let mut shown = joined(unique);
        shown.takes_null = takes_null;
        shown
    }
}

fn joined(mut ways: Vec<(Value, Restore)>) -> Shown {
    if ways.len() == 1
        && let Some((schema, restore)) = ways.pop()
    {
        return Shown {
            restore,
            ..Shown::of(schema)
        };
    }
    if ways.is_empty() {
        return Shown::of(json!({"type": "null"}));
    }
    let schemas: Vec<&Value> = ways.iter().map(|(schema, _)| schema).collect();
    let mut shown = Shown::of(json!({"anyOf": schemas}));
    if ways.iter().any(|(_, restore)| !restore.is_same()) {
        shown.restore = Restore::Any(ways);
    }
    shown
}

// Whatever stands beside the alternatives, `null` is one of them.
fn is_only_null(branch: &Value) -> bool {
    let says = |key: &str, value: &Value| branch.get(key) == Some(value);
    says("type", &json!("null")) || says("const", &Value::Null) || says("enum", &json!([null]))
}

fn is_null(way: &Shown) -> bool {
    way.schema.get("type").is_some_and(|name| name == "null")
}

/// Whether no value can be two of the ways.
fn are_apart(ways: &[Shown]) -> bool {
    ways.iter().enumerate().all(|(index, way)| {
        let others = ways.iter().skip(index + 1);
        others.into_iter().all(|other| apart(way, other))
    })
}

fn apart(one: &Shown, other: &Shown) -> bool {
    if one.takes_null && other.takes_null {
        return false;
    }
    let is_changed = |way: &Shown| {
        !matches!(
            way.restore,
            Restore::Same | Restore::Object(_) | Restore::Array(_)
        )
    };
    if is_changed(one) || is_changed(other) {
        return false;
    }
    let (one, other) = (&one.schema, &other.schema);
    let name = |way: &Map<String, Value>| {
        way.get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase()
    };
    let (first, second) = (name(one), name(other));
    let both_numbers = [&first, &second]
        .iter()
        .all(|name| matches!(name.as_str(), "number" | "integer"));
    if first.is_empty() || second.is_empty() {
        return false;
    }
    if first != second && !both_numbers {
        return true;
    }
    choices_apart(one, other) || told_apart(one, other)
}

fn choices_apart(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    match (one.get("enum"), other.get("enum")) {
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            one.iter().all(|choice| !other.contains(choice))
        }
        _ => false,
    }
}

// A property that both need and whose choices differ, such as a discriminator.
fn told_apart(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let properties =
        |way: &Map<String, Value>| way.get("properties").and_then(Value::as_object).cloned();
    let needs = |way: &Map<String, Value>, name: &str| {
        let names = way.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|needed| needed == name))
    };
    let (Some(first), Some(second)) = (properties(one), properties(other)) else {
        return false;
    };
    first.iter().any(|(name, schema)| {
        let both = (
            schema.as_object(),
            second.get(name).and_then(Value::as_object),
        );
        match both {
            (Some(mine), Some(others)) => {
                needs(one, name) && needs(other, name) && choices_apart(mine, others)
            }
            _ => false,
        }
    })
}
