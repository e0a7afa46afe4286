use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use composio_core::{Error, ErrorKind};
use rig_agent::{
    agent::{
        AgentHook, DispatchAction, DispatchEvent, HookContext, OutcomeAction, OutcomeEvent,
        RunStart, RunStartAction, StepEventKind,
    },
    run::{InvalidToolCallAction, InvalidToolCallContext},
};

use super::{LiveTools, ToolsExt as _};
use crate::{Tools, provider::ENDS_RUN};

/// The tools of the newest fetch; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Current(Arc<RwLock<Arc<Tools>>>);

impl Current {
    pub(super) fn new(tools: Tools) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(tools))))
    }

    pub(super) fn get(&self) -> Arc<Tools> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, tools: Arc<Tools>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tools;
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
    tools: Current,
    live: Option<LiveTools>,
    max_calls: Option<u32>,
}

// Calls of the run so far, by the address of the tools that a hook is for.
#[derive(Debug, Clone, Default)]
struct CallCounts(HashMap<usize, u32>);

impl RunHook {
    pub(super) fn new(tools: Tools) -> Self {
        Self {
            tools: Current::new(tools),
            live: None,
            max_calls: None,
        }
    }

    pub(super) fn live(live: LiveTools, tools: Current) -> Self {
        Self {
            tools,
            live: Some(live),
            max_calls: None,
        }
    }

    /// Sets how many calls of these tools a run may make; unlimited by default. One more cancels the run.
    #[must_use]
    pub fn max_calls(mut self, max_calls: u32) -> Self {
        self.max_calls = Some(max_calls);
        self
    }

    fn count(&self, context: &HookContext) -> u32 {
        let tools = Arc::as_ptr(&self.tools.0).addr();
        context.scratchpad().update(|counts: &mut CallCounts| {
            let count = counts.0.entry(tools).or_default();
            *count = count.saturating_add(1);
            *count
        })
    }

    fn is_ours(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.tools.get().bound(name).is_some())
    }
}

impl AgentHook for RunHook {
    async fn on_run_start(&self, _: &HookContext, _: RunStart<'_>) -> RunStartAction {
        if let Some(live) = &self.live {
            live.refresh_if_old().await;
        }
        RunStartAction::continue_run()
    }

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
            // Not by its name: a tool that is no longer served may be under way.
            Some(error) if error.code().is_some_and(|code| code.starts_with(ENDS_RUN)) => {
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
        self.tools.get().resolve(call)
    }

    fn observes(&self, kind: StepEventKind) -> bool {
        matches!(
            kind,
            StepEventKind::RunStart | StepEventKind::ToolDispatch | StepEventKind::InvalidToolCall
        )
    }
}
