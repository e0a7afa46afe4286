use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use composio_core::{Error, ErrorKind};
use rig_agent::{
    agent::{
        AgentHook, CompletionCallAction, CompletionCallEvent, DispatchAction, DispatchEvent,
        HookContext, ModelTurnAction, ModelTurnFinished, OutcomeAction, OutcomeEvent, RunStart,
        RunStartAction, StepEventKind,
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
    bounds: Bounds,
}

// What the run has used so far, by the address of the tools that a hook is for.
#[derive(Debug, Clone, Default)]
struct UsedByHooks(HashMap<usize, Used>);

#[derive(Debug, Clone, Copy)]
struct Used {
    since: Instant,
    calls: u32,
    tokens: u64,
}

/// What a run may use.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    max_calls: Option<u32>,
    max_tokens: Option<u64>,
    total_time: Option<Duration>,
}

impl Bounds {
    /// Why a run that has used so much is over, before it asks the model again.
    fn over(&self, used: &Used) -> Option<String> {
        if self
            .total_time
            .is_some_and(|limit| used.since.elapsed() >= limit)
        {
            return Some("the run's time ran out".to_owned());
        }
        let limit = self.max_tokens.filter(|limit| used.tokens >= *limit)?;
        Some(format!("the run used {} of {limit} tokens", used.tokens))
    }

    /// Why a run that has used so much is over, before it makes a call that is counted already.
    fn over_by_call(&self, used: &Used) -> Option<String> {
        let by_time = Self {
            max_tokens: None,
            ..*self
        };
        let max_calls = self.max_calls.filter(|limit| used.calls > *limit);
        by_time
            .over(used)
            .or_else(|| Some(format!("the run may make {} calls", max_calls?)))
    }
}

impl RunHook {
    pub(super) fn new(tools: Tools) -> Self {
        Self {
            tools: Current::new(tools),
            live: None,
            bounds: Bounds::default(),
        }
    }

    pub(super) fn live(live: LiveTools, tools: Current) -> Self {
        Self {
            tools,
            live: Some(live),
            bounds: Bounds::default(),
        }
    }

    /// Sets how many calls of these tools a run may make; unlimited by default. One more cancels the run.
    #[must_use]
    pub fn max_calls(mut self, max_calls: u32) -> Self {
        self.bounds.max_calls = Some(max_calls);
        self
    }

    /// Sets how many tokens a run may use, as the model's service counts them; unlimited by default. The model is not
    /// asked again after so many.
    #[must_use]
    pub fn max_tokens(mut self, max_tokens: u64) -> Self {
        self.bounds.max_tokens = Some(max_tokens);
        self
    }

    /// Sets how long a run may take in all; unlimited by default. After it the model is not asked again and no call of
    /// these tools begins; one that has begun has its own limit: `ToolSet::call_time`.
    #[must_use]
    pub fn total_time(mut self, limit: Duration) -> Self {
        self.bounds.total_time = Some(limit);
        self
    }

    fn used(&self, context: &HookContext, change: impl FnOnce(&mut Used)) -> Used {
        let tools = Arc::as_ptr(&self.tools.0).addr();
        context.scratchpad().update(|used: &mut UsedByHooks| {
            let used = used.0.entry(tools).or_insert(Used {
                since: Instant::now(),
                calls: 0,
                tokens: 0,
            });
            change(used);
            *used
        })
    }

    fn is_ours(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.tools.get().bound(name).is_some())
    }
}

fn limit_reached(message: String) -> String {
    Error::new(ErrorKind::LimitReached, message).to_string()
}

impl AgentHook for RunHook {
    async fn on_run_start(&self, context: &HookContext, _: RunStart<'_>) -> RunStartAction {
        self.used(context, |_| ());
        if let Some(live) = &self.live {
            live.refresh_if_old().await;
        }
        RunStartAction::continue_run()
    }

    async fn on_completion_call(
        &self,
        context: &HookContext,
        _: CompletionCallEvent<'_>,
    ) -> CompletionCallAction {
        match self.bounds.over(&self.used(context, |_| ())) {
            Some(why) => CompletionCallAction::stop(limit_reached(why)),
            None => CompletionCallAction::continue_run(),
        }
    }

    async fn on_model_turn_finished(
        &self,
        context: &HookContext,
        turn: ModelTurnFinished<'_>,
    ) -> ModelTurnAction {
        let counts = [turn.usage.input_tokens, turn.usage.output_tokens];
        let tokens = counts.into_iter().flatten().fold(0, u64::saturating_add);
        self.used(context, |used| {
            used.tokens = used.tokens.saturating_add(tokens);
        });
        ModelTurnAction::continue_run()
    }

    async fn on_dispatch(&self, context: &HookContext, event: DispatchEvent<'_>) -> DispatchAction {
        if !self.is_ours(event.tool_name()) {
            return DispatchAction::proceed();
        }
        let used = self.used(context, |used| used.calls = used.calls.saturating_add(1));
        match self.bounds.over_by_call(&used) {
            Some(why) => DispatchAction::stop(limit_reached(why)),
            None => DispatchAction::proceed(),
        }
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
            StepEventKind::RunStart
                | StepEventKind::CompletionCall
                | StepEventKind::ModelTurnFinished
                | StepEventKind::ToolDispatch
                | StepEventKind::InvalidToolCall
        )
    }
}
