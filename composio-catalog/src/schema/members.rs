//! The keywords that hold no schema. A value of the wrong form is dropped: it would spoil the whole schema.

use std::collections::HashSet;

use serde_json::Number;

use super::{
    keyword::{Keyword, type_names},
    write::{Member, put, put_member},
};
use crate::{document::Node, text};

pub(super) const MAX_PROSE: usize = 1_024;
const MAX_NAME: usize = 512;
const MAX_EXAMPLES: usize = 3;
const MAX_EXAMPLE: usize = 256;

/// Writes a member whose value is no schema.
pub(super) fn write(member: Member<'_>, out: &mut Vec<u8>) {
    let Member { name, value, .. } = member;
    let node = member.schema;
    match (member.keyword, value) {
        (Keyword::Prose, Node::Text(text)) => {
            let prose = text::prose(text, MAX_PROSE);
            if !prose.is_empty() {
                put_member(out, name);
                put(out, &prose);
            }
        }
        (Keyword::Text | Keyword::Verbatim | Keyword::Example, value) if value.has_hidden() => {}
        (Keyword::Text, Node::Text(_))
        | (Keyword::Flag, Node::Flag(_))
        | (Keyword::Number, Node::Number(_))
        | (Keyword::Verbatim, _) => plain(name, value, out),
        (Keyword::Positive, Node::Number(number)) if number.as_f64() > Some(0.0) => {
            plain(name, value, out);
        }
        (Keyword::Count, Node::Number(number)) => {
            if let Some(count) = whole(number) {
                put_member(out, name);
                put(out, &count);
            }
        }
        (Keyword::Bound { exclusive }, Node::Number(_)) => {
            plain(
                if node.is_set(exclusive) {
                    exclusive
                } else {
                    name
                },
                value,
                out,
            );
        }
        (Keyword::Type, _) => types(value, node, out),
        (Keyword::Enum, Node::List(items)) if !items.is_empty() => enumeration(items, node, out),
        (Keyword::Example, _) if !matches!(node.get("examples"), Some(Node::List(_))) => {
            write_examples(std::slice::from_ref(value), out);
        }
        (Keyword::Examples, Node::List(items)) => write_examples(items, out),
        (Keyword::Names, Node::List(items)) => names(name, items, out),
        (Keyword::NamesMap, Node::Map(entries)) => {
            put_member(out, name);
            out.push(b'{');
            for (key, list) in entries.iter().filter(|(key, _)| is_nameable(key)) {
                names(key, list.items(), out);
            }
            out.push(b'}');
        }
        _ => {}
    }
}

fn plain(name: &str, value: &Node<'_>, out: &mut Vec<u8>) {
    put_member(out, name);
    put(out, value);
}

/// Some tools write whole numbers with a fraction of zero.
fn whole(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        let is_whole = float.fract() == 0.0 && (0.0..1e15).contains(&float);
        is_whole
            .then(|| format!("{float:.0}").parse().ok())
            .flatten()
    })
}

fn types(value: &Node<'_>, node: &Node<'_>, out: &mut Vec<u8>) {
    let mut types: Vec<&str> = Vec::new();
    let written = match value {
        Node::List(items) => items,
        one => std::slice::from_ref(one),
    };
    for name in written
        .iter()
        .filter_map(Node::text)
        .flat_map(|name| type_names(name))
    {
        if !types.contains(name) {
            types.push(name);
        }
    }
    // `type: [null]` in YAML is a null, not a text.
    let admits_null = node.is_set("nullable") || value.items().contains(&Node::Null);
    if admits_null && !types.is_empty() && !types.contains(&"null") {
        types.push("null");
    }
    match types.as_slice() {
        [] => {}
        [one] => {
            put_member(out, "type");
            put(out, one);
        }
        several => {
            put_member(out, "type");
            put(out, several);
        }
    }
}

fn enumeration(items: &[Node<'_>], node: &Node<'_>, out: &mut Vec<u8>) {
    let items: Vec<&Node<'_>> = items.iter().filter(|item| !item.has_hidden()).collect();
    if items.is_empty() {
        return;
    }
    put_member(out, "enum");
    put(out, &items);
    if node.is_set("nullable") && !items.contains(&&Node::Null) {
        out.pop();
        out.extend_from_slice(b",null]");
    }
}

/// A few short ones: a model reads them all, each time.
pub(super) fn write_examples(items: &[Node<'_>], out: &mut Vec<u8>) {
    let start = out.len();
    put_member(out, "examples");
    out.push(b'[');
    let before = out.len();
    let mut kept = 0;
    for item in items.iter().filter(|item| !item.has_hidden()) {
        let end = out.len();
        if kept > 0 {
            out.push(b',');
        }
        let from = out.len();
        put(out, item);
        // A reference among data is one of the document's, and means nothing here.
        let written = out.get(from..).unwrap_or_default();
        if written.len() > MAX_EXAMPLE || written.windows(6).any(|six| six == b"\"$ref\"") {
            out.truncate(end);
        } else {
            kept += 1;
        }
        if kept == MAX_EXAMPLES {
            break;
        }
    }
    if out.len() == before {
        out.truncate(start);
    } else {
        out.push(b']');
    }
}

/// Whether a model may read the name of a member, which cannot be another than it is.
pub(crate) fn is_nameable(name: &str) -> bool {
    name.len() <= MAX_NAME && !text::has_hidden(name)
}

fn names(name: &str, items: &[Node<'_>], out: &mut Vec<u8>) {
    let mut seen = HashSet::new();
    let names: Vec<&str> = items
        .iter()
        .filter_map(Node::text)
        .filter(|name| is_nameable(name) && seen.insert(*name))
        .collect();
    if !names.is_empty() {
        put_member(out, name);
        put(out, &names);
    }
}
