use std::{fmt, ops::Deref, sync::Arc};

use crate::{
    Agent, BoundTool, Model, Provider, Result, ToolCall, ToolLosses, ToolOutcome,
    run::{Batch, Limits, Listeners, RunCall, decided},
    schema::NameMap,
    tool::{CallContext, CallPolicy, OutcomeStatus},
};

/// The tools of one fetch: the framework's own collection, and all that belongs to calls of them.
///
/// It dereferences to the collection, and [`Tools::into_inner`] takes that out. A call to a tool that is not among
/// them has the outcome [`OutcomeStatus::UnknownTool`].
pub struct Tools<P: Provider> {
    provider: P,
    tools: P::Tools,
    bound: Arc<Bound>,
    policy: CallPolicy,
}

pub(super) struct Bound {
    pub(super) names: NameMap,
    pub(super) tools: Vec<BoundTool>,
    pub(super) report: Vec<ToolLosses>,
}

impl<P: Provider> Tools<P> {
    pub(super) fn new(provider: P, tools: P::Tools, bound: Bound, policy: CallPolicy) -> Self {
        Self {
            provider,
            tools,
            bound: Arc::new(bound),
            policy,
        }
    }

    /// The framework's collection.
    #[must_use]
    pub fn into_inner(self) -> P::Tools {
        self.tools
    }

    /// The provider that spelt the tools.
    #[must_use]
    pub fn provider(&self) -> &P {
        &self.provider
    }

    /// The tool that the model knows as `name`.
    #[must_use]
    pub fn bound(&self, name: &str) -> Option<&BoundTool> {
        self.bound.tools.get(self.bound.names.position(name)?)
    }

    /// What the model is not told: one entry for each tool whose schema lost something on the way to the provider's
    /// model family, or that was not shown strictly though it was asked for.
    ///
    /// Arguments are checked against the tool's own schema all the same.
    #[must_use]
    pub fn report(&self) -> &[ToolLosses] {
        &self.bound.report
    }

    pub(crate) fn policy(&self) -> &CallPolicy {
        &self.policy
    }

    /// Makes one call for a model; a tool that was not offered is an outcome.
    ///
    /// # Errors
    ///
    /// As [`BoundTool::call`].
    pub async fn call(&self, call: &ToolCall, context: CallContext) -> Result<ToolOutcome> {
        match self.bound(&call.name) {
            Some(tool) => tool.call(context, &call.arguments).await,
            None => Ok(self.unknown(&call.name)),
        }
    }

    /// The outcome of a call to a tool that was not offered.
    #[must_use]
    pub fn unknown(&self, name: &str) -> ToolOutcome {
        let mut offered: Vec<&str> = self
            .bound
            .tools
            .iter()
            .map(|tool| tool.tool().slug.as_str())
            .collect();
        offered.truncate(20);
        let why = format!("there is no tool {name}; there are {}", offered.join(", "));
        ToolOutcome::refused(name, OutcomeStatus::UnknownTool, why)
    }

    /// Makes several calls for a model, at most `parallel` at a time. The outcomes come in call order.
    ///
    /// # Errors
    ///
    /// The first error of [`BoundTool::call`]; calls that had not started by then do not.
    pub async fn call_all(
        &self,
        calls: &[ToolCall],
        context: CallContext,
        parallel: usize,
    ) -> Result<Vec<ToolOutcome>> {
        let mut calls: Vec<RunCall> = calls.iter().cloned().map(RunCall::new).collect();
        self.settle_all(&mut calls, context, parallel).await?;
        Ok(calls.into_iter().filter_map(|call| call.outcome).collect())
    }

    /// As [`Tools::call_all`], with calls that keep their decisions and outcomes: one with an outcome is not made
    /// again, and after an error, or when this future is dropped, those that were settled stay settled. A call that a
    /// gate leaves waiting is [`RunCall::pending`] until it is decided about: [`RunCall::decide`].
    ///
    /// # Errors
    ///
    /// As [`Tools::call_all`], and [`ErrorKind::AwaitsDecision`](crate::ErrorKind::AwaitsDecision) if every call that
    /// could be made was, and others wait for a decision.
    pub async fn settle_all(
        &self,
        calls: &mut [RunCall],
        context: CallContext,
        parallel: usize,
    ) -> Result<()> {
        let batch = Batch {
            tools: self,
            context,
            step: 0,
            parallel,
            listeners: Listeners::default(),
        };
        batch.settle(calls).await?;
        decided(calls)
    }

    /// Runs the calls in a model's answer by the program's own decision: no gate is asked. The answers come in call
    /// order, ready for the history, in one message where the framework wants it so; there are none if the model made no calls.
    ///
    /// # Errors
    ///
    /// As [`Tools::call_all`].
    pub async fn handle_tool_calls(&self, response: &P::Response) -> Result<Vec<P::Message>> {
        let calls = self.provider.tool_calls(response)?;
        let context = CallContext::new().policy(self.policy.by_program());
        let outcomes = self
            .call_all(&calls, context, Limits::default().parallel)
            .await?;
        let results: Result<Vec<_>> = calls
            .iter()
            .zip(&outcomes)
            .map(|(call, outcome)| self.provider.tool_result(call, outcome))
            .collect();
        Ok(self.provider.join_results(results?))
    }

    /// The whole loop with any model, such as a closure from the history to the model's answer.
    pub fn agent_with<M: Model<P>>(&self, model: M) -> Agent<'_, P, M> {
        Agent::new(self, model)
    }
}

impl<P: Provider> Deref for Tools<P> {
    type Target = P::Tools;

    fn deref(&self) -> &P::Tools {
        &self.tools
    }
}

impl<P: Provider> Clone for Tools<P>
where
    P::Tools: Clone,
{
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            tools: self.tools.clone(),
            bound: self.bound.clone(),
            policy: self.policy.clone(),
        }
    }
}

impl<P: Provider> fmt::Debug for Tools<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slugs = self.bound.tools.iter().map(|tool| &tool.tool().slug);
        f.write_str("Tools")?;
        f.debug_list().entries(slugs).finish()
    }
}
