use std::{cmp::Ordering, collections::BinaryHeap, ops::Range};

use super::{
    SearchField, SearchIndex,
    fields::fields_of,
    spelling,
    words::{is_small, split},
};

/// More words than this say nothing more.
const WORDS: usize = 64;
/// What a word of the same meaning is worth.
const MEANT: f32 = 0.2;
/// What a word is worth that is nearly the one that was typed.
const NEAR: f32 = 0.7;

/// A tool that was found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// Its place: the number of tools that were added before it.
    pub place: usize,
    /// How well it fits. Scores of one search can be compared, those of different searches cannot.
    pub score: f32,
    /// Why it was found, in the order of the words.
    pub matches: Vec<Match>,
}

/// A word that led to a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// As it was typed, in lower case.
    pub word: String,
    /// The stem that the tool has: the word's own, one of the same meaning, or one that is spelled nearly so.
    pub term: String,
    /// Where it has it.
    pub fields: Vec<SearchField>,
}

/// One way in which a word may be met.
#[derive(Debug)]
struct Way {
    word: usize,
    term: usize,
    worth: f32,
}

/// The scores of all tools, by their places; those outside the ranges have none.
#[derive(Debug)]
pub(super) struct Ranking {
    words: Vec<(String, String)>,
    ways: Vec<Way>,
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) scores: Vec<f32>,
}

impl SearchIndex {
    /// The tools that fit `text`, best first; of equals the one added first. At most `limit`, of the apps `toolkits`
    /// alone unless there are none named, and only those that `accept` takes by their place.
    pub fn search(
        &self,
        text: &str,
        toolkits: &[&str],
        limit: usize,
        accept: impl Fn(usize) -> bool,
    ) -> Vec<Hit> {
        self.hits(&self.ranking(text, toolkits), limit, accept)
    }

    /// How well the tools of `toolkits` fit the words of `text`.
    pub(super) fn ranking(&self, text: &str, toolkits: &[&str]) -> Ranking {
        let words = self.typed(text);
        let ways = self.ways(&words);
        let ranges = self.ranges(toolkits);
        Ranking {
            scores: self.scores(&ways, &ranges),
            words,
            ways,
            ranges,
        }
    }

    /// The best of a ranking.
    pub(super) fn hits(
        &self,
        ranking: &Ranking,
        limit: usize,
        accept: impl Fn(usize) -> bool,
    ) -> Vec<Hit> {
        let best = best(&ranking.scores, &ranking.ranges, limit, accept);
        best.into_iter()
            .map(|Scored { place, score }| Hit {
                place,
                score,
                matches: self.matches(place, &ranking.words, &ranking.ways),
            })
            .collect()
    }

    /// The words of `text` that count, each once, with their stems.
    fn typed(&self, text: &str) -> Vec<(String, String)> {
        let mut words: Vec<(String, String)> = Vec::new();
        let mut small = Vec::new();
        split(text, |word| {
            let stem = self.words.stem(word).into_owned();
            let list = if is_small(word) {
                &mut small
            } else {
                &mut words
            };
            if list.len() < WORDS && list.iter().all(|(_, known)| *known != stem) {
                list.push((word.to_owned(), stem));
            }
        });
        if words.is_empty() { small } else { words }
    }

    fn ways(&self, words: &[(String, String)]) -> Vec<Way> {
        let mut ways: Vec<Way> = Vec::new();
        for (place, (word, stem)) in words.iter().enumerate() {
            let mut add = |term: usize, worth: f32| {
                // A term that is typed itself is not also somebody else's meaning.
                if ways.iter().all(|way| way.term != term || way.worth < worth) {
                    ways.retain(|way| way.term != term);
                    ways.push(Way {
                        word: place,
                        term,
                        worth,
                    });
                }
            };
            match self.find(stem) {
                Ok(term) => add(term, 1.0),
                Err(_) if is_small(word) => {}
                Err(_) => {
                    for term in spelling::near(self, stem) {
                        add(term, NEAR);
                    }
                }
            }
            for other in self.meanings.others(stem) {
                if let Ok(term) = self.find(other) {
                    add(term, MEANT);
                }
            }
        }
        ways
    }

    /// Where the tools of `toolkits` are; of all if there are none named.
    fn ranges(&self, toolkits: &[&str]) -> Vec<Range<usize>> {
        if toolkits.is_empty() {
            return std::iter::once(0..self.len()).collect();
        }
        self.toolkits()
            .filter(|(slug, _)| toolkits.iter().any(|name| slug.eq_ignore_ascii_case(name)))
            .map(|(_, range)| range)
            .collect()
    }

    fn scores(&self, ways: &[Way], ranges: &[Range<usize>]) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.len()];
        for way in ways {
            let postings = self.postings(way.term);
            for range in ranges {
                for (tool, score) in postings.within(range).scores() {
                    if let Some(sum) = scores.get_mut(tool) {
                        *sum += score * way.worth;
                    }
                }
            }
        }
        scores
    }

    fn matches(&self, place: usize, words: &[(String, String)], ways: &[Way]) -> Vec<Match> {
        let mut found: Vec<(&Way, Match)> = ways
            .iter()
            .filter_map(|way| {
                let fields = self.postings(way.term).fields(place)?;
                let matched = Match {
                    word: words.get(way.word)?.0.clone(),
                    term: self.term_text(way.term).to_owned(),
                    fields: fields_of(fields),
                };
                Some((way, matched))
            })
            .collect();
        found.sort_by_key(|(way, _)| way.word);
        found.into_iter().map(|(_, matched)| matched).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    place: usize,
    score: f32,
}

impl Eq for Scored {}

impl Ord for Scored {
    /// The worse one is the greater, so that the top of a heap is the one to give up.
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn best(
    scores: &[f32],
    ranges: &[Range<usize>],
    limit: usize,
    accept: impl Fn(usize) -> bool,
) -> Vec<Scored> {
    let mut heap: BinaryHeap<Scored> = BinaryHeap::with_capacity(limit.min(scores.len()) + 1);
    for range in ranges {
        let part = scores.get(range.clone()).unwrap_or_default();
        for (place, score) in range.clone().zip(part.iter().copied()) {
            if score <= 0.0 {
                continue;
            }
            let one = Scored { place, score };
            if heap.len() >= limit && heap.peek().is_none_or(|worst| one >= *worst) {
                continue;
            }
            if accept(place) {
                heap.push(one);
                if heap.len() > limit {
                    heap.pop();
                }
            }
        }
    }
    heap.into_sorted_vec()
}
