use serde::{Deserialize, Serialize};

use super::Limits;
use crate::{Decision, Error, ErrorKind, Result, ToolCall, ToolOutcome};

/// A run without I/O: the history in the provider's own messages, the limits, and the calls that wait.
///
/// Ask [`Run::next`] what to do, do it, and tell the run:
///
/// | [`Step`] | then |
/// |---|---|
/// | [`CallModel`](Step::CallModel) | [`Run::model_turn`] |
/// | [`CallTools`](Step::CallTools) | [`Run::settle`] for each call, then [`Run::tool_messages`] |
/// | [`Done`](Step::Done) | nothing |
///
/// It can be serialised at every point; what is settled stays settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run<M> {
    history: Vec<M>,
    limits: Limits,
    steps: u32,
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
    /// The model is done, and said this.
    Done(&'a str),
}

/// One call of the model's last turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunCall {
    /// The call.
    pub call: ToolCall,
    /// What was decided about it ahead of the gate.
    pub decision: Option<Decision>,
    /// What came of it.
    pub outcome: Option<ToolOutcome>,
}

impl RunCall {
    /// A call that waits.
    #[must_use]
    pub fn new(call: ToolCall) -> Self {
        Self {
            call,
            decision: None,
            outcome: None,
        }
    }
}

impl<M> Run<M> {
    /// A run that begins with `history`.
    #[must_use]
    pub fn new(history: Vec<M>, limits: Limits) -> Self {
        Self {
            history,
            limits,
            steps: 0,
            state: State::Model,
        }
    }

    /// What to do next.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitReached`] if the model would have to be asked more often than [`Limits::max_steps`] allows;
    /// [`Run::set_limits`] lets it go on.
    pub fn next(&self) -> Result<Step<'_>> {
        match &self.state {
            State::Model if self.steps >= self.limits.max_steps => {
                let message = format!("the run was not done after {} steps", self.limits.max_steps);
                Err(Error::new(ErrorKind::LimitReached, message))
            }
            State::Model => Ok(Step::CallModel),
            State::Tools(calls) => Ok(Step::CallTools(calls)),
            State::Done(text) => Ok(Step::Done(text)),
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

    /// Decides about the call at `position` of the turn, in place of the gate.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no call waits there.
    pub fn decide(&mut self, position: usize, decision: Decision) -> Result<()> {
        self.waiting(position)?.decision = Some(decision);
        Ok(())
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
            Error::new(
                ErrorKind::InvalidInput,
                format!("no call waits at {position}"),
            )
        })
    }

    /// Tells the settled outcomes as history, one message per call, in order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if a call still waits, or the number of messages is another.
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
        if messages.len() != calls.len() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "every call is answered by one message",
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

    /// Takes the history out.
    #[must_use]
    pub fn into_history(self) -> Vec<M> {
        self.history
    }

    /// How often the model was asked.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
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
