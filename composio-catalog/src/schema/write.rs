use serde::Serialize;

use super::{Pool, keyword::Keyword, members::MAX_PROSE};
use crate::{document::Node, text};

/// Where a schema stands: in which entry of the pool, and whether it judges the entry's own value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    owner: Option<usize>,
    reach: Reach,
    /// Whether the schema's own description is left out, since another stands in its place.
    is_described: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The value of the entry.
    Same,
    /// The value of the entry, as one of several alternatives.
    Alternative,
    /// A part of the value.
    Part,
}

impl Spot {
    /// A schema that no entry of the pool owns.
    pub(crate) const FREE: Self = Self {
        owner: None,
        reach: Reach::Part,
        is_described: false,
    };

    pub(super) const fn owned_by(entry: usize) -> Self {
        Self {
            owner: Some(entry),
            reach: Reach::Same,
            is_described: false,
        }
    }

    const fn part(self) -> Self {
        Self {
            reach: Reach::Part,
            is_described: false,
            ..self
        }
    }

    const fn inner(self) -> Self {
        Self {
            is_described: false,
            ..self
        }
    }

    fn alternative(self) -> Self {
        match self.reach {
            Reach::Part => self.part(),
            Reach::Same | Reach::Alternative => Self {
                reach: Reach::Alternative,
                is_described: false,
                ..self
            },
        }
    }
}

/// What a parameter says about its argument, beside the schema.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notes<'d> {
    pub(crate) description: Option<&'d str>,
    pub(crate) is_deprecated: bool,
    pub(crate) example: Option<&'d Node<'d>>,
}

/// One member of a schema.
#[derive(Clone, Copy)]
pub(super) struct Member<'d> {
    pub(super) keyword: Keyword,
    pub(super) name: &'d str,
    pub(super) value: &'d Node<'d>,
    /// The schema it is a member of.
    pub(super) schema: &'d Node<'d>,
}

/// Which members of a schema are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Whole,
    Annotations,
    Rest,
}

/// Writes `value` as JSON. Nothing that is written here has no JSON form, and memory does not fail.
pub(crate) fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let _ = serde_json::to_writer(out, value);
}

/// Writes the name of a member, after a comma if it is not the first.
pub(crate) fn put_member(out: &mut Vec<u8>, name: &str) {
    if !matches!(out.last(), Some(b'{')) {
        out.push(b',');
    }
    put(out, name);
    out.push(b':');
}

impl<'d> Pool<'d> {
    /// Writes one schema.
    pub(crate) fn write(&mut self, node: &'d Node<'d>, out: &mut Vec<u8>, spot: Spot) {
        match node {
            Node::Map(_) => {
                out.push(b'{');
                self.write_contents(node, out, spot);
                out.push(b'}');
            }
            Node::Flag(flag) => put(out, flag),
            _ => self.write_hole(out),
        }
    }

    /// A schema that admits everything, for one that is broken.
    pub(super) fn write_hole(&mut self, out: &mut Vec<u8>) {
        self.holes += 1;
        out.extend_from_slice(b"{}");
    }

    /// Writes the schema of an argument, with what the parameter says beside it.
    pub(crate) fn write_noted(&mut self, node: &'d Node<'d>, notes: Notes<'d>, out: &mut Vec<u8>) {
        out.push(b'{');
        let description = notes.description.map(|text| text::prose(text, MAX_PROSE));
        let description = description.filter(|text| !text.trim().is_empty());
        if let Some(description) = &description {
            put_member(out, "description");
            put(out, description);
        }
        if notes.is_deprecated && node.get("deprecated").is_none() {
            put_member(out, "deprecated");
            put(out, &true);
        }
        if let Some(example) = notes.example
            && node.get("example").is_none()
            && node.get("examples").is_none()
        {
            super::members::write_examples(std::slice::from_ref(example), out);
        }
        let spot = Spot {
            is_described: description.is_some(),
            ..Spot::FREE
        };
        self.write_contents(node, out, spot);
        out.push(b'}');
    }

    fn write_contents(&mut self, node: &'d Node<'d>, out: &mut Vec<u8>, spot: Spot) {
        let reference = node.text_of("$ref");
        if let Some(reference) = reference
            && !self.document.is_modern
        {
            self.write_reference(reference, out, spot);
            return;
        }
        let is_wrapped = node.is_set("nullable")
            && (reference.is_some()
                || ["allOf", "anyOf", "oneOf", "not", "const"]
                    .iter()
                    .any(|key| node.get(key).is_some()));
        if is_wrapped {
            self.write_members(node, out, spot, Share::Annotations);
            put_member(out, "anyOf");
            out.extend_from_slice(b"[{");
            self.write_members(node, out, spot.alternative(), Share::Rest);
            out.extend_from_slice(b"},{\"type\":\"null\"}]");
        } else {
            self.write_members(node, out, spot, Share::Whole);
        }
    }

    fn write_members(&mut self, node: &'d Node<'d>, out: &mut Vec<u8>, spot: Spot, share: Share) {
        if share != Share::Annotations
            && let Some(reference) = node.text_of("$ref")
        {
            self.write_reference(reference, out, spot);
        }
        for (name, value) in node.entries() {
            if share != Share::Whole
                && Keyword::is_annotation(name) != (share == Share::Annotations)
            {
                continue;
            }
            if spot.is_described && name == "description" {
                continue;
            }
            if let Some(keyword) = Keyword::of(name) {
                let member = Member {
                    keyword,
                    name,
                    value,
                    schema: node,
                };
                self.write_member(member, out, spot);
            }
        }
    }

    fn write_reference(&mut self, reference: &'d str, out: &mut Vec<u8>, spot: Spot) {
        let Some(target) = self.entry(reference) else {
            self.holes += 1;
            return;
        };
        if let Some(owner) = spot.owner
            && spot.reach != Reach::Part
        {
            if self.cuts.contains(&(owner, target)) {
                self.holes += 1;
                return;
            }
            self.use_in_place(owner, target, spot.reach == Reach::Alternative);
        }
        if let Some(entry) = self.entries.get(target) {
            put_member(out, "$ref");
            put(out, &format!("#/$defs/{}", entry.name));
        }
    }

    fn write_member(&mut self, member: Member<'d>, out: &mut Vec<u8>, spot: Spot) {
        let Member { name, value, .. } = member;
        match member.keyword {
            Keyword::Schema if is_schema(value) => {
                put_member(out, name);
                self.write(value, out, spot.part());
            }
            Keyword::InPlace if is_schema(value) => {
                let start = out.len();
                let holes = self.holes;
                put_member(out, name);
                // A circle is given up here rather than in what contains it.
                self.write(value, out, spot.alternative());
                // What admits everything must not be negated, nor decide.
                if self.holes > holes && matches!(name, "not" | "if") {
                    out.truncate(start);
                }
            }
            Keyword::Items if is_schema(value) => {
                put_member(out, "items");
                self.write(value, out, spot.part());
            }
            Keyword::Items => self.write_list("prefixItems", value, out, spot.part()),
            Keyword::List => self.write_list(name, value, out, spot.part()),
            Keyword::All => self.write_list(name, value, out, spot.inner()),
            Keyword::Some => self.write_alternatives(member, out, spot.alternative()),
            Keyword::Map if value.is_map() => self.write_schemas(name, value, out, spot.part()),
            Keyword::InPlaceMap if value.is_map() => {
                self.write_schemas(name, value, out, spot.inner())
            }
            _ => super::members::write(member, out),
        }
    }

    fn write_list(&mut self, name: &str, value: &'d Node<'d>, out: &mut Vec<u8>, spot: Spot) {
        if value.items().is_empty() {
            return;
        }
        put_member(out, name);
        out.push(b'[');
        for (index, item) in value.items().iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write(item, out, spot);
        }
        out.push(b']');
    }

    /// With a hole among them, "exactly one" becomes "any", since the hole admits what the others do.
    fn write_alternatives(&mut self, member: Member<'d>, out: &mut Vec<u8>, spot: Spot) {
        let Member { name, value, .. } = member;
        let holes = self.holes;
        let mut list = vec![b'{'];
        self.write_list(name, value, &mut list, spot);
        let Some(written) = list.get(1..).filter(|written| !written.is_empty()) else {
            return;
        };
        if self.holes == holes {
            if !matches!(out.last(), Some(b'{')) {
                out.push(b',');
            }
            out.extend_from_slice(written);
        } else if name == "anyOf" || member.schema.get("anyOf").is_none() {
            put_member(out, "anyOf");
            out.extend_from_slice(written.get(name.len() + 3..).unwrap_or_default());
        }
    }

    fn write_schemas(&mut self, name: &str, value: &'d Node<'d>, out: &mut Vec<u8>, spot: Spot) {
        put_member(out, name);
        out.push(b'{');
        let entries = value.entries().iter();
        for (key, schema) in entries.filter(|(key, _)| super::members::is_nameable(key)) {
            put_member(out, key);
            self.write(schema, out, spot);
        }
        out.push(b'}');
    }
}

fn is_schema(node: &Node<'_>) -> bool {
    node.is_map() || matches!(node, Node::Flag(_))
}
