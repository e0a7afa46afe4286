//! What an index takes over from one that was made before some apps changed.

use std::{collections::HashMap, iter::Peekable, slice, sync::Arc, vec};

use super::{
    SearchIndex,
    columns::{Columns, Entry, Start},
    fields::{COUNT, REPEATED},
};

/// No tool has this place.
const GONE: u32 = u32::MAX;

/// The terms that were read, in their order, each with the tools that have it in theirs.
pub(super) type Terms = Vec<(Box<str>, Vec<Entry>)>;

/// The index before, and what is kept of it.
#[derive(Debug)]
pub(super) struct Before {
    index: Arc<SearchIndex>,
    apps: HashMap<String, usize>,
    /// The place that each of its tools has from now on.
    places: Vec<u32>,
    /// The places before this one are of apps that came before the last that was kept.
    passed: usize,
}

impl Before {
    pub(super) fn new(index: Arc<SearchIndex>) -> Self {
        let apps = index.starts().iter().enumerate();
        Self {
            apps: apps.map(|(at, start)| (start.slug.clone(), at)).collect(),
            places: vec![GONE; index.len()],
            passed: 0,
            index,
        }
    }

    /// Gives the tools of the app `slug` the places from `next` on, if it was made from `version`; the lengths of their
    /// fields. Places stay in order, so an app that has changed its turn is not kept.
    pub(super) fn keep(
        &mut self,
        slug: &str,
        version: &str,
        next: u32,
    ) -> Option<Vec<[u16; COUNT]>> {
        let at = *self.apps.get(slug)?;
        let Start { version: own, .. } = self.index.starts().get(at)?;
        let range = self.index.range_of(at)?;
        if own != version || range.start < self.passed {
            return None;
        }
        for (place, next) in self.places.get_mut(range.clone())?.iter_mut().zip(next..) {
            *place = next;
        }
        self.passed = range.end;
        Some(range.map(|tool| self.index.lengths(tool)).collect())
    }

    /// Puts the terms of both into the columns.
    pub(super) fn merge(&self, terms: Terms, columns: &mut Columns) {
        let mut terms = terms.into_iter().peekable();
        let mut kept = Kept {
            before: self,
            repeats: self.index.repeats().iter(),
            entries: Vec::new(),
        };
        for at in 0..self.index.terms() {
            let term = self.index.term_text(at);
            while let Some((own, entries)) = terms.next_if(|(own, _)| **own < *term) {
                columns.push(&own, entries.into_iter());
            }
            kept.read(at);
            kept.join(term, &mut terms);
            columns.push(term, kept.entries.iter().copied());
        }
        for (own, entries) in terms {
            columns.push(&own, entries.into_iter());
        }
    }
}

/// The tools that have a term and are kept.
struct Kept<'b> {
    before: &'b Before,
    repeats: slice::Iter<'b, u8>,
    entries: Vec<Entry>,
}

impl Kept<'_> {
    /// Reads the term at `at`, which comes after those that were read.
    fn read(&mut self, at: usize) {
        self.entries.clear();
        for (tool, fields) in self.before.index.postings(at).fields_of_all() {
            let mut counts = [0; COUNT];
            if fields & REPEATED != 0 {
                for (place, count) in counts.iter_mut().enumerate() {
                    if fields & (1 << place) != 0 {
                        *count = self.repeats.next().copied().unwrap_or(1);
                    }
                }
            }
            let place = self.before.places.get(tool).copied().unwrap_or(GONE);
            if place != GONE {
                self.entries.push(Entry {
                    tool: place,
                    fields,
                    counts,
                });
            }
        }
    }

    /// Adds those that were not in the index before, if the next of `terms` is the same.
    fn join(&mut self, term: &str, terms: &mut Peekable<vec::IntoIter<(Box<str>, Vec<Entry>)>>) {
        if let Some((_, own)) = terms.next_if(|(own, _)| **own == *term) {
            let is_after =
                self.entries.last().map(|last| last.tool) < own.first().map(|one| one.tool);
            self.entries.extend(own);
            if !is_after {
                self.entries.sort_by_key(|entry| entry.tool);
            }
        }
    }
}
