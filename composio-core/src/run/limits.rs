use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a run may use. How much of a result the model reads is a [`ResultBudget`](crate::ResultBudget)'s business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// How often the model may be asked; 8 by default. A run that would ask again ends with
    /// [`ErrorKind::LimitReached`](crate::ErrorKind::LimitReached).
    pub max_steps: u32,
    /// How many calls of one turn run at the same time; 4 by default, at least 1.
    pub parallel: usize,
    /// How long one call may take; 60 s by default. A call that takes longer has the outcome
    /// [`TimedOut`](crate::OutcomeStatus::TimedOut), and the run goes on.
    pub call_time: Option<Duration>,
    /// How long the run may be driven in all, before and after it was resumed; unlimited by default. It ends with
    /// [`ErrorKind::LimitReached`](crate::ErrorKind::LimitReached). The time that a run lies stored does not count;
    /// the time that a gate takes does.
    ///
    /// Without a tokio runtime it is looked at between steps alone.
    pub total_time: Option<Duration>,
    /// How many tokens the model may use in all, read and written, as [`Provider::usage`](crate::Provider::usage)
    /// counts them; unlimited by default. A run that would ask the model again ends with
    /// [`ErrorKind::LimitReached`](crate::ErrorKind::LimitReached): the answer that goes beyond the limit is still
    /// kept. If the model's service counts none, the run ends with
    /// [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported) before the first call is made.
    #[serde(default)]
    pub max_tokens: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_steps: 8,
            parallel: 4,
            call_time: Some(Duration::from_secs(60)),
            total_time: None,
            max_tokens: None,
        }
    }
}
