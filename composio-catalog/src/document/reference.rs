use std::{borrow::Cow, collections::HashMap};

use percent_encoding::percent_decode_str;

use super::Node;
use crate::CompileError;

/// More links than this between a reference and its target are taken for a cycle.
const MAX_LINKS: usize = 32;

/// An OpenAPI 3 document.
#[derive(Debug)]
pub(crate) struct Document<'d> {
    pub(crate) root: &'d Node<'d>,
    /// Whether schemas are JSON Schema 2020-12 already (OpenAPI 3.1 and later).
    pub(crate) is_modern: bool,
    /// `components` by section and name, since references point there over and over.
    sections: HashMap<&'d str, HashMap<&'d str, &'d Node<'d>>>,
}

/// Why a reference has no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unresolved {
    External,
    Dangling,
    Cyclic,
}

impl Unresolved {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::External => "points out of the document, which is not followed",
            Self::Dangling => "points to nothing",
            Self::Cyclic => "leads back to itself",
        }
    }
}

impl<'d> Document<'d> {
    /// Checks what the product documents ask of a document: a version we understand, `info.title` and `info.version`.
    pub(crate) fn new(root: &'d Node<'d>) -> Result<Self, CompileError> {
        let is_modern = is_modern(root)?;
        let info = root
            .get("info")
            .ok_or_else(|| missing("it has no `info` section"))?;
        for member in ["title", "version"] {
            let is_there = match info.get(member) {
                Some(Node::Text(text)) => !text.trim().is_empty(),
                Some(Node::Number(_)) => true,
                _ => false,
            };
            if !is_there {
                return Err(missing(&format!("`info.{member}` is missing")));
            }
        }
        let mut sections = HashMap::new();
        for (section, entries) in root.get("components").map_or(&[][..], Node::entries) {
            let entries = entries.entries().iter();
            let index = entries.map(|(name, node)| (name.as_ref(), node)).collect();
            sections.insert(section.as_ref(), index);
        }
        Ok(Self {
            root,
            is_modern,
            sections,
        })
    }

    /// The members of one section of `components`.
    pub(crate) fn section(&self, name: &str) -> impl Iterator<Item = (&'d str, &'d Node<'d>)> {
        self.sections
            .get(name)
            .into_iter()
            .flatten()
            .map(|(name, node)| (*name, *node))
    }

    /// The target of one reference: `#/components/…`, or any JSON pointer (RFC 6901) in fragment form.
    pub(crate) fn resolve(&self, reference: &str) -> Result<&'d Node<'d>, Unresolved> {
        let pointer = reference.strip_prefix('#').ok_or(Unresolved::External)?;
        if pointer.is_empty() {
            return Ok(self.root);
        }
        let path = pointer.strip_prefix('/').ok_or(Unresolved::Dangling)?;
        let tokens: Vec<Cow<'_, str>> = path.split('/').map(token).collect();
        let (mut node, rest) = match tokens.as_slice() {
            [components, section, name, rest @ ..] if components == "components" => {
                let index = self.sections.get(section.as_ref());
                let node = index.and_then(|index| index.get(name.as_ref()));
                (*node.ok_or(Unresolved::Dangling)?, rest)
            }
            all => (self.root, all),
        };
        for token in rest {
            let next = match node {
                Node::List(items) => token.parse().ok().and_then(|at: usize| items.get(at)),
                _ => node.get(token),
            };
            node = next.ok_or(Unresolved::Dangling)?;
        }
        Ok(node)
    }

    /// `node`, or what it refers to in the end.
    pub(crate) fn follow(&self, node: &'d Node<'d>) -> Result<&'d Node<'d>, Unresolved> {
        let mut node = node;
        for _ in 0..MAX_LINKS {
            match node.text_of("$ref") {
                None => return Ok(node),
                Some(reference) => node = self.resolve(reference)?,
            }
        }
        Err(Unresolved::Cyclic)
    }
}

fn is_modern(root: &Node<'_>) -> Result<bool, CompileError> {
    let version = match (root.get("openapi"), root.get("swagger")) {
        (Some(version), _) => shown(version),
        (None, Some(version)) => {
            return Err(CompileError::NotSupported(format!(
                "Swagger {}",
                shown(version)
            )));
        }
        (None, None) => return Err(missing("it has no `openapi` member")),
    };
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("3"), Some("0") | None) => Ok(false),
        (Some("3"), Some(_)) => Ok(true),
        _ => Err(CompileError::NotSupported(format!("OpenAPI {version}"))),
    }
}

fn shown(version: &Node<'_>) -> String {
    let text = match version {
        Node::Text(text) => text.clone().into_owned(),
        Node::Number(number) => number.to_string(),
        _ => "of an unknown version".to_owned(),
    };
    crate::text::line(&text, 40)
}

fn missing(what: &str) -> CompileError {
    CompileError::NotOpenApi(what.to_owned())
}

/// Undoes the escapes of one token: percent signs of the fragment, then `~1` and `~0`.
fn token(raw: &str) -> Cow<'_, str> {
    // What decodes to no text is meant as it stands.
    let token = percent_decode_str(raw)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(raw));
    if token.contains('~') {
        return Cow::Owned(token.replace("~1", "/").replace("~0", "~"));
    }
    token
}
