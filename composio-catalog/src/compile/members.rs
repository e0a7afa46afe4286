//! Whether a body is a plain object, and of which members.

use std::{collections::HashSet, ptr};

use crate::{
    document::{Document, Node},
    schema::is_nameable,
};

const MAX_DEPTH: usize = 48;
/// Bounds the work on one body, however its parts refer to each other.
const MAX_STEPS: usize = 10_000;
const MAX_MEMBERS: usize = 2_000;

/// The members of a plain object, merged from all its parts.
#[derive(Debug)]
pub(super) struct Members<'d> {
    document: &'d Document<'d>,
    pub(super) properties: Vec<(&'d str, &'d Node<'d>)>,
    pub(super) required: HashSet<&'d str>,
    names: HashSet<&'d str>,
    seen: HashSet<*const Node<'d>>,
    steps: usize,
}

/// The body is no plain object.
struct NotPlain;

impl<'d> Members<'d> {
    /// The members of `schema`; `None` if it is no object, an object of free form, or one of several.
    pub(super) fn of(document: &'d Document<'d>, schema: &'d Node<'d>) -> Option<Self> {
        let mut members = Self {
            document,
            properties: Vec::new(),
            required: HashSet::new(),
            names: HashSet::new(),
            seen: HashSet::new(),
            steps: 0,
        };
        members.gather(schema, 0).ok()?;
        (!members.properties.is_empty()).then_some(members)
    }

    fn gather(&mut self, node: &'d Node<'d>, depth: usize) -> Result<(), NotPlain> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS || !node.is_map() {
            return Err(NotPlain);
        }
        if !self.seen.insert(ptr::from_ref(node)) {
            return Ok(());
        }
        if let Some(reference) = node.text_of("$ref") {
            let target = self.document.resolve(reference).map_err(|_| NotPlain)?;
            self.gather(target, depth + 1)?;
            if !self.document.is_modern {
                return Ok(());
            }
        }
        if !admits_object(node) {
            return Err(NotPlain);
        }
        self.add_own(node)?;
        for part in node.get("allOf").map_or(&[][..], Node::items) {
            self.gather(part, depth + 1)?;
        }
        for key in ["anyOf", "oneOf"] {
            self.gather_alternatives(node.get(key).map_or(&[][..], Node::items), depth)?;
        }
        Ok(())
    }

    fn add_own(&mut self, node: &'d Node<'d>) -> Result<(), NotPlain> {
        for (name, schema) in node.get("properties").map_or(&[][..], Node::entries) {
            if is_nameable(name) && self.names.insert(name) {
                self.properties.push((name, schema));
            }
            self.steps += 1;
            if self.properties.len() > MAX_MEMBERS || self.steps > MAX_STEPS {
                return Err(NotPlain);
            }
        }
        let required = node.get("required").map_or(&[][..], Node::items);
        let required = required.iter().filter_map(Node::text);
        self.required
            .extend(required.filter(|name| is_nameable(name)));
        Ok(())
    }

    /// One alternative beside null is no alternative. Several only add to members that are always there; of
    /// what they require, all must.
    fn gather_alternatives(
        &mut self,
        alternatives: &'d [Node<'d>],
        depth: usize,
    ) -> Result<(), NotPlain> {
        let alternatives: Vec<&'d Node<'d>> = alternatives
            .iter()
            .take(MAX_STEPS)
            .filter(|node| node.text_of("type") != Some("null"))
            .collect();
        match alternatives.as_slice() {
            [] => return Ok(()),
            [only] => return self.gather(only, depth + 1),
            _ if self.properties.is_empty() => return Err(NotPlain),
            _ => {}
        }
        let before = self.required.clone();
        let mut common: Option<HashSet<&'d str>> = None;
        for alternative in alternatives {
            self.required.clear();
            self.gather(alternative, depth + 1)?;
            common = Some(match common {
                None => self.required.clone(),
                Some(common) => common.intersection(&self.required).copied().collect(),
            });
        }
        self.required = before;
        self.required.extend(common.unwrap_or_default());
        Ok(())
    }
}

/// Whether a value of the schema can be an object, and nothing else but null.
fn admits_object(node: &Node<'_>) -> bool {
    match node.get("type") {
        None => node.get("enum").is_none() && node.get("const").is_none(),
        Some(Node::Text(name)) => name == "object",
        Some(Node::List(names)) => names
            .iter()
            .filter_map(Node::text)
            .all(|name| matches!(name, "object" | "null")),
        _ => false,
    }
}
