use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Limits, RunCall, Usage};
use crate::{Decision, Error, ErrorKind, PendingCall, Provider, Result, ToolCall, ToolOutcome};

/// A run without I/O: the history in the provider's own messages, the limits, and the calls that wait.
///
/// Ask [`Run::next`] what to do, do it, and tell the run:
///
/// | [`Step`] | then |
/// |---|---|
/// | [`CallModel`](Step::CallModel) | [`Run::model_turn`] |
/// | [`CallTools`](Step::CallTools) | [`Run::settle`] for each call, then [`Run::tool_messages`] |
/// | [`AwaitDecisions`](Step::AwaitDecisions) | [`Run::decide`] about each of [`Run::pending`] |
/// | [`Done`](Step::Done) | nothing |
///
/// It can be serialised at every point; what is settled stays settled. It holds everything that was said and every
/// argument, and what it says is believed when it is resumed: store it where only the program reads and writes, and
/// resume what was stored once, since a call cannot know that it was made from another copy.
///
/// A call that was sent when the run ended, and whose outcome never came, is made again only if the tool reads, is
/// idempotent, or somebody decides so; else the model is told that it may have run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run<M> {
    history: Vec<M>,
    limits: Limits,
    steps: u32,
    #[serde(default)]
    elapsed: Duration,
    #[serde(default)]
    usage: Usage,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Model,
    Tools(Vec<RunCall>),
    Done(String),
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// Send the history to the model.
    CallModel,
    /// Call these tools; those with an outcome were called already.
    CallTools(&'a [RunCall]),
    /// Wait: some of these calls await a decision, and the others have their outcomes.
    AwaitDecisions(&'a [RunCall]),
    /// The model is done, and said this.
    Done(&'a str),
}

impl<M> Run<M> {
    /// A run that begins with `history`.
    #[must_use]
    pub fn new(history: Vec<M>, limits: Limits) -> Self {
        Self {
            history,
            limits,
            steps: 0,
            elapsed: Duration::ZERO,
            usage: Usage::default(),
            state: State::Model,
        }
    }

    /// What to do next.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitReached`] if the model would have to be asked more often than [`Limits::max_steps`] allows,
    /// or after [`Limits::max_tokens`] are used, or [`Limits::total_time`] is over; [`Run::set_limits`] lets it go on.
    pub fn next(&self) -> Result<Step<'_>> {
        match &self.state {
            State::Done(text) => Ok(Step::Done(text)),
            State::Tools(calls) if calls.iter().all(|call| call.outcome.is_some()) => {
                Ok(Step::CallTools(calls))
            }
            State::Tools(calls) if !calls.iter().any(RunCall::is_ready) => {
                Ok(Step::AwaitDecisions(calls))
            }
            State::Tools(calls) => {
                self.check_time()?;
                Ok(Step::CallTools(calls))
            }
            State::Model => {
                self.check_time()?;
                self.check_model()?;
                Ok(Step::CallModel)
            }
        }
    }

    fn check_time(&self) -> Result<()> {
        match self.limits.total_time {
            Some(limit) if self.elapsed >= limit => Err(out_of_time()),
            _ => Ok(()),
        }
    }

    fn check_model(&self) -> Result<()> {
        if self.steps >= self.limits.max_steps {
            let message = format!("the run was not done after {} steps", self.limits.max_steps);
            return Err(Error::new(ErrorKind::LimitReached, message));
        }
        let used = self.usage.total();
        match self.limits.max_tokens {
            Some(limit) if used >= limit => {
                let message = format!("the run used {used} of {limit} tokens");
                Err(Error::new(ErrorKind::LimitReached, message))
            }
            _ => Ok(()),
        }
    }

    /// Tells what the model answered: the turn as history, its calls, and its words.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the model was not what to call next.
    pub fn model_turn(
        &mut self,
        turn: Vec<M>,
        calls: Vec<ToolCall>,
        text: impl Into<String>,
    ) -> Result<()> {
        if self.state != State::Model {
            return Err(out_of_turn("the model"));
        }
        self.steps += 1;
        self.history.extend(turn);
        self.state = if calls.is_empty() {
            State::Done(text.into())
        } else {
            State::Tools(calls.into_iter().map(RunCall::new).collect())
        };
        Ok(())
    }

    /// The calls that wait for a decision, as their gate was shown them.
    pub fn pending(&self) -> impl Iterator<Item = &PendingCall> {
        self.calls()
            .iter()
            .filter(|call| call.awaits_decision())
            .filter_map(|call| call.pending.as_ref())
    }

    /// Decides about a call of [`Run::pending`], or changes what was decided about it. If it runs, then with the
    /// arguments of `call`, unless the decision has others: no pre-processor sees it again.
    ///
    /// The decision is about this very call: if anything of it is different from what waits, such as an argument or
    /// the step, nothing is decided.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if no such call waits.
    pub fn decide(&mut self, call: &PendingCall, decision: Decision) -> Result<()> {
        let waiting = self
            .calls_mut()
            .iter_mut()
            .find(|waiting| waiting.outcome.is_none() && waiting.pending.as_ref() == Some(call));
        match waiting {
            Some(waiting) => waiting.decide(decision),
            None => {
                let message = format!("no such call of {} waits for a decision", call.tool);
                Err(Error::new(ErrorKind::NotFound, message))
            }
        }
    }

    /// Decides about the call at `position` of the turn before a gate is asked, with what the model wrote. A call
    /// that a person was shown is [`Run::decide`]'s.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no call waits there, or a gate was asked already.
    pub fn decide_ahead(&mut self, position: usize, decision: Decision) -> Result<()> {
        let call = self.waiting(position)?;
        if call.pending.is_some() {
            let message = format!("a gate was asked about the call at {position}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        call.decide(decision)
    }

    /// Tells what came of the call at `position` of the turn.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no call waits there.
    pub fn settle(&mut self, position: usize, outcome: ToolOutcome) -> Result<()> {
        self.waiting(position)?.outcome = Some(outcome);
        Ok(())
    }

    fn waiting(&mut self, position: usize) -> Result<&mut RunCall> {
        let State::Tools(calls) = &mut self.state else {
            return Err(out_of_turn("a tool"));
        };
        let call = calls
            .get_mut(position)
            .filter(|call| call.outcome.is_none());
        call.ok_or_else(|| {
            let message = format!("no call waits at {position}");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    /// The calls of the last turn, until they are answered.
    #[must_use]
    pub fn calls(&self) -> &[RunCall] {
        match &self.state {
            State::Tools(calls) => calls,
            State::Model | State::Done(_) => &[],
        }
    }

    pub(super) fn calls_mut(&mut self) -> &mut [RunCall] {
        match &mut self.state {
            State::Tools(calls) => calls,
            State::Model | State::Done(_) => &mut [],
        }
    }

    /// Tells the settled outcomes as history, in order: one message per call, or fewer that hold them all, as
    /// [`Provider::join_results`] makes them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if a call still waits, or there are no messages, or more than calls.
    pub fn tool_messages(&mut self, messages: Vec<M>) -> Result<()> {
        let State::Tools(calls) = &self.state else {
            return Err(out_of_turn("a tool"));
        };
        if calls.iter().any(|call| call.outcome.is_none()) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a call still waits for its outcome",
            ));
        }
        if messages.is_empty() || messages.len() > calls.len() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "every call is answered, by one message at most",
            ));
        }
        self.history.extend(messages);
        self.state = State::Model;
        Ok(())
    }

    /// The history so far, in the provider's own messages.
    #[must_use]
    pub fn history(&self) -> &[M] {
        &self.history
    }

    /// The history so far with every call of the last turn answered: one that a model accepts again, whatever ended
    /// the run. A call without an outcome is answered by what is known of it: that it was not run, or that it may
    /// have run. The run itself stays as it is, and can still be resumed.
    ///
    /// # Errors
    ///
    /// As [`Provider::tool_result`].
    pub fn answered_history<P>(&self, provider: &P) -> Result<Vec<M>>
    where
        P: Provider<Message = M>,
        M: Clone,
    {
        let mut history = self.history.clone();
        let mut results = Vec::with_capacity(self.calls().len());
        for call in self.calls() {
            results.push(provider.tool_result(&call.call, &call.outcome_so_far())?);
        }
        history.extend(provider.join_results(results));
        Ok(history)
    }

    /// Takes the history out, as it is: [`Run::answered_history`] is one that a model accepts.
    #[must_use]
    pub fn into_history(self) -> Vec<M> {
        self.history
    }

    /// How often the model was asked.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// How long the run was driven so far.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Counts time that the run was driven. An [`Agent`](super::Agent) does so itself.
    pub fn add_elapsed(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time);
    }

    /// How many tokens the model used so far, as far as its service says so.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Counts tokens that the model used. An [`Agent`](super::Agent) does so itself.
    pub fn add_usage(&mut self, usage: Usage) {
        self.usage += usage;
    }

    /// What the run may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Changes what the run may use, such as to let it go on after a limit.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }
}

fn out_of_turn(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("{what} is not what to call next"),
    )
}

pub(super) fn out_of_time() -> Error {
    Error::new(ErrorKind::LimitReached, "the run's time ran out")
}
