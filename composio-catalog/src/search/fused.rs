//! Words and meaning together.

use super::{Hit, SearchIndex, query::Ranking};
use crate::semantic::{Meaning, Vectors};

/// What the words of a tool count beside its meaning, both measured by the best of a search. Chosen on the sets that
/// `cargo xtask search-eval` names as those for choosing.
const WORDS: f32 = 0.3;
/// A tool that has none of the words must be at least as alike (the cosine).
const ALIKE: f32 = 0.2;

/// What somebody asks for, in words and as a vector, and the vectors of an index' tools by the same encoder.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'q> {
    text: &'q str,
    meaning: &'q Meaning,
    vectors: &'q Vectors,
}

impl<'q> Asked<'q> {
    /// `text`, which means `meaning`, among the tools that have `vectors`.
    #[must_use]
    pub fn new(text: &'q str, meaning: &'q Meaning, vectors: &'q Vectors) -> Self {
        Self {
            text,
            meaning,
            vectors,
        }
    }
}

impl SearchIndex {
    /// As [`SearchIndex::search`], by words and by meaning. A tool without a vector counts by its words alone, so that a
    /// search is right at any time while tools are being encoded.
    pub fn search_meaning(
        &self,
        asked: &Asked<'_>,
        toolkits: &[&str],
        limit: usize,
        accept: impl Fn(usize) -> bool,
    ) -> Vec<Hit> {
        let mut ranking = self.ranking(asked.text, toolkits);
        fuse(&mut ranking, asked);
        self.hits(&ranking, limit, accept)
    }
}

fn fuse(ranking: &mut Ranking, asked: &Asked<'_>) {
    let scores = &mut ranking.scores;
    let highest = scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut alike = Vec::new();
    for range in &ranking.ranges {
        alike.extend(asked.vectors.likeness(asked.meaning, range));
    }
    let nearest = alike.iter().flatten().copied().fold(ALIKE, f32::max);
    let mut alike = alike.into_iter();
    for range in &ranking.ranges {
        let part = scores.get_mut(range.clone()).unwrap_or_default();
        for (score, alike) in part.iter_mut().zip(alike.by_ref()) {
            let words = *score / highest;
            *score = match alike {
                None => words,
                Some(alike) if words == 0.0 && alike < ALIKE => 0.0,
                Some(alike) => WORDS * words + (1.0 - WORDS) * alike / nearest,
            };
        }
    }
}
