use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a run may use.
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
    /// How long the run may take in all, from when it is driven; unlimited by default.
    pub total_time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_steps: 8,
            parallel: 4,
            call_time: Some(Duration::from_secs(60)),
            total_time: None,
        }
    }
}
