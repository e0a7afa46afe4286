//! Cases on real parts: what cannot be had is ignored with the reason, never counted as passed.
//!
//! Under `CI=true` a part that is missing is a failure, since there it could have been installed.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::parts::{Missing, Part};

/// What a case returns: `Err` with anything printable fails it.
pub type Outcome = Result<(), Failed>;

/// Waits for `future` on a runtime of two threads, with every driver.
///
/// # Panics
///
/// If the system gives no threads.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Why a case did not pass.
#[derive(Debug)]
pub enum CaseError {
    /// What it checks is not so.
    Failed(Failed),
    /// It lacks a part.
    Missing(Missing),
}

impl CaseError {
    /// What the case checks is not so.
    #[must_use]
    pub fn failed(why: &str) -> Self {
        Self::Failed(Failed::from(why))
    }
}

impl From<Missing> for CaseError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// A list of named cases; names are sentences.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// A suite without cases.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a case that needs nothing from outside.
    #[must_use]
    pub fn case(mut self, name: &str, run: impl FnOnce() -> Outcome + Send + 'static) -> Self {
        self.trials.push(Trial::test(name, run));
        self
    }

    /// Adds a case on one part; `run` gets the folder it is unpacked in.
    #[must_use]
    pub fn case_on(
        mut self,
        part: Part,
        name: &str,
        run: impl FnOnce(&Path) -> Outcome + Send + 'static,
    ) -> Self {
        self.trials
            .push(Trial::ignorable_test(name, move || match part.install() {
                Ok(folder) => run(&folder).map(|()| Completion::Completed),
                Err(missing) => absent(&missing, is_ci()),
            }));
        self
    }

    /// Adds a case on one part that runs only when ignored ones are asked for: it takes minutes.
    #[must_use]
    pub fn long_case_on(
        mut self,
        part: Part,
        name: &str,
        run: impl FnOnce(&Path) -> Outcome + Send + 'static,
    ) -> Self {
        let trial = Trial::ignorable_test(name, move || match part.install() {
            Ok(folder) => run(&folder).map(|()| Completion::Completed),
            Err(missing) => absent(&missing, is_ci()),
        });
        self.trials.push(trial.with_ignored_flag(true));
        self
    }

    /// Adds a case that gets its parts itself.
    #[must_use]
    pub fn case_in(
        self,
        name: &str,
        run: impl FnOnce() -> Result<(), CaseError> + Send + 'static,
    ) -> Self {
        self.case_unless(name, move || attempt(run))
    }

    /// The same for a case that runs only when ignored ones are asked for: it takes minutes.
    #[must_use]
    pub fn long_case_in(
        mut self,
        name: &str,
        run: impl FnOnce() -> Result<(), CaseError> + Send + 'static,
    ) -> Self {
        let trial = Trial::ignorable_test(name, move || attempt(run));
        self.trials.push(trial.with_ignored_flag(true));
        self
    }

    /// Adds a case that decides itself whether it lacks something: it is ignored with the reason it returns.
    #[must_use]
    pub fn case_unless(
        mut self,
        name: &str,
        run: impl FnOnce() -> Result<Completion, Failed> + Send + 'static,
    ) -> Self {
        self.trials.push(Trial::ignorable_test(name, run));
        self
    }

    /// Runs the cases that the command line asks for, as `cargo test` does.
    #[must_use]
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }

    /// The same, one case after the other.
    #[must_use]
    pub fn run_in_order(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        arguments.test_threads = Some(1);
        libtest_mimic::run(&arguments, self.trials).exit_code()
    }
}

fn attempt(run: impl FnOnce() -> Result<(), CaseError>) -> Result<Completion, Failed> {
    match run() {
        Ok(()) => Ok(Completion::Completed),
        Err(CaseError::Failed(failed)) => Err(failed),
        Err(CaseError::Missing(missing)) => absent(&missing, is_ci()),
    }
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

fn absent(missing: &Missing, must_be_there: bool) -> Result<Completion, Failed> {
    if must_be_there || missing.tampered {
        return Err(Failed::from(&missing.reason));
    }
    Ok(Completion::ignored_with(&missing.reason))
}

#[cfg(test)]
mod tests {
    use libtest_mimic::Completion;

    use super::absent;
    use crate::parts::Missing;

    fn missing(tampered: bool) -> Missing {
        Missing {
            reason: "npm: no network".to_owned(),
            tampered,
        }
    }

    #[test]
    fn missing_part_is_ignored_with_its_reason() {
        let Ok(Completion::Ignored { reason }) = absent(&missing(false), false) else {
            panic!("expected the case to be ignored");
        };
        assert_eq!(reason.as_deref(), Some("npm: no network"));
    }

    #[test]
    fn missing_part_fails_where_it_could_have_been_installed() {
        assert!(absent(&missing(false), true).is_err());
    }

    #[test]
    fn part_that_is_not_the_pinned_one_fails_everywhere() {
        assert!(absent(&missing(true), false).is_err());
    }
}
