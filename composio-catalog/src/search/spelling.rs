//! Terms that a misspelled or shortened word may mean.

use std::cmp::Reverse;

use strsim::osa_distance;

use super::SearchIndex;

/// Shorter words have too many neighbours.
const SHORTEST: usize = 4;
const SHORTEST_BEGINNING: usize = 3;
const MOST: usize = 3;

/// The terms that are nearest to `term`, which is no term itself: a slip of the keys away, or what it begins.
pub(super) fn near(index: &SearchIndex, term: &str) -> Vec<usize> {
    let letters = term.chars().count();
    let mut found: Vec<(usize, Reverse<usize>, usize)> = Vec::new();
    if letters >= SHORTEST {
        let slips = if letters >= 8 { 2 } else { 1 };
        for start in beginnings(term) {
            for (place, other) in index.beginning_with(&start) {
                if other.len().abs_diff(term.len()) <= slips {
                    let distance = osa_distance(term, other);
                    if distance <= slips {
                        found.push((distance, Reverse(index.postings(place).len()), place));
                    }
                }
            }
        }
    }
    if found.is_empty() && letters >= SHORTEST_BEGINNING {
        found.extend(
            index
                .beginning_with(term)
                .map(|(place, _)| (0, Reverse(index.postings(place).len()), place)),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .take(MOST)
        .map(|(_, _, place)| place)
        .collect()
}

/// The first two letters, as they are and the other way round.
fn beginnings(term: &str) -> Vec<String> {
    let mut letters = term.chars();
    let (Some(first), Some(second)) = (letters.next(), letters.next()) else {
        return Vec::new();
    };
    let mut starts = vec![format!("{first}{second}")];
    if first != second {
        starts.push(format!("{second}{first}"));
    }
    starts
}
