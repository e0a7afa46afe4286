use std::collections::HashMap;

use composio_core::{Error, ErrorKind, Result};

use super::{
    SearchIndex,
    fields::{COUNT, NAMED, SATURATION, WEIGHTS},
    index::Columns,
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
    // Each app's slug, and where its tools begin.
    toolkits: Vec<(String, u32)>,
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
        }
    }

    /// The tools that follow belong to the app `slug`.
    pub fn toolkit(&mut self, slug: &str) {
        self.toolkits.push((slug.to_owned(), self.next()));
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
    pub fn build(self) -> Result<SearchIndex> {
        let averages = self.averages();
        let count = self.lengths.len();
        let mut postings = self.postings;
        let mut terms: Vec<(Box<str>, Vec<Posting>)> = self
            .terms
            .into_iter()
            .filter_map(|(term, place)| Some((term, std::mem::take(postings.get_mut(place)?))))
            .collect();
        terms.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let names = names(count, &terms);
        let mut columns = Columns::new(count, &self.toolkits);
        for (term, postings) in &terms {
            let rarity = rarity(count, postings.len());
            let scored = postings.iter().map(|posting| {
                let lengths = self.lengths.get(posting.tool as usize);
                let worth = worth(posting, lengths.unwrap_or(&[0; COUNT]), &averages);
                let score = rarity * worth * (SATURATION + 1.0) / (worth + SATURATION);
                let name = names.get(posting.tool as usize).copied();
                let share = name
                    .filter(|_| is_in_name(posting))
                    .map(|name| rarity / name);
                let bits = bits(posting);
                (posting.tool, score + NAMED * share.unwrap_or(0.0), bits)
            });
            columns.push(term, scored);
        }
        columns.finish().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "too many tools for one search index",
            )
        })
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

    fn averages(&self) -> [f32; COUNT] {
        let mut sums = [0_u64; COUNT];
        for lengths in &self.lengths {
            for (sum, length) in sums.iter_mut().zip(lengths) {
                *sum += u64::from(*length);
            }
        }
        sums.map(|sum| (sum as f32 / self.lengths.len().max(1) as f32).max(1.0))
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

/// How much a term tells, of which `having` of `count` tools have it (the `idf` of BM25).
fn rarity(count: usize, having: usize) -> f32 {
    let (count, having) = (count as f32, having as f32);
    (1.0 + (count - having + 0.5) / (having + 0.5)).ln()
}

/// How much the words of each tool's name tell together.
fn names(count: usize, terms: &[(Box<str>, Vec<Posting>)]) -> Vec<f32> {
    let mut sums = vec![0.0; count];
    for (_, postings) in terms {
        let rarity = rarity(count, postings.len());
        for posting in postings.iter().filter(|posting| is_in_name(posting)) {
            if let Some(sum) = sums.get_mut(posting.tool as usize) {
                *sum += rarity;
            }
        }
    }
    sums
}

fn is_in_name(posting: &Posting) -> bool {
    posting.counts.first().is_some_and(|count| *count > 0)
}

fn worth(posting: &Posting, lengths: &[u16; COUNT], averages: &[f32; COUNT]) -> f32 {
    let fields = posting.counts.iter().zip(lengths).zip(averages);
    let fields = fields.zip(&WEIGHTS);
    fields
        .map(|(((count, length), average), weight)| {
            let relative = f32::from(*length) / average;
            weight.worth * f32::from(*count) / (1.0 - weight.length + weight.length * relative)
        })
        .sum()
}

fn bits(posting: &Posting) -> u8 {
    let fields = posting.counts.iter().enumerate();
    fields.fold(0, |bits, (place, count)| {
        bits | (u8::from(*count > 0) << place)
    })
}
