//! Makes a schema that stands alone of one that refers into a pool.

use std::iter;

use composio_core::models::RawJson;

use crate::Entries;

const PREFIX: &str = "\"#/$defs/";

/// Finds what schemas of one pool need. Which of them refer to which is looked up once.
#[derive(Debug)]
pub(crate) struct Bundler<'p> {
    pool: &'p Entries<RawJson>,
    /// The places in the pool that each schema of it refers to; none where nobody has looked.
    references: Vec<Option<Box<[usize]>>>,
}

impl<'p> Bundler<'p> {
    pub(crate) fn new(pool: &'p Entries<RawJson>) -> Self {
        Self {
            references: iter::repeat_with(|| None).take(pool.len()).collect(),
            pool,
        }
    }

    /// `schema` with the definitions it needs, directly or not, under `$defs`.
    pub(crate) fn bundled(&mut self, schema: &RawJson) -> RawJson {
        let needed = self.needed(schema);
        if needed.is_empty() {
            return schema.clone();
        }
        let mut text = String::from("\"$defs\":{");
        for (index, (name, definition)) in needed.into_iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            // Names of the pool hold letters that JSON writes as they are.
            text.push('"');
            text.push_str(name);
            text.push_str("\":");
            text.push_str(definition.as_str());
        }
        text.push('}');
        spliced(schema.as_str(), &text)
    }

    /// The definitions that `schema` needs, directly or not, by name and in the order of their names.
    pub(crate) fn needed(&mut self, schema: &RawJson) -> Vec<(&'p str, &'p RawJson)> {
        let mut seen = vec![false; self.references.len()];
        let mut needed = Vec::new();
        let mut found = places(self.pool, schema);
        while let Some(place) = found.pop() {
            let Some(is_seen) = seen.get_mut(place).filter(|is_seen| !**is_seen) else {
                continue;
            };
            *is_seen = true;
            if let Some((name, definition)) = self.pool.get_index_entry(place) {
                needed.push((name, definition));
                found.extend_from_slice(self.references(place, definition));
            }
        }
        needed.sort_unstable_by_key(|(name, _)| *name);
        needed
    }

    fn references(&mut self, place: usize, definition: &RawJson) -> &[usize] {
        let pool = self.pool;
        self.references.get_mut(place).map_or(&[], |known| {
            known.get_or_insert_with(|| places(pool, definition).into_boxed_slice())
        })
    }
}

/// The object `object` with one more member.
fn spliced(object: &str, member: &str) -> RawJson {
    let open = object.trim_end().strip_suffix('}').unwrap_or("{");
    let comma = if open.trim_end().ends_with('{') {
        ""
    } else {
        ","
    };
    RawJson::parse(format!("{open}{comma}{member}}}")).unwrap_or_else(|_| RawJson::empty_object())
}

/// The places in the pool of what `schema` refers to.
fn places(pool: &Entries<RawJson>, schema: &RawJson) -> Vec<usize> {
    references(schema)
        .filter_map(|name| pool.get_index_of(name))
        .collect()
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
