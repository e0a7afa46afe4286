use std::time::Duration;

use super::Gate;

/// Who answers for a call, and how long it may take.
#[derive(Debug, Clone)]
pub(crate) struct CallPolicy {
    /// A model made the call: gates are asked, and destructive tools need one.
    pub(crate) agent: bool,
    pub(crate) gate: Option<Gate>,
    pub(crate) allow_destructive: bool,
    pub(crate) call_time: Option<Duration>,
}

impl CallPolicy {
    /// The program itself makes the call: nothing is asked.
    pub(crate) fn program(call_time: Option<Duration>) -> Self {
        Self {
            agent: false,
            gate: None,
            allow_destructive: true,
            call_time,
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
        }
    }
}
