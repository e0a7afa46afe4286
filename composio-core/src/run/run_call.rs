use serde::{Deserialize, Serialize};

use crate::{
    Decision, Error, ErrorKind, OutcomeStatus, PendingCall, Result, ToolCall, ToolOutcome,
};

/// One call of the model's last turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunCall {
    /// The call.
    pub call: ToolCall,
    /// What was decided about it: ahead of the gate, or since the gate left it waiting.
    pub decision: Option<Decision>,
    /// The call as its gate was shown it, if the gate said [`Decision::Wait`] or [`Decision::Stop`].
    #[serde(default)]
    pub pending: Option<PendingCall>,
    /// What came of it.
    pub outcome: Option<ToolOutcome>,
    /// Whether it was sent; without an outcome the tool may have run or not.
    #[serde(default)]
    pub was_sent: bool,
    /// It was sent, the run ended before the outcome came, and nobody has decided about it since.
    #[serde(default)]
    pub(crate) was_interrupted: bool,
}

impl RunCall {
    /// A call that waits.
    #[must_use]
    pub fn new(call: ToolCall) -> Self {
        Self {
            call,
            decision: None,
            pending: None,
            outcome: None,
            was_sent: false,
            was_interrupted: false,
        }
    }

    /// Decides about the call. After an interruption [`Decision::Run`] makes it once more, whatever the tool.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it has its outcome.
    pub fn decide(&mut self, decision: Decision) -> Result<()> {
        if self.outcome.is_some() {
            let message = format!("the call of {} has its outcome", self.call.name);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.decision = Some(decision).filter(|decision| *decision != Decision::Wait);
        self.was_interrupted = false;
        Ok(())
    }

    /// Whether nothing can be done about it before somebody decides.
    #[must_use]
    pub fn awaits_decision(&self) -> bool {
        self.outcome.is_none() && self.decision.is_none() && self.pending.is_some()
    }

    /// Whether it is to be made.
    pub(crate) fn is_ready(&self) -> bool {
        self.outcome.is_none() && !self.awaits_decision()
    }

    /// The outcome, or what can be said while there is none.
    pub(crate) fn outcome_so_far(&self) -> ToolOutcome {
        let refused = |status, why| ToolOutcome::refused(&self.call.name, status, why);
        match &self.outcome {
            Some(outcome) => outcome.clone(),
            None if self.was_sent => refused(OutcomeStatus::Interrupted, INTERRUPTED),
            None if self.awaits_decision() => refused(OutcomeStatus::NotRun, UNDECIDED),
            None => refused(OutcomeStatus::NotRun, NOT_RUN),
        }
    }
}

pub(crate) const INTERRUPTED: &str = "interrupted: the run ended before this call had an answer; \
     the tool may have run all the same";
const UNDECIDED: &str = "was not run: nobody has decided about this call";
const NOT_RUN: &str = "was not run: the run ended before this call began";

/// Fails if calls wait for a decision.
pub(crate) fn decided(calls: &[RunCall]) -> Result<()> {
    let waiting: Vec<&str> = calls
        .iter()
        .filter(|call| call.awaits_decision())
        .filter_map(|call| Some(call.pending.as_ref()?.tool.as_str()))
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let message = format!("calls wait for a decision: {}", waiting.join(", "));
    Err(Error::new(ErrorKind::AwaitsDecision, message))
}
