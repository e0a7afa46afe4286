//! References whose targets were moved or renamed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::pointer::{pointer_of, resolve};

/// Gives `shown`, which was made of `source`, a definition for every reference that leads nowhere in it.
/// `walk` makes of a copied definition what was made of `shown`.
pub(super) fn mend(shown: &mut Value, source: &Value, mut walk: impl FnMut(&mut Value)) {
    let mut waiting = references(shown);
    let mut seen = HashSet::new();
    let mut moved: BTreeMap<String, String> = BTreeMap::new();
    let mut definitions: Vec<(String, Value)> = Vec::new();
    let mut names: BTreeSet<String> = names(shown);
    while let Some(reference) = waiting.pop() {
        let stands =
            pointer_of(&reference).is_some_and(|pointer| shown.pointer(&pointer).is_some());
        if stands || !seen.insert(reference.clone()) {
            continue;
        }
        let Some((pointer, target)) = resolve(source, &reference) else {
            continue;
        };
        let mut copy = target.clone();
        walk(&mut copy);
        waiting.extend(references(&copy));
        let name = free_name(&pointer, &mut names);
        moved.insert(reference, format!("#/$defs/{name}"));
        definitions.push((name, copy));
    }
    if moved.is_empty() {
        return;
    }
    if let Some(root) = shown.as_object_mut()
        && let Some(all) = root
            .entry("$defs")
            .or_insert_with(|| json!({}))
            .as_object_mut()
    {
        all.extend(definitions);
    }
    redirect(shown, &moved);
}

fn names(shown: &Value) -> BTreeSet<String> {
    let definitions = shown.get("$defs").and_then(Value::as_object);
    definitions
        .into_iter()
        .flat_map(|all| all.keys().cloned())
        .collect()
}

/// A name for what stood at `pointer`, of letters, digits and `_`, that is not among `names`.
pub(super) fn free_name(pointer: &str, names: &mut BTreeSet<String>) -> String {
    let last = pointer
        .rsplit('/')
        .find(|part| part.starts_with(|first: char| first.is_ascii_alphabetic()));
    let clean: String = last
        .unwrap_or("Root")
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '_'
            }
        })
        .take(48)
        .collect();
    let mut name = clean.clone();
    let mut number = 1_u32;
    while !names.insert(name.clone()) {
        number += 1;
        name = format!("{clean}_{number}");
    }
    name
}

/// Every reference in `value`.
pub(super) fn references(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.push(reference.clone());
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}

fn redirect(value: &mut Value, moved: &BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(new) = moved.get(reference)
            {
                reference.clone_from(new);
            }
            members
                .values_mut()
                .for_each(|value| redirect(value, moved));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| redirect(value, moved)),
        _ => {}
    }
}

/// The references in `root` that lead to schemas which contain themselves.
pub(super) fn cyclic(root: &Value) -> HashSet<String> {
    let mut edges: HashMap<String, Vec<String>> = HashMap::new();
    let mut waiting = references(root);
    while let Some(reference) = waiting.pop() {
        if edges.contains_key(&reference) {
            continue;
        }
        let inner =
            resolve(root, &reference).map_or_else(Vec::new, |(_, target)| references(target));
        waiting.extend(inner.iter().cloned());
        edges.insert(reference, inner);
    }
    // What is left when everything that leads nowhere further has been taken away leads into a cycle.
    let mut leads_to: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (from, targets) in &edges {
        open.insert(from, targets.len());
        for target in targets {
            leads_to.entry(target).or_default().push(from);
        }
    }
    let mut done: Vec<&str> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    while let Some(name) = done.pop() {
        open.remove(name);
        for from in leads_to.get(name).into_iter().flatten() {
            if let Some(count) = open.get_mut(from) {
                *count -= 1;
                if *count == 0 {
                    done.push(from);
                }
            }
        }
    }
    open.into_keys().map(str::to_owned).collect()
}
