//! A task of several steps, taken apart.

use super::{Hit, SearchIndex, words::is_small};

/// Words that only lead from one step to the next.
const JOINTS: [&str; 8] = [
    "after",
    "afterwards",
    "also",
    "and",
    "finally",
    "next",
    "that",
    "then",
];
/// More steps than this are no task that somebody wrote down.
const MOST: usize = 16;

/// One step of a task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// What it is, in the words of the task.
    pub text: String,
    /// The tools that fit, best first.
    pub hits: Vec<Hit>,
}

impl SearchIndex {
    /// The steps of a task in their order, each with the tools that fit it: `limit` at most.
    ///
    /// A step ends with a sentence, at a `then`, and before an `and` or a comma that a verb follows. One that speaks
    /// of `it` or `them`, or of nothing, is about what the step before was about.
    pub fn chain(
        &self,
        task: &str,
        toolkits: &[&str],
        limit: usize,
        accept: impl Fn(usize) -> bool,
    ) -> Vec<Step> {
        let mut subject = String::new();
        let mut steps = Vec::new();
        for text in self.steps(task) {
            let things = self.things(&text);
            let query = if things.is_empty() {
                format!("{text} {subject}")
            } else {
                subject = things;
                text.clone()
            };
            let hits = self.search(&query, toolkits, limit, &accept);
            if !hits.is_empty() {
                steps.push(Step { text, hits });
            }
        }
        steps
    }

    fn steps(&self, task: &str) -> Vec<String> {
        let mut steps: Vec<Vec<&str>> = vec![Vec::new()];
        let mut pieces = task.split_whitespace().peekable();
        while let Some(piece) = pieces.next() {
            let word = bare(piece);
            let next = pieces.clone().map(bare).find(|word| !is_joint(word));
            let leads_on = next.is_some_and(|next| self.is_verb(&next));
            let is_joint = word == "then" || (is_joint(&word) && leads_on);
            let Some(step) = steps.last_mut() else {
                break;
            };
            if !is_joint {
                step.push(piece);
            }
            let ends = piece.ends_with(['.', ';', '!', '?', ':'])
                || is_joint
                || (piece.ends_with(',') && leads_on);
            if ends && !step.is_empty() && steps.len() < MOST {
                steps.push(Vec::new());
            }
        }
        steps.retain(|step| !step.is_empty());
        steps.iter().map(|step| step.join(" ")).collect()
    }

    fn is_verb(&self, word: &str) -> bool {
        self.meanings.is_verb(&self.words.stem(word))
    }

    /// The words of a step that are about something.
    fn things(&self, step: &str) -> String {
        let words = step.split_whitespace().map(bare);
        let things = words.filter(|word| {
            !word.is_empty() && !is_small(word) && !is_joint(word) && !self.is_verb(word)
        });
        things.collect::<Vec<String>>().join(" ")
    }
}

fn bare(piece: &str) -> String {
    let word = piece.trim_matches(|letter: char| !letter.is_alphanumeric());
    word.to_lowercase()
}

fn is_joint(word: &str) -> bool {
    JOINTS.contains(&word)
}
