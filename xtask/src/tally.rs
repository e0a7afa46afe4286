//! Counts what test programs report; `libtest` and `libtest-mimic` print the same lines.

use std::fmt;

/// Results of all test programs so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// `name: reason` of what was skipped with a reason.
    reasons: Vec<String>,
}

impl Tally {
    /// Takes one line of output in.
    pub(crate) fn see(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count(counts, "passed");
            self.failed += count(counts, "failed");
            self.skipped += count(counts, "ignored");
        } else if let Some((name, reason)) = skipped(line) {
            self.reasons.push(format!("{name}: {reason}"));
        }
    }

    /// Counts something that was not even started.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        self.reasons.push(format!("{name}: {reason}"));
    }

    /// Counts a run that broke off before it could report a failure: a compile error, a crash.
    pub(crate) fn broke(&mut self) {
        self.failed = self.failed.max(1);
    }

    /// What was skipped and why.
    pub(crate) fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// Whether nothing failed.
    pub(crate) const fn is_good(&self) -> bool {
        self.failed == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// The number before `word` in `ok. 3 passed; 0 failed; …`.
fn count(counts: &str, word: &str) -> usize {
    let words: Vec<&str> = counts
        .split([' ', ';', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    words
        .windows(2)
        .find_map(|pair| match pair {
            [number, name] if *name == word => number.parse().ok(),
            _ => None,
        })
        .unwrap_or(0)
}

/// `test NAME ... ignored, REASON` of `libtest`, `test NAME ... ignored (REASON)` of `libtest-mimic`.
fn skipped(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ignored")?;
    let rest = rest.trim();
    let reason = match rest.strip_prefix(',') {
        Some(reason) => reason.trim(),
        None => rest
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or("no reason given"),
    };
    Some((name.trim_end(), reason))
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn seen(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.see(line));
        tally
    }

    #[test]
    fn results_of_all_programs_are_added() {
        let tally = seen(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s\n\
             test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        assert_eq!(tally.to_string(), "13 passed, 2 failed, 1 skipped");
        assert!(!tally.is_good());
    }

    #[test]
    fn reasons_of_both_harnesses_are_kept() {
        let tally = seen(
            "test one ... ignored, needs a server\ntest two   ... ignored (npm: no network)\ntest three ... ignored\n\
             test four ... ok",
        );
        assert_eq!(
            tally.reasons(),
            [
                "one: needs a server",
                "two: npm: no network",
                "three: no reason given"
            ]
        );
    }

    #[test]
    fn run_that_broke_off_counts_as_a_failure() {
        let mut tally =
            seen("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.broke();
        assert_eq!(tally.to_string(), "3 passed, 1 failed, 0 skipped");
    }
}
