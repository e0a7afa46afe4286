use composio_core::{Decision, Error, ErrorKind, Result, RunCall};
use rig_agent::run::PendingToolCall;
use rig_core::message::UserContent;
use serde::{Deserialize, Serialize};

use crate::provider::{result_content, tool_call};

/// The calls that an `AgentRun` waits for, with what was decided about them and what came of them.
///
/// It can be serialised beside the run, so that a person decides in another process.
///
/// ```no_run
/// # use composio_rig::{CallContext, Decision, PendingCalls, Tools, ToolsExt as _};
/// # use composio_rig::rig_agent::run::{AgentRun, AgentRunStep};
/// # async fn example(tools: Tools, mut run: AgentRun) -> Result<(), Box<dyn std::error::Error>> {
/// if let AgentRunStep::CallTools { calls } = run.next_step()? {
///     let mut calls = PendingCalls::new(calls);
///     calls.decide(0, Decision::Deny("not today".to_owned()))?;
///     run.tool_results(tools.run_pending(&mut calls, CallContext::new()).await?)?;
/// }
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

    /// Decides about the call at `position` of [`PendingCalls::calls`], in place of the gate.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no call waits there.
    pub fn decide(&mut self, position: usize, decision: Decision) -> Result<()> {
        let call = self
            .calls
            .get_mut(position)
            .filter(|call| call.outcome.is_none())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("no call waits at {position}"),
                )
            })?;
        call.decision = Some(decision);
        Ok(())
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
