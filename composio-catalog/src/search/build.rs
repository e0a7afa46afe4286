use std::{collections::HashMap, sync::Arc};

use composio_core::{Error, ErrorKind, Result};

use super::{
    SearchIndex,
    columns::{Columns, Entry, Start},
    fields::COUNT,
    renew::{Before, Terms},
    words::{Words, is_small, split},
};
use crate::ToolPlan;

/// What a tool is found by. A text that is not there is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchText<'t> {
    /// The tool's name and slug, or one of them.
    pub name: &'t str,
    /// The app's name.
    pub toolkit: &'t str,
    /// The path of the operation.
    pub path: &'t str,
    /// The groups the vendor files it under.
    pub tags: &'t str,
    /// What the tool does.
    pub description: &'t str,
    /// The names of the arguments.
    pub arguments: &'t str,
}

/// One term in one tool.
#[derive(Debug, Clone, Copy)]
struct Posting {
    tool: u32,
    counts: [u8; COUNT],
}

/// Collects tools, app by app.
///
/// ```
/// use composio_catalog::search::{SearchBuilder, SearchText};
///
/// let mut builder = SearchBuilder::new();
/// builder.toolkit("github");
/// builder.add(&SearchText { name: "Star a repository", toolkit: "GitHub", ..SearchText::default() });
/// builder.add(&SearchText { name: "Create an issue", toolkit: "GitHub", ..SearchText::default() });
/// let index = builder.build()?;
/// let hits = index.search("open a new issue", &[], 5, |_| true);
/// assert_eq!(hits[0].place, 1);
/// # Ok::<(), composio_core::Error>(())
/// ```
pub struct SearchBuilder {
    words: Words,
    // The place among the terms of each word seen so far; none for small words. Stemming one word takes longer than
    // finding it here.
    known: HashMap<Box<str>, Option<usize>>,
    terms: HashMap<Box<str>, usize>,
    postings: Vec<Vec<Posting>>,
    lengths: Vec<[u16; COUNT]>,
    toolkits: Vec<Start>,
    before: Option<Before>,
}

impl SearchBuilder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            words: Words::new(),
            known: HashMap::new(),
            terms: HashMap::new(),
            postings: Vec::new(),
            lengths: Vec::new(),
            toolkits: Vec::new(),
            before: None,
        }
    }

    /// Nothing yet, but what `index` has can be kept: [`SearchBuilder::keep`].
    #[must_use]
    pub fn renewing(index: Arc<SearchIndex>) -> Self {
        Self {
            before: Some(Before::new(index)),
            ..Self::new()
        }
    }

    /// The tools that follow belong to the app `slug`.
    pub fn toolkit(&mut self, slug: &str) {
        self.version_of(slug, "");
    }

    /// The same, of a `version` by which [`SearchBuilder::keep`] knows them again. One text stands for the same tools
    /// for ever; an empty one for tools that are not kept.
    pub fn version_of(&mut self, slug: &str, version: &str) {
        self.toolkits.push(Start {
            slug: slug.to_owned(),
            version: version.to_owned(),
            place: self.lengths.len(),
        });
    }

    /// Adds the app `slug` with its tools as the index before has them, if it has this `version` of it; if not, nothing
    /// happens, and the tools must be added. An index that was made so is the very one that adding all tools gives.
    pub fn keep(&mut self, slug: &str, version: &str) -> bool {
        let next = self.next();
        let kept = self
            .before
            .as_mut()
            .filter(|_| !version.is_empty())
            .and_then(|before| before.keep(slug, version, next));
        let Some(lengths) = kept else {
            return false;
        };
        self.version_of(slug, version);
        self.lengths.extend(lengths);
        true
    }

    /// Adds a tool. Its place is the number of those before it.
    pub fn add(&mut self, text: &SearchText<'_>) {
        let tool = self.next();
        let mut lengths = [0_u16; COUNT];
        let texts = [
            text.name,
            text.toolkit,
            text.path,
            text.tags,
            text.description,
            text.arguments,
        ];
        for (place, (text, length)) in texts.iter().zip(&mut lengths).enumerate() {
            split(text, |word| {
                let Some(term) = self.term(word) else {
                    return;
                };
                *length = length.saturating_add(1);
                self.count(term, tool, place);
            });
        }
        self.lengths.push(lengths);
    }

    /// Adds a compiled tool of the app that people call `toolkit`.
    pub fn add_plan(&mut self, toolkit: &str, plan: &ToolPlan) {
        let is_group = |tag: &&String| *tag != "important" && !tag.ends_with("Hint");
        let groups = plan.tags.iter().filter(is_group);
        let groups: Vec<&str> = groups.map(String::as_str).collect();
        let arguments = plan.arguments.iter();
        let arguments: Vec<&str> = arguments.map(|argument| argument.name.as_str()).collect();
        self.add(&SearchText {
            name: &plan.name,
            toolkit,
            path: &plan.path,
            tags: &groups.join(" "),
            description: &plan.description,
            arguments: &arguments.join(" "),
        });
    }

    /// The index over everything that was added.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it would be larger than four gigabytes.
    pub fn build(mut self) -> Result<SearchIndex> {
        let terms = self.sorted();
        let mut columns = Columns::new(self.lengths, &self.toolkits);
        match &self.before {
            Some(before) => before.merge(terms, &mut columns),
            None => {
                for (term, entries) in terms {
                    columns.push(&term, entries.into_iter());
                }
            }
        }
        columns.finish().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "too many tools for one search index",
            )
        })
    }

    /// The terms of the tools that were added.
    fn sorted(&mut self) -> Terms {
        let mut postings = std::mem::take(&mut self.postings);
        let terms = std::mem::take(&mut self.terms).into_iter();
        let mut terms: Vec<(Box<str>, Vec<Posting>)> = terms
            .filter_map(|(term, place)| Some((term, std::mem::take(postings.get_mut(place)?))))
            .collect();
        terms.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let entry = |posting: Posting| Entry::new(posting.tool, posting.counts);
        let terms = terms.into_iter();
        terms
            .map(|(term, postings)| (term, postings.into_iter().map(entry).collect()))
            .collect()
    }

    /// The place of the term that `word` is a form of; none if it is a small word.
    fn term(&mut self, word: &str) -> Option<usize> {
        if let Some(known) = self.known.get(word) {
            return *known;
        }
        let term = (!is_small(word)).then(|| {
            let stem = self.words.stem(word);
            let next = self.postings.len();
            let place = *self.terms.entry(Box::from(stem.as_ref())).or_insert(next);
            if place == next {
                self.postings.push(Vec::new());
            }
            place
        });
        self.known.insert(Box::from(word), term);
        term
    }

    fn count(&mut self, term: usize, tool: u32, field: usize) {
        let Some(postings) = self.postings.get_mut(term) else {
            return;
        };
        if postings.last().is_none_or(|last| last.tool != tool) {
            postings.push(Posting {
                tool,
                counts: [0; COUNT],
            });
        }
        let last = postings.last_mut();
        if let Some(count) = last.and_then(|last| last.counts.get_mut(field)) {
            *count = count.saturating_add(1);
        }
    }

    fn next(&self) -> u32 {
        u32::try_from(self.lengths.len()).unwrap_or(u32::MAX)
    }
}

impl Default for SearchBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for SearchBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchBuilder")
            .field("tools", &self.lengths.len())
            .field("terms", &self.terms.len())
            .finish_non_exhaustive()
    }
}
