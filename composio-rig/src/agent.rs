use std::{collections::HashMap, future::Future, sync::Arc};

use composio_core::{
    Arguments, CallContext, Decision, Error, ErrorKind, OutcomeStatus, Result, RunCall, ToolOutcome,
};
use rig_agent::{
    agent::{
        AgentHook, DispatchAction, DispatchEvent, HookContext, OutcomeAction, OutcomeEvent,
        StepEventKind,
    },
    run::{InvalidToolCallAction, InvalidToolCallContext, InvalidToolCallReason, PendingToolCall},
};
use rig_core::message::UserContent;
use serde::{Deserialize, Serialize};

use crate::{
    Tools,
    provider::{ENDS_RUN, result_content, tool_call},
};

/// How many calls of one turn [`ToolsExt::run_pending`] runs at the same time.
const PARALLEL: usize = 4;

/// What this crate adds to [`Tools`].
pub trait ToolsExt {
    /// A hook that makes rig's own loop heed stops, limits and calls to tools that do not exist.
    fn hook(&self) -> RunHook;

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
    /// As [`BoundTool::call`](composio_core::BoundTool::call). What was settled by then stays settled in `calls`, and
    /// is not made again.
    fn run_pending(
        &self,
        calls: &mut PendingCalls,
        context: CallContext,
    ) -> impl Future<Output = Result<Vec<UserContent>>> + Send;
}

impl ToolsExt for Tools {
    fn hook(&self) -> RunHook {
        RunHook {
            tools: Arc::new(self.clone()),
            max_calls: None,
        }
    }

    fn resolve(&self, call: &InvalidToolCallContext) -> Option<InvalidToolCallAction> {
        let name = call.tool_name.as_str();
        let outcome = match (&call.reason, self.bound(name)) {
            (InvalidToolCallReason::UnknownTool, None) => self.unknown(name),
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
        self.settle_all(&mut calls.calls, context, PARALLEL).await?;
        Ok(calls.results())
    }
}

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

    fn results(&self) -> Vec<UserContent> {
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

/// Makes rig's own loop heed what rig does not know of: the gate's stop, a service that cannot be reached, a limit.
///
/// A stop and a service that cannot be reached cancel the run (`PromptError::Cancelled`, whose reason begins with the
/// name of the [`ErrorKind`]); without the hook the model reads about them and goes on. A call to a tool that was not
/// offered, or with arguments that are not JSON, becomes a result for the model. Nothing else happens here: gates,
/// validation and processors are the tools' own.
#[derive(Debug, Clone)]
pub struct RunHook {
    tools: Arc<Tools>,
    max_calls: Option<u32>,
}

// Calls of the run so far, by the address of the tools that a hook is for.
#[derive(Debug, Clone, Default)]
struct CallCounts(HashMap<usize, u32>);

impl RunHook {
    /// Sets how many calls of these tools a run may make; unlimited by default. One more cancels the run.
    #[must_use]
    pub fn max_calls(mut self, max_calls: u32) -> Self {
        self.max_calls = Some(max_calls);
        self
    }

    fn count(&self, context: &HookContext) -> u32 {
        let tools = Arc::as_ptr(&self.tools).addr();
        context.scratchpad().update(|counts: &mut CallCounts| {
            let count = counts.0.entry(tools).or_default();
            *count = count.saturating_add(1);
            *count
        })
    }

    fn is_ours(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.tools.bound(name).is_some())
    }
}

impl AgentHook for RunHook {
    async fn on_dispatch(&self, context: &HookContext, event: DispatchEvent<'_>) -> DispatchAction {
        let Some(max_calls) = self.max_calls else {
            return DispatchAction::proceed();
        };
        if self.is_ours(event.tool_name()) && self.count(context) > max_calls {
            let message = format!("the run may make {max_calls} calls");
            return DispatchAction::stop(Error::new(ErrorKind::LimitReached, message).to_string());
        }
        DispatchAction::proceed()
    }

    async fn on_outcome(&self, _: &HookContext, event: OutcomeEvent<'_>) -> OutcomeAction {
        let error = event.tool_result().and_then(|result| result.error());
        match error {
            Some(error)
                if self.is_ours(event.tool_name())
                    && error.code().is_some_and(|code| code.starts_with(ENDS_RUN)) =>
            {
                OutcomeAction::stop(error.message())
            }
            _ => OutcomeAction::proceed(),
        }
    }

    async fn on_invalid_tool_call(
        &self,
        _: &HookContext,
        call: &InvalidToolCallContext,
    ) -> Option<InvalidToolCallAction> {
        self.tools.resolve(call)
    }

    fn observes(&self, kind: StepEventKind) -> bool {
        matches!(
            kind,
            StepEventKind::ToolDispatch | StepEventKind::InvalidToolCall
        )
    }
}
