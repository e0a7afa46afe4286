//! Which tools a sentence may mean: words that match, weighted by where they stand.
//!
//! A word counts four times in a tool's slug or name and once in its description; the beginning of a word counts
//! half. A tool is ranked by the sum over the sentence's words, times the share of words that match.

use std::cmp::Reverse;

use composio_catalog::ToolPlan;

const SMALL_WORDS: [&str; 22] = [
    "a", "an", "and", "any", "by", "can", "for", "from", "i", "in", "is", "it", "me", "my", "of",
    "on", "please", "some", "that", "the", "to", "with",
];

/// A sentence, taken apart.
#[derive(Debug)]
pub(super) struct Sentence {
    words: Vec<String>,
}

impl Sentence {
    pub(super) fn new(text: &str) -> Self {
        let mut words: Vec<String> = words(text)
            .filter(|word| !SMALL_WORDS.contains(&word.as_str()))
            .collect();
        words.sort_unstable();
        words.dedup();
        Self { words }
    }

    /// How well `plan` fits; 0 if not at all.
    pub(super) fn score(&self, plan: &ToolPlan) -> u64 {
        let titles: Vec<String> = words(&plan.slug).chain(words(&plan.name)).collect();
        let texts: Vec<String> = words(&plan.description).collect();
        let mut sum = 0;
        let mut matches = 0;
        for word in &self.words {
            let points = 4 * closeness(word, &titles) + closeness(word, &texts);
            sum += points;
            matches += u64::from(points > 0);
        }
        sum * matches
    }
}

/// The entries that fit `text`, best first; of equals the earlier.
pub(super) fn ranked<T>(
    entries: Vec<T>,
    text: &str,
    plan: impl Fn(&T) -> Option<&ToolPlan>,
) -> Vec<T> {
    let sentence = Sentence::new(text);
    let mut scored: Vec<(u64, T)> = entries
        .into_iter()
        .map(|entry| (plan(&entry).map_or(0, |plan| sentence.score(plan)), entry))
        .filter(|(score, _)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, _)| Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

// 2 for the word itself or its plural, 1 for the beginning of a word.
fn closeness(word: &str, candidates: &[String]) -> u64 {
    let singular = |text: &str| text.strip_suffix('s').unwrap_or(text).to_owned();
    let own = singular(word);
    if candidates.iter().any(|other| singular(other) == own) {
        return 2;
    }
    let begins = word.len() > 2 && candidates.iter().any(|other| other.starts_with(word));
    u64::from(begins)
}
