use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    ptr,
};

use composio_core::models::RawJson;
use indexmap::IndexMap;

use super::write::Spot;
use crate::{
    CompileError, Report,
    document::{Document, Node, Unresolved},
    text::short_hash,
};

/// A schema that is shared by many operations is written once; even so, a document must not make more than this.
const MAX_WRITTEN: usize = if cfg!(test) { 16 << 20 } else { 256 << 20 };
const MAX_NAME: usize = 100;

/// The schemas that others refer to, each written once under a safe and unique name.
#[derive(Debug)]
pub(crate) struct Pool<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) entries: Vec<Entry<'d>>,
    pub(super) cuts: HashSet<(usize, usize)>,
    /// How many schemas were replaced by one that admits everything.
    pub(super) holes: usize,
    by_reference: HashMap<&'d str, Option<usize>>,
    by_node: HashMap<*const Node<'d>, usize>,
    names: HashSet<String>,
    written: usize,
    report: Report,
}

#[derive(Debug)]
pub(super) struct Entry<'d> {
    pub(super) name: String,
    node: &'d Node<'d>,
    text: RawJson,
    /// The entries that judge the same value as this one, and whether they do so as alternatives.
    pub(super) uses: Vec<(usize, bool)>,
}

impl<'d> Pool<'d> {
    pub(crate) fn new(document: &'d Document<'d>) -> Self {
        Self {
            document,
            entries: Vec::new(),
            cuts: HashSet::new(),
            holes: 0,
            by_reference: HashMap::new(),
            by_node: HashMap::new(),
            names: HashSet::new(),
            written: 0,
            report: Report::default(),
        }
    }

    /// Counts what was written or built, in bytes.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), CompileError> {
        self.written += bytes;
        if self.written > MAX_WRITTEN {
            return Err(CompileError::TooLarge(format!(
                "its tools take over {MAX_WRITTEN} bytes"
            )));
        }
        Ok(())
    }

    /// Writes every schema that was referred to so far, and those that these refer to.
    pub(crate) fn finish(
        mut self,
        report: &mut Report,
    ) -> Result<IndexMap<String, RawJson>, CompileError> {
        let mut next = 0;
        while next < self.entries.len() {
            self.write_entry(next)?;
            next += 1;
        }
        self.cuts = self.edges_to_cut();
        let mut owners: Vec<usize> = self.cuts.iter().map(|(owner, _)| *owner).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            self.write_entry(owner)?;
        }
        for problem in self.report.problems {
            report.problem(&problem.place, &problem.problem);
        }
        Ok(self
            .entries
            .into_iter()
            .map(|entry| (entry.name, entry.text))
            .collect())
    }

    /// The entry that `reference` points to. What has no target is reported once, and is `None`.
    pub(super) fn entry(&mut self, reference: &'d str) -> Option<usize> {
        if let Some(known) = self.by_reference.get(reference) {
            return *known;
        }
        let entry = match self.target(reference) {
            Ok((pointer, node)) => Some(self.intern(pointer, node)),
            Err(unresolved) => {
                self.report.problem(reference, unresolved.reason());
                None
            }
        };
        self.by_reference.insert(reference, entry);
        entry
    }

    pub(super) fn use_in_place(&mut self, owner: usize, target: usize, is_alternative: bool) {
        if let Some(entry) = self.entries.get_mut(owner) {
            entry.uses.push((target, is_alternative));
        }
    }

    fn write_entry(&mut self, index: usize) -> Result<(), CompileError> {
        let Some(entry) = self.entries.get(index) else {
            return Ok(());
        };
        let mut out = Vec::new();
        self.write(entry.node, &mut out, Spot::owned_by(index));
        self.charge(out.len())?;
        let text = sealed(out)?;
        if let Some(entry) = self.entries.get_mut(index) {
            entry.text = text;
        }
        Ok(())
    }

    /// Follows references to references, so that no entry is a mere alias.
    fn target(&self, reference: &'d str) -> Result<(&'d str, &'d Node<'d>), Unresolved> {
        let mut reference = reference;
        for _ in 0..32 {
            let node = self.document.resolve(reference)?;
            let is_alias = !self.document.is_modern || node.entries().len() == 1;
            match node.text_of("$ref") {
                Some(next) if is_alias => reference = next,
                _ if node.is_map() || matches!(node, Node::Flag(_)) => {
                    return Ok((reference, node));
                }
                _ => return Err(Unresolved::Dangling),
            }
        }
        Err(Unresolved::Cyclic)
    }

    fn intern(&mut self, pointer: &str, node: &'d Node<'d>) -> usize {
        let next = self.entries.len();
        let index = *self.by_node.entry(ptr::from_ref(node)).or_insert(next);
        if index == next {
            let name = self.name(pointer);
            self.entries.push(Entry {
                name,
                node,
                text: RawJson::empty_object(),
                uses: Vec::new(),
            });
        }
        index
    }

    /// `Issue` of `#/components/schemas/Issue`; the whole path of any other pointer.
    fn name(&mut self, pointer: &str) -> String {
        let plain = pointer
            .strip_prefix("#/components/schemas/")
            .unwrap_or(pointer.trim_start_matches(['#', '/']));
        let mut name: String = plain
            .chars()
            .map(|letter| match letter {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' => letter,
                _ => '_',
            })
            .collect();
        if name.is_empty() {
            name.push_str("document");
        }
        if name.len() > MAX_NAME || self.names.contains(&name) {
            name.truncate(MAX_NAME);
            let _ = write!(name, "_{}", short_hash(pointer));
        }
        self.names.insert(name.clone());
        name
    }
}

/// What was written, as a text.
pub(crate) fn sealed(out: Vec<u8>) -> Result<RawJson, CompileError> {
    let text = String::from_utf8(out).map_err(|error| CompileError::Syntax(error.to_string()))?;
    RawJson::parse(text).map_err(|error| CompileError::Syntax(error.to_string()))
}
