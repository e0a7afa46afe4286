use std::{
    borrow::Borrow, error::Error as StdError, fmt, future::Future, sync::atomic::AtomicBool,
    time::Duration,
};

use futures_util::stream::StreamExt as _;
use tokio::{runtime, time, time::Instant};

use super::{Limits, Model, Run, RunCall, Step, run_batch};
use crate::{
    Error, ErrorKind, Gate, Provider, Result, Tools,
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

    /// Sets how long the run may take in all; unlimited by default. It needs a tokio runtime.
    pub fn total_time(mut self, limit: Duration) -> Self {
        self.limits.total_time = Some(limit);
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

    /// Runs until the model is done with `prompt`.
    ///
    /// # Errors
    ///
    /// Whatever ended the run, with the run, so that it can be resumed.
    pub async fn run(self, prompt: &str) -> Result<Answer<P::Message>, RunError<P::Message>> {
        let mut history: Vec<_> = self.system.clone().into_iter().collect();
        match self.tools.provider().prompt(prompt) {
            Ok(message) => history.push(message),
            Err(error) => return Err(RunError::new(error, Run::new(history, self.limits))),
        }
        let limits = self.limits;
        self.resume(Run::new(history, limits)).await
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
        match self.drive(&mut run).await {
            Ok(text) => Ok(Answer {
                text,
                steps: run.steps(),
                history: run.into_history(),
            }),
            Err(error) => Err(RunError::new(error, run)),
        }
    }

    /// As [`Agent::resume`], with a run that stays with the caller, even if this future is dropped.
    ///
    /// # Errors
    ///
    /// Whatever ended the run.
    pub async fn drive(&mut self, run: &mut Run<P::Message>) -> Result<String> {
        let deadline = run.limits().total_time.map(|limit| Instant::now() + limit);
        loop {
            match run.next()? {
                Step::Done(text) => return Ok(text.to_owned()),
                Step::CallModel => {
                    let response =
                        within(deadline, self.model.respond(self.tools, run.history())).await??;
                    self.take_turn(run, response.borrow())?;
                }
                Step::CallTools(calls) => {
                    let calls = calls.to_vec();
                    within(deadline, self.run_calls(run, &calls)).await??;
                    let messages = self.answers(run)?;
                    run.tool_messages(messages)?;
                }
            }
        }
    }

    fn take_turn(&self, run: &mut Run<P::Message>, response: &P::Response) -> Result<()> {
        let provider = self.tools.provider();
        run.model_turn(
            provider.turn(response)?,
            provider.tool_calls(response)?,
            provider.text(response),
        )
    }

    async fn run_calls(&self, run: &mut Run<P::Message>, calls: &[RunCall]) -> Result<()> {
        let limits = *run.limits();
        let policy = CallPolicy {
            call_time: limits.call_time,
            ..self.policy.clone()
        };
        let context = self.context.clone().policy(policy);
        let stopped = AtomicBool::new(false);
        let batch = run_batch(self.tools, calls, &context, limits.parallel, &stopped);
        let mut batch = std::pin::pin!(batch);
        let mut first_error = None;
        while let Some((position, outcome)) = batch.next().await {
            match outcome {
                Ok(outcome) => run.settle(position, outcome)?,
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    fn answers(&self, run: &Run<P::Message>) -> Result<Vec<P::Message>> {
        let Step::CallTools(calls) = run.next()? else {
            return Ok(Vec::new());
        };
        let provider = self.tools.provider();
        // An unanswered call is told apart from a message by their number: `Run::tool_messages`.
        let settled = calls
            .iter()
            .filter_map(|call| Some((&call.call, call.outcome.as_ref()?)));
        settled
            .map(|(call, outcome)| provider.tool_result(call, outcome))
            .collect()
    }
}

async fn within<F: Future>(deadline: Option<Instant>, future: F) -> Result<F::Output> {
    match deadline {
        Some(deadline) if runtime::Handle::try_current().is_ok() => {
            time::timeout_at(deadline, future)
                .await
                .map_err(|_| Error::new(ErrorKind::LimitReached, "the run's time ran out"))
        }
        _ => Ok(future.await),
    }
}

/// What the model said in the end. `Display` gives the words.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer<M> {
    /// The words.
    pub text: String,
    /// How often the model was asked.
    pub steps: u32,
    /// The whole history, ready to go on with.
    pub history: Vec<M>,
}

impl<M> fmt::Display for Answer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What ended a run before the model was done, and the run itself: resume it, or read its history.
#[derive(Debug)]
pub struct RunError<M>(Box<(Error, Run<M>)>);

impl<M> RunError<M> {
    fn new(error: Error, run: Run<M>) -> Self {
        Self(Box::new((error, run)))
    }

    /// What ended the run.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0.0
    }

    /// The kind of what ended the run.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.0.kind()
    }

    /// The run, at the point where it ended.
    #[must_use]
    pub fn run(&self) -> &Run<M> {
        &self.0.1
    }

    /// Takes both out.
    #[must_use]
    pub fn into_parts(self) -> (Error, Run<M>) {
        *self.0
    }
}

impl<M> fmt::Display for RunError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the run ended after {} steps: {}",
            self.0.1.steps(),
            self.0.0
        )
    }
}

impl<M: fmt::Debug> StdError for RunError<M> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0.0)
    }
}

impl<M> From<RunError<M>> for Error {
    fn from(error: RunError<M>) -> Self {
        error.0.0
    }
}
