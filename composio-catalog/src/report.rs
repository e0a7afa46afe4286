//! What a compilation found: counts, and one line per problem.

use serde::{Deserialize, Serialize};

use crate::text;

/// How many problems are kept; the rest is counted.
const MAX_PROBLEMS: usize = 1_000;
const MAX_LENGTH: usize = 300;

/// What was made of a document, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The operations the document describes.
    pub operations: usize,
    /// The tools made of them.
    pub tools: usize,
    /// Operations that became no tool, and why.
    pub skipped: Vec<Diagnostic>,
    /// What was repaired, dropped or guessed. The tool works, perhaps with less.
    pub problems: Vec<Diagnostic>,
    /// How many more problems there were than this report keeps.
    pub omitted: usize,
}

/// One problem and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// An operation (`GET /user`), a reference, or a member of the `integration.yaml`.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl Report {
    /// Whether every operation became a tool without a repair.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.skipped.is_empty() && self.problems.is_empty()
    }

    pub(crate) fn problem(&mut self, place: &str, problem: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Diagnostic::new(place, problem));
        } else {
            self.omitted += 1;
        }
    }

    pub(crate) fn skip(&mut self, place: &str, problem: &str) {
        if self.skipped.len() < MAX_PROBLEMS {
            self.skipped.push(Diagnostic::new(place, problem));
        } else {
            self.omitted += 1;
        }
    }
}

impl Diagnostic {
    /// The texts may quote the document, so they are cleaned and cut.
    pub(crate) fn new(place: &str, problem: &str) -> Self {
        Self {
            place: text::line(place, MAX_LENGTH),
            problem: text::line(problem, MAX_LENGTH),
        }
    }
}
