use composio_core::{Decision, Error, ErrorKind, PendingCall, Result, RunCall};
use rig_agent::run::PendingToolCall;
use rig_core::message::UserContent;
use serde::{Deserialize, Serialize};

use crate::provider::{result_content, tool_call};

/// The calls that an `AgentRun` waits for, with what was decided about them and what came of them.
///
/// It can be serialised beside the run, so that a person decides in another process: a gate says [`Decision::Wait`],
/// the calls that need no person run, and `run_pending` ends with
/// [`ErrorKind::AwaitsDecision`](crate::ErrorKind::AwaitsDecision). Who resumes it decides about each of
/// [`PendingCalls::pending`]. It holds everything that was said and every argument: store it where only the program
/// reads and writes.
///
/// ```no_run
/// # use composio_rig::{CallContext, Decision, ErrorKind, PendingCalls, Tools, ToolsExt as _};
/// # use composio_rig::rig_agent::run::{AgentRun, AgentRunStep};
/// # async fn example(tools: Tools, mut run: AgentRun) -> Result<String, Box<dyn std::error::Error>> {
/// if let AgentRunStep::CallTools { calls } = run.next_step()? {
///     let mut calls = PendingCalls::new(calls);
///     match tools.run_pending(&mut calls, CallContext::new()).await {
///         Ok(results) => run.tool_results(results)?,
///         Err(error) if error.kind() == ErrorKind::AwaitsDecision => {
///             return Ok(serde_json::to_string(&(run, calls))?);
///         }
///         Err(error) => return Err(error.into()),
///     };
/// }
/// # Ok(String::new()) }
///
/// # async fn resumed(tools: Tools, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
/// // Elsewhere, when a person has said yes:
/// let (mut run, mut calls): (AgentRun, PendingCalls) = serde_json::from_str(stored)?;
/// for call in calls.pending().cloned().collect::<Vec<_>>() {
///     calls.decide(&call, Decision::Run)?;
/// }
/// run.tool_results(tools.run_pending(&mut calls, CallContext::new()).await?)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingCalls {
    pending: Vec<PendingToolCall>,
    // The calls to make, in order: those that rig has no result for yet.
    calls: Vec<RunCall>,
}

impl PendingCalls {
    /// The calls of rig's `AgentRunStep::CallTools`. Those that rig resolved itself are not made.
    #[must_use]
    pub fn new(pending: Vec<PendingToolCall>) -> Self {
        let calls = pending
            .iter()
            .filter(|call| call.preresolved_result.is_none())
            .map(|call| RunCall::new(tool_call(&call.tool_call)))
            .collect();
        Self { pending, calls }
    }

    /// The calls to make, in call order.
    #[must_use]
    pub fn calls(&self) -> &[RunCall] {
        &self.calls
    }

    /// The calls that wait for a decision, as their gate was shown them.
    pub fn pending(&self) -> impl Iterator<Item = &PendingCall> {
        self.calls
            .iter()
            .filter(|call| call.awaits_decision())
            .filter_map(|call| call.pending.as_ref())
    }

    /// Decides about a call of [`PendingCalls::pending`]. If it runs, then with the arguments of `call`, unless the
    /// decision has others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if no such call waits: anything of it is different, such as an argument.
    pub fn decide(&mut self, call: &PendingCall, decision: Decision) -> Result<()> {
        let waiting = self
            .calls
            .iter_mut()
            .find(|waiting| waiting.outcome.is_none() && waiting.pending.as_ref() == Some(call));
        let waiting = waiting.ok_or_else(|| {
            let message = format!("no such call of {} waits for a decision", call.tool);
            Error::new(ErrorKind::NotFound, message)
        })?;
        waiting.decide(decision)
    }

    /// Decides about the call at `position` of [`PendingCalls::calls`] before a gate is asked, with what the model
    /// wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no call waits there, or a gate was asked already.
    pub fn decide_ahead(&mut self, position: usize, decision: Decision) -> Result<()> {
        let call = self.calls.get_mut(position);
        let call = call.filter(|call| call.pending.is_none() && call.outcome.is_none());
        let call = call.ok_or_else(|| {
            let message = format!("no call waits at {position} that no gate was asked about");
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        call.decide(decision)
    }

    pub(super) fn waiting(&mut self) -> &mut [RunCall] {
        &mut self.calls
    }

    pub(super) fn results(&self) -> Vec<UserContent> {
        let mut outcomes = self.calls.iter().filter_map(|call| call.outcome.as_ref());
        self.pending
            .iter()
            .filter_map(|pending| match &pending.preresolved_result {
                Some(result) => Some(result.clone()),
                None => Some(result_content(&pending.tool_call, outcomes.next()?)),
            })
            .collect()
    }
}
