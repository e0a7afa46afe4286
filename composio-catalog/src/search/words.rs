//! A text as the terms that are looked up.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

/// Longer words are cut: nobody types them, and a text that came in with a document may be one word of a megabyte.
const LONGEST: usize = 40;

/// Words that say nothing about what is wanted.
const SMALL: [&str; 86] = [
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "give", "had", "has", "have", "he", "help", "her",
    "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "let", "like", "may",
    "me", "might", "must", "my", "need", "of", "on", "or", "our", "please", "shall", "she",
    "should", "so", "some", "tell", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "us", "want", "was", "we", "were", "what", "when",
    "where", "which", "who", "why", "will", "with", "would", "you", "your", "yours",
];

/// Turns words into stems.
pub(super) struct Words {
    stemmer: Stemmer,
}

impl Words {
    pub(super) fn new() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
        }
    }

    pub(super) fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        self.stemmer.stem(word)
    }
}

pub(super) fn is_small(word: &str) -> bool {
    SMALL.binary_search(&word).is_ok()
}

/// The words of `text` in lower case. A word of humps (`listIssues`) gives its humps, then itself.
pub(super) fn split(text: &str, mut each: impl FnMut(&str)) {
    let mut lower = String::new();
    for run in text.split(|letter: char| !letter.is_alphanumeric()) {
        if run.is_empty() {
            continue;
        }
        let mut humps = 0;
        for hump in Humps(run) {
            humps += 1;
            give(hump, &mut lower, &mut each);
        }
        if humps > 1 {
            give(run, &mut lower, &mut each);
        }
    }
}

fn give(word: &str, lower: &mut String, each: &mut impl FnMut(&str)) {
    lower.clear();
    lower.extend(word.chars().take(LONGEST).flat_map(char::to_lowercase));
    each(lower);
}

/// `PDFFile2Text` as `PDF`, `File2`, `Text`.
struct Humps<'t>(&'t str);

impl<'t> Iterator for Humps<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let mut before = self.0.chars().next()?;
        let mut letters = self.0.char_indices().skip(1).peekable();
        while let Some((place, letter)) = letters.next() {
            let after = letters.peek().map(|(_, after)| *after);
            let starts = letter.is_uppercase()
                && (!before.is_uppercase() || after.is_some_and(char::is_lowercase));
            if starts {
                let (hump, rest) = self.0.split_at_checked(place)?;
                self.0 = rest;
                return Some(hump);
            }
            before = letter;
        }
        Some(std::mem::take(&mut self.0))
    }
}
