use std::{future::Future, time::Duration};

use super::{
    Answer, Limits, Model, Run, RunError, RunEvent, RunStream,
    driver::Driver,
    event::Listeners,
    interrupts::{Cancel, Driven, Interrupts},
    stream::EventQueue,
};
use crate::{
    Gate, Provider, Result, ResultBudget, Tools,
    tool::{CallContext, CallPolicy},
};

/// Drives a [`Run`]: asks the model, runs the tools it calls, tells it the outcomes, until it is done.
///
/// A tool that fails, does not exist or gets wrong arguments is something the model reads; what ends a run is a gate
/// that stops it, a limit, the model's client or a service that cannot be reached. Dropping the future cancels what
/// is under way.
#[derive(Debug)]
#[must_use = "an agent does nothing until it runs"]
pub struct Agent<'a, P: Provider, M> {
    tools: &'a Tools<P>,
    model: M,
    limits: Limits,
    policy: CallPolicy,
    context: CallContext,
    system: Option<P::Message>,
    history: Vec<P::Message>,
    listeners: Listeners,
    cancel: Cancel<'a>,
}

impl<'a, P: Provider, M: Model<P>> Agent<'a, P, M> {
    pub(crate) fn new(tools: &'a Tools<P>, model: M) -> Self {
        let policy = tools.policy().clone();
        let limits = Limits {
            call_time: policy.call_time,
            ..Limits::default()
        };
        Self {
            tools,
            model,
            limits,
            policy,
            context: CallContext::new(),
            system: None,
            history: Vec::new(),
            listeners: Listeners::default(),
            cancel: Cancel::default(),
        }
    }

    /// Sets how often the model may be asked; 8 by default.
    pub fn max_steps(mut self, max_steps: u32) -> Self {
        self.limits.max_steps = max_steps;
        self
    }

    /// Sets how many calls of one turn run at the same time; 4 by default.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.limits.parallel = parallel;
        self
    }

    /// Sets how long one call may take; 60 s by default.
    pub fn call_time(mut self, limit: Duration) -> Self {
        self.limits.call_time = Some(limit);
        self
    }

    /// Sets how long the run may take in all, before and after it was resumed; unlimited by default:
    /// [`Limits::total_time`].
    pub fn total_time(mut self, limit: Duration) -> Self {
        self.limits.total_time = Some(limit);
        self
    }

    /// Sets how many tokens the model may use in all; unlimited by default: [`Limits::max_tokens`].
    pub fn max_tokens(mut self, max_tokens: u64) -> Self {
        self.limits.max_tokens = Some(max_tokens);
        self
    }

    /// Ends the run with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) as soon as `cancelled` is ready: a
    /// `CancellationToken` of tokio-util, a signal, a closed channel. What is under way is dropped; the run comes
    /// back with the error, and can be resumed.
    ///
    /// ```
    /// # async fn example<M: composio_core::Model<composio_core::Plain>>(
    /// #     tools: composio_core::Tools<composio_core::Plain>, model: M,
    /// # ) -> composio_core::Result<()> {
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// let agent = tools.agent_with(model).cancel_when(token.clone().cancelled_owned());
    /// // elsewhere, such as when the user closes the window: token.cancel()
    /// let answer = agent.run("What is new?").await?;
    /// # Ok(()) }
    /// ```
    pub fn cancel_when(mut self, cancelled: impl Future<Output = ()> + Send + 'a) -> Self {
        self.cancel = Cancel::when(cancelled);
        self
    }

    /// Asks `gate` about every call.
    pub fn gate(mut self, gate: Gate) -> Self {
        self.policy.gate = Some(gate);
        self
    }

    /// Lets destructive tools run without a gate.
    pub fn allow_destructive(mut self) -> Self {
        self.policy.allow_destructive = true;
        self
    }

    /// Limits how much of a result the model reads, in place of the toolset's budget.
    pub fn result_budget(mut self, budget: ResultBudget) -> Self {
        self.policy.budget = Some(budget);
        self
    }

    /// Sets the end user, in place of the toolset's.
    pub fn entity(mut self, entity: impl Into<String>) -> Self {
        self.context = self.context.entity(entity);
        self
    }

    /// Sets the connected account, in place of the toolset's.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.context = self.context.account(account);
        self
    }

    /// Sets the first message of the history, such as the framework's system message.
    pub fn system(mut self, message: P::Message) -> Self {
        self.system = Some(message);
        self
    }

    /// Sets what was said before the prompt, such as by an earlier run: [`Answer::history`], without its system
    /// message if one is set here.
    pub fn history(mut self, history: impl IntoIterator<Item = P::Message>) -> Self {
        self.history = history.into_iter().collect();
        self
    }

    /// Tells `listener` what happens in the run, as it happens. It should be quick: the run waits for it.
    pub fn on_event(mut self, listener: impl Fn(&RunEvent) + Send + Sync + 'static) -> Self {
        self.listeners.push(listener);
        self
    }

    /// As [`Agent::run`], as a stream of what happens.
    pub fn stream(mut self, prompt: impl Into<String>) -> RunStream<'a, P::Message>
    where
        M: 'a,
    {
        let prompt = prompt.into();
        let events = self.queue();
        RunStream::new(events, async move { self.run(&prompt).await })
    }

    /// As [`Agent::resume`], as a stream of what happens.
    pub fn resume_stream(mut self, run: Run<P::Message>) -> RunStream<'a, P::Message>
    where
        M: 'a,
    {
        let events = self.queue();
        RunStream::new(events, self.resume(run))
    }

    fn queue(&mut self) -> EventQueue {
        let events = EventQueue::default();
        let queue = events.clone();
        self.listeners.push(move |event| queue.push(event));
        events
    }

    /// Runs until the model is done with `prompt`.
    ///
    /// # Errors
    ///
    /// Whatever ended the run, with the run, so that it can be resumed.
    pub async fn run(self, prompt: &str) -> Result<Answer<P::Message>, RunError<P::Message>> {
        match self.begin(prompt) {
            Ok(run) => self.resume(run).await,
            Err(error) => {
                let run = Run::new(self.history, self.limits);
                Err(RunError::new(error, run))
            }
        }
    }

    /// A run of `prompt` that nobody drives yet: for [`Agent::drive`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the framework refuses the text.
    pub fn begin(&self, prompt: &str) -> Result<Run<P::Message>> {
        let said = self.system.iter().chain(&self.history).cloned();
        let mut history: Vec<_> = said.collect();
        history.push(self.tools.provider().prompt(prompt)?);
        Ok(Run::new(history, self.limits))
    }

    /// Runs on from where `run` is, under the run's own limits.
    ///
    /// # Errors
    ///
    /// Whatever ended the run, with the run, so that it can be resumed.
    pub async fn resume(
        mut self,
        mut run: Run<P::Message>,
    ) -> Result<Answer<P::Message>, RunError<P::Message>> {
        if let Err(error) = self.drive(&mut run).await {
            return Err(RunError::new(error, run));
        }
        Answer::of(run)
    }

    /// As [`Agent::resume`], with a run that stays with the caller, even if this future is dropped.
    ///
    /// # Errors
    ///
    /// Whatever ended the run.
    pub async fn drive(&mut self, run: &mut Run<P::Message>) -> Result<String> {
        // A framework's client makes large futures; the caller's stays small.
        let driven = Box::pin(self.drive_on(run)).await;
        self.listeners.tell(|| match &driven {
            Ok(text) => RunEvent::RunFinished {
                text: text.clone(),
                steps: run.steps(),
            },
            Err(error) => RunEvent::RunFailed {
                kind: error.kind().as_str(),
                message: error.reader_message().to_owned(),
            },
        });
        driven
    }

    async fn drive_on(&mut self, run: &mut Run<P::Message>) -> Result<String> {
        let policy = CallPolicy {
            call_time: run.limits().call_time,
            ..self.policy.clone()
        };
        let driven = Driven::new(run);
        let mut driver = Driver {
            tools: self.tools,
            model: &mut self.model,
            context: self.context.clone().policy(policy),
            listeners: &self.listeners,
            interrupts: Interrupts {
                deadline: driven.deadline(),
                cancel: &mut self.cancel,
            },
        };
        driver.drive(&mut *driven.run).await
    }
}
