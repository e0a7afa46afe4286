use std::time::Duration;

use super::Gate;
use crate::ResultBudget;

/// Who answers for a call, and how long it may take.
#[derive(Debug, Clone)]
pub(crate) struct CallPolicy {
    /// A model made the call: gates are asked, and destructive tools need one.
    pub(crate) agent: bool,
    pub(crate) gate: Option<Gate>,
    pub(crate) allow_destructive: bool,
    pub(crate) call_time: Option<Duration>,
    /// How much of a result is told.
    pub(crate) budget: Option<ResultBudget>,
}

impl CallPolicy {
    /// The same, where the program itself makes the call: nothing is asked.
    pub(crate) fn by_program(&self) -> Self {
        Self {
            agent: false,
            gate: None,
            allow_destructive: true,
            call_time: self.call_time,
            budget: self.budget.clone(),
        }
    }
}

impl Default for CallPolicy {
    fn default() -> Self {
        Self {
            agent: true,
            gate: None,
            allow_destructive: false,
            call_time: Some(Duration::from_secs(60)),
            budget: None,
        }
    }
}
