use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::Serialize;

use super::Usage;
use crate::{PendingCall, ToolCall, ToolOutcome};

/// What happens in a run, as it happens. For showing: the end of a run is its [`Answer`](super::Answer) or
/// [`RunError`](super::RunError).
///
/// As JSON it is an object whose `type` is the event's name in snake case.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEvent {
    /// The model is asked.
    #[non_exhaustive]
    StepStarted {
        /// Which time it is, from 1.
        step: u32,
    },
    /// The model said something. The deltas of one step together are its words; a model that does not stream says
    /// them at once.
    #[non_exhaustive]
    TextDelta {
        /// The words.
        text: String,
    },
    /// A call of the model's turn begins.
    #[non_exhaustive]
    CallStarted {
        /// The call's position in the turn, from 0.
        position: usize,
        /// The call.
        call: ToolCall,
    },
    /// A gate does not decide about a call now, or stops the run at it.
    #[non_exhaustive]
    CallWaiting {
        /// The call, as [`Run::decide`](super::Run::decide) takes it.
        call: PendingCall,
    },
    /// A call has its outcome.
    #[non_exhaustive]
    CallFinished {
        /// The call's position in the turn, from 0.
        position: usize,
        /// The call.
        call: ToolCall,
        /// What came of it.
        outcome: ToolOutcome,
    },
    /// The model's turn is over, and its calls are answered.
    #[non_exhaustive]
    StepFinished {
        /// Which step it was, from 1.
        step: u32,
        /// What the model used for it, if its provider says so.
        usage: Option<Usage>,
    },
    /// The model is done: the last event.
    #[non_exhaustive]
    RunFinished {
        /// What it said in the end.
        text: String,
        /// How often it was asked.
        steps: u32,
    },
    /// The run ended before the model was done: the last event.
    #[non_exhaustive]
    RunFailed {
        /// [`ErrorKind::as_str`](crate::ErrorKind::as_str) of what ended it.
        kind: &'static str,
        /// What ended it, as a reader may be told.
        message: String,
    },
}

type Listener = Arc<dyn Fn(&RunEvent) + Send + Sync>;

/// Who is told what happens.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Vec<Listener>);

impl Listeners {
    pub(crate) fn push(&mut self, listener: impl Fn(&RunEvent) + Send + Sync + 'static) {
        self.0.push(Arc::new(listener));
    }

    /// Tells everybody; nothing is made if nobody listens.
    pub(crate) fn tell(&self, event: impl FnOnce() -> RunEvent) {
        if self.0.is_empty() {
            return;
        }
        let event = event();
        self.0.iter().for_each(|listener| listener(&event));
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listeners({})", self.0.len())
    }
}

/// Where a model's words go while it says them.
#[derive(Debug, Default)]
pub(crate) struct Words {
    listeners: Listeners,
    said: AtomicBool,
}

impl Words {
    pub(crate) fn new(listeners: Listeners) -> Self {
        Self {
            listeners,
            said: AtomicBool::new(false),
        }
    }

    pub(crate) fn say(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.said.store(true, Ordering::Relaxed);
        self.listeners.tell(|| RunEvent::TextDelta {
            text: text.to_owned(),
        });
    }

    /// Says the whole answer of a model that has said nothing yet.
    pub(crate) fn say_rest(&self, text: &str) {
        if !self.said.load(Ordering::Relaxed) {
            self.say(text);
        }
    }
}
