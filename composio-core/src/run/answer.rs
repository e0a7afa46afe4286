use std::{error::Error as StdError, fmt};

use super::{Run, Step, Usage};
use crate::{Error, ErrorKind};

/// What the model said in the end. `Display` gives the words.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer<M> {
    /// The words.
    pub text: String,
    /// How often the model was asked.
    pub steps: u32,
    /// How many tokens it used in all, as far as its service says so.
    pub usage: Usage,
    /// The whole history, ready to go on with.
    pub history: Vec<M>,
}

impl<M> Answer<M> {
    /// What a run that is done said.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] with the run, if it is not done.
    pub fn of(run: Run<M>) -> Result<Self, RunError<M>> {
        match run.next() {
            Ok(Step::Done(text)) => Ok(Self {
                text: text.to_owned(),
                steps: run.steps(),
                usage: run.usage(),
                history: run.into_history(),
            }),
            _ => {
                let error = Error::new(ErrorKind::InvalidInput, "the run is not done");
                Err(RunError::new(error, run))
            }
        }
    }
}

impl<M> fmt::Display for Answer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What ended a run before the model was done, and the run itself: resume it, or read its history.
#[derive(Debug)]
pub struct RunError<M>(Box<(Error, Run<M>)>);

impl<M> RunError<M> {
    /// `error` ended `run`: for loops of one's own.
    #[must_use]
    pub fn new(error: Error, run: Run<M>) -> Self {
        Self(Box::new((error, run)))
    }

    /// What ended the run.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0.0
    }

    /// The kind of what ended the run.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.0.kind()
    }

    /// The run, at the point where it ended.
    #[must_use]
    pub fn run(&self) -> &Run<M> {
        &self.0.1
    }

    /// Takes both out.
    #[must_use]
    pub fn into_parts(self) -> (Error, Run<M>) {
        *self.0
    }
}

impl<M> fmt::Display for RunError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the run ended after {} steps: {}",
            self.0.1.steps(),
            self.0.0
        )
    }
}

impl<M: fmt::Debug> StdError for RunError<M> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0.0)
    }
}

impl<M> From<RunError<M>> for Error {
    fn from(error: RunError<M>) -> Self {
        error.0.0
    }
}
