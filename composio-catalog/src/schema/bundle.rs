//! Makes a schema that stands alone of one that refers into a pool.

use std::collections::HashSet;

use composio_core::models::RawJson;

use crate::Entries;

const PREFIX: &str = "\"#/$defs/";

/// `schema` with the definitions it needs, directly or not, under `$defs`.
pub(crate) fn bundled(schema: &RawJson, pool: &Entries<RawJson>) -> RawJson {
    match definitions(schema, pool) {
        Some(definitions) => spliced(schema.as_str(), &definitions),
        None => schema.clone(),
    }
}

/// The text of `"$defs":{…}` that `schema` needs, if it needs any.
pub(crate) fn definitions(schema: &RawJson, pool: &Entries<RawJson>) -> Option<String> {
    let mut needed: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    let mut found: Vec<&str> = references(schema).collect();
    while let Some(name) = found.pop() {
        if let Some((name, definition)) = pool.get_key_value(name)
            && seen.insert(name)
        {
            needed.push(name);
            found.extend(references(definition));
        }
    }
    if needed.is_empty() {
        return None;
    }
    needed.sort_unstable();
    let mut text = String::from("\"$defs\":{");
    for (index, name) in needed.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        // Names of the pool hold letters that JSON writes as they are.
        text.push('"');
        text.push_str(name);
        text.push_str("\":");
        text.push_str(pool.get(name).map_or("{}", RawJson::as_str));
    }
    text.push('}');
    Some(text)
}

/// The object `object` with one more member.
pub(crate) fn spliced(object: &str, member: &str) -> RawJson {
    let open = object.trim_end().strip_suffix('}').unwrap_or("{");
    let comma = if open.trim_end().ends_with('{') {
        ""
    } else {
        ","
    };
    RawJson::parse(format!("{open}{comma}{member}}}")).unwrap_or_else(|_| RawJson::empty_object())
}

/// The names that `schema` refers to.
///
/// A search of the text is exact: quotes inside a JSON text are escaped, so `"$ref"` is a text of its own,
/// and one that a colon and a pointer follow is a reference, or data that looks like one.
fn references(schema: &RawJson) -> impl Iterator<Item = &str> {
    schema
        .as_str()
        .split("\"$ref\"")
        .skip(1)
        .filter_map(|behind| {
            let value = behind.trim_start().strip_prefix(':')?.trim_start();
            let (name, _) = value.strip_prefix(PREFIX)?.split_once('"')?;
            Some(name)
        })
}
