use std::future::Future;

use composio_core::{Arguments, CallContext, OutcomeStatus, Result, ToolOutcome};
use rig_agent::run::{InvalidToolCallAction, InvalidToolCallContext, InvalidToolCallReason};
use rig_core::message::UserContent;

use super::{PendingCalls, RunHook, ToolSearch};
use crate::{ToolSet, Tools};

/// How many calls of one turn [`ToolsExt::run_pending`] runs at the same time.
const PARALLEL: usize = 4;

/// What this crate adds to [`Tools`].
pub trait ToolsExt {
    /// A hook that makes rig's own loop heed stops, limits and calls to tools that do not exist.
    fn hook(&self) -> RunHook;

    /// Chooses, by `toolset`'s search, the tools that fit a prompt: for an agent over many tools that carries few.
    fn search(&self, toolset: &ToolSet) -> ToolSearch;

    /// What to do about a call that rig refuses: one to a tool that was not offered, or with arguments that are not
    /// JSON. None if it is about a tool of somebody else's.
    ///
    /// The hook does this; a program that drives rig's `AgentRun` by hand asks for it when the run does.
    fn resolve(&self, call: &InvalidToolCallContext) -> Option<InvalidToolCallAction>;

    /// Makes the calls that an `AgentRun` waits for, four at a time, for a model: gates are asked about those that
    /// are not decided. The results are what `AgentRun::tool_results` takes.
    ///
    /// # Errors
    ///
    /// As [`Tools::settle_all`](composio_core::Tools::settle_all):
    /// [`ErrorKind::AwaitsDecision`](crate::ErrorKind::AwaitsDecision) if a gate leaves calls waiting and every other
    /// was made. What was settled by then stays settled in `calls`, and is not made again.
    fn run_pending(
        &self,
        calls: &mut PendingCalls,
        context: CallContext,
    ) -> impl Future<Output = Result<Vec<UserContent>>> + Send;
}

impl ToolsExt for Tools {
    fn hook(&self) -> RunHook {
        RunHook::new(self.clone())
    }

    fn search(&self, toolset: &ToolSet) -> ToolSearch {
        ToolSearch::new(self, toolset)
    }

    fn resolve(&self, call: &InvalidToolCallContext) -> Option<InvalidToolCallAction> {
        let name = call.tool_name.as_str();
        let outcome = match (&call.reason, self.bound(name)) {
            (InvalidToolCallReason::UnknownTool, None) => self.unknown(name),
            (InvalidToolCallReason::UnknownTool, Some(_)) => {
                let why = format!("{name} is not among the tools that were offered this time");
                ToolOutcome::refused(name, OutcomeStatus::UnknownTool, why)
            }
            (InvalidToolCallReason::MalformedArguments { .. }, Some(_)) => {
                let error = Arguments::parse(call.args.as_deref()?).err()?;
                let why = error.reader_message();
                ToolOutcome::refused(name, OutcomeStatus::InvalidArguments, why)
            }
            _ => return None,
        };
        Some(InvalidToolCallAction::skip(outcome.model_text()))
    }

    async fn run_pending(
        &self,
        calls: &mut PendingCalls,
        context: CallContext,
    ) -> Result<Vec<UserContent>> {
        self.settle_all(calls.waiting(), context, PARALLEL).await?;
        Ok(calls.results())
    }
}
