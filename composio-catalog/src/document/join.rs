//! Copies what a document refers to in others into its own `components`, and leads its references there.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
};

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Node, bundle::joined, edit};
use crate::CompileError;

/// Values that are taken over from other documents.
const MAX_NODES: usize = 2_000_000;
const MAX_ITEM_DEPTH: usize = 16;

/// Which section of `components` a target belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Schema,
    Parameter,
    Response,
    RequestBody,
    Header,
    Example,
    Item,
}

impl Kind {
    fn below(self, key: &str) -> Self {
        match key {
            "schema" | "schemas" | "definitions" | "items" | "properties" | "allOf" => Self::Schema,
            "parameters" => Self::Parameter,
            "responses" => Self::Response,
            "requestBody" | "requestBodies" => Self::RequestBody,
            "headers" => Self::Header,
            "examples" => Self::Example,
            "paths" | "pathItems" | "webhooks" => Self::Item,
            _ => self,
        }
    }

    fn section(self, is_swagger: bool) -> &'static [&'static str] {
        match (self, is_swagger) {
            (Self::Parameter, true) => &["parameters"],
            (Self::Response, true) => &["responses"],
            (_, true) => &["definitions"],
            (Self::Schema, false) => &["components", "schemas"],
            (Self::Parameter, false) => &["components", "parameters"],
            (Self::Response, false) => &["components", "responses"],
            (Self::RequestBody, false) => &["components", "requestBodies"],
            (Self::Header, false) => &["components", "headers"],
            (Self::Example, false) => &["components", "examples"],
            (Self::Item, false) => &["components", "pathItems"],
        }
    }
}

/// Members whose content is data, not description.
const DATA: [&str; 6] = ["example", "default", "enum", "const", "value", "x-example"];

/// The work of joining.
pub(super) struct Join<'j, 'a> {
    address: &'j Url,
    others: &'j HashMap<&'j str, Node<'a>>,
    main: &'j Node<'a>,
    is_swagger: bool,
    /// What a target is called in the joined document, by address, pointer and kind.
    names: HashMap<(String, String, Kind), String>,
    taken: HashSet<String>,
    queue: VecDeque<(String, String, Kind, String)>,
    left: usize,
}

impl<'j, 'a> Join<'j, 'a> {
    /// `main`, found at `address`, with what it refers to in `others`, which are known by their addresses.
    pub(super) fn of(
        main: &'j Node<'a>,
        address: &'j Url,
        others: &'j HashMap<&'j str, Node<'a>>,
    ) -> Result<Node<'a>, CompileError> {
        let mut join = Self {
            address,
            others,
            main,
            is_swagger: main.get("swagger").is_some(),
            names: HashMap::new(),
            taken: HashSet::new(),
            queue: VecDeque::new(),
            left: MAX_NODES,
        };
        let mut joined = join.rewritten(main, address, Kind::Schema, 0)?;
        join.add_all(&mut joined)?;
        Ok(joined)
    }

    /// A copy of `node`, which stands in the document at `base`, with references that work in the joined one.
    fn rewritten(
        &mut self,
        node: &Node<'a>,
        base: &Url,
        kind: Kind,
        depth: usize,
    ) -> Result<Node<'a>, CompileError> {
        let is_main = base == self.address;
        if !is_main {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                CompileError::TooLarge(format!(
                    "it takes over {MAX_NODES} values from other documents"
                ))
            })?;
        }
        Ok(match node {
            Node::List(items) => {
                let items = items
                    .iter()
                    .map(|item| self.rewritten(item, base, kind, depth));
                Node::List(items.collect::<Result<_, _>>()?)
            }
            Node::Map(entries) => {
                if let Some(item) = self.inlined(node, base, kind, depth)? {
                    return Ok(item);
                }
                let mut members = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let value = match value {
                        Node::Text(reference) if key == "$ref" => {
                            Node::Text(self.reference(reference, base, kind))
                        }
                        data if DATA.contains(&key.as_ref()) => data.clone(),
                        value => self.rewritten(value, base, kind.below(key), depth)?,
                    };
                    members.push((key.clone(), value));
                }
                Node::Map(members.into_boxed_slice())
            }
            plain => plain.clone(),
        })
    }

    /// Swagger 2.0 has no section for path items: they are copied to where they are used.
    fn inlined(
        &mut self,
        node: &Node<'a>,
        base: &Url,
        kind: Kind,
        depth: usize,
    ) -> Result<Option<Node<'a>>, CompileError> {
        let reference = node
            .text_of("$ref")
            .filter(|_| self.is_swagger && kind == Kind::Item);
        let Some((address, pointer)) = reference.and_then(|reference| target(base, reference))
        else {
            return Ok(None);
        };
        let others = self.others;
        let Some(item) = others
            .get(address.as_str())
            .and_then(|document| edit::find(document, &tokens(&pointer)))
        else {
            return Ok(None);
        };
        if depth > MAX_ITEM_DEPTH {
            return Err(CompileError::TooLarge(
                "its paths refer to each other".to_owned(),
            ));
        }
        self.rewritten(item, &address, kind, depth + 1).map(Some)
    }

    /// How the joined document refers to what `reference` leads to.
    fn reference(&mut self, reference: &Cow<'a, str>, base: &Url, kind: Kind) -> Cow<'a, str> {
        let Some((address, pointer)) = target(base, reference) else {
            return reference.clone();
        };
        if address == *self.address {
            return Cow::Owned(format!("#{pointer}"));
        }
        let found = self.others.get(address.as_str());
        if found
            .and_then(|document| edit::find(document, &tokens(&pointer)))
            .is_none()
        {
            // Without its document it would mean something in this one.
            return if reference.starts_with('#') {
                Cow::Owned(format!("{address}{reference}"))
            } else {
                reference.clone()
            };
        }
        let key = (address.to_string(), pointer, kind);
        if let Some(name) = self.names.get(&key) {
            return Cow::Owned(self.local(kind, name));
        }
        let name = self.name(&address, &key.1, kind);
        let local = self.local(kind, &name);
        self.queue
            .push_back((key.0.clone(), key.1.clone(), kind, name.clone()));
        self.names.insert(key, name);
        Cow::Owned(local)
    }

    fn local(&self, kind: Kind, name: &str) -> String {
        format!("#/{}/{name}", kind.section(self.is_swagger).join("/"))
    }

    /// The last part of the pointer, or of the file's name, as it is free in its section.
    fn name(&mut self, address: &Url, pointer: &str, kind: Kind) -> String {
        let last = pointer.rsplit('/').next().filter(|last| !last.is_empty());
        let file = address
            .path_segments()
            .and_then(|mut segments| segments.next_back());
        let file = file.map(|file| file.split('.').next().unwrap_or_default());
        let safe = |letter: char| {
            if letter.is_ascii_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        };
        let plain: String = last
            .or(file)
            .unwrap_or("part")
            .chars()
            .take(60)
            .map(safe)
            .collect();
        let section: Vec<String> = kind
            .section(self.is_swagger)
            .iter()
            .map(|part| (*part).to_owned())
            .collect();
        let mut name = plain.clone();
        let mut number = 2;
        loop {
            let is_used =
                edit::find(self.main, &section).is_some_and(|section| section.get(&name).is_some());
            if !is_used && self.taken.insert(format!("{section:?} {name}")) {
                return name;
            }
            name = format!("{plain}-{number}");
            number += 1;
        }
    }

    /// Copies what is referred to, and what that refers to.
    fn add_all(&mut self, joined: &mut Node<'a>) -> Result<(), CompileError> {
        let others = self.others;
        while let Some((address, pointer, kind, name)) = self.queue.pop_front() {
            let Some(document) = others.get(address.as_str()) else {
                continue;
            };
            let (Some(target), Ok(base)) = (
                edit::find(document, &tokens(&pointer)),
                Url::parse(&address),
            ) else {
                continue;
            };
            let copy = self.rewritten(target, &base, kind, 0)?;
            let mut place = Vec::new();
            for part in kind.section(self.is_swagger) {
                place.push((*part).to_owned());
                if edit::find(joined, &place).is_none_or(|node| !node.is_map()) {
                    edit::add(joined, &place, Node::Map(Box::default()));
                }
            }
            if let Some(section) = edit::find_mut(joined, &place) {
                edit::set(section, &name, copy);
            }
        }
        Ok(())
    }
}

/// The document and the pointer that a reference leads to.
fn target(base: &Url, reference: &str) -> Option<(Url, String)> {
    let (_, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    Some((joined(base, reference)?, fragment.to_owned()))
}

fn tokens(pointer: &str) -> Vec<String> {
    let tokens = edit::tokens(pointer).unwrap_or_else(|| vec![String::new()]);
    let undone = |token: String| match percent_decode_str(&token).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => token,
    };
    tokens.into_iter().map(undone).collect()
}
