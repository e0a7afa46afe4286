use std::{fmt, future::Future, pin::Pin, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Arguments;

/// What a gate says about a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Run it.
    Run,
    /// Run it with other arguments; they are validated again.
    RunWith(Arguments),
    /// Do not run it; the model reads the reason and goes on.
    Deny(String),
    /// Not now: the call waits, the other calls of the turn run, and then the run ends with
    /// [`ErrorKind::AwaitsDecision`](crate::ErrorKind::AwaitsDecision). It is decided about later, in this process or
    /// another: [`Run::decide`](crate::Run::decide).
    Wait,
    /// Do not run it and end the run; the calls that have not begun do not. It may be decided about later, as after
    /// [`Decision::Wait`].
    Stop(String),
}

/// A call that waits for a decision: with the arguments exactly as they would be sent.
///
/// It can be serialised, to be shown elsewhere; it holds what the call holds, so keep it as safe as that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingCall {
    /// The step of the run whose turn made the call, from 1; 0 outside of a run.
    pub step: u32,
    /// The call's position in the turn, from 0.
    pub position: usize,
    /// The tool's slug.
    pub tool: String,
    /// The tool's app.
    pub app: String,
    /// The arguments, pre-processors done.
    pub arguments: Arguments,
    /// The framework's id of the call.
    pub call_id: Option<String>,
    /// The end user.
    pub entity: String,
    /// The connected account, if one was chosen.
    pub account: Option<String>,
    /// Whether the tool only reads, as far as is known.
    pub is_read_only: bool,
    /// Whether the tool may destroy something.
    pub is_destructive: bool,
}

/// Decides about calls; it may take its time, such as to ask a person.
///
/// It runs once per call, after the pre-processors and before anything is sent.
#[derive(Clone)]
pub struct Gate(Arc<Ask>);

type Ask = dyn Fn(PendingCall) -> Pin<Box<dyn Future<Output = Decision> + Send>> + Send + Sync;

impl Gate {
    /// A gate that decides by `ask`.
    ///
    /// ```
    /// use composio_core::{Decision, Gate};
    ///
    /// let gate = Gate::new(|call| async move {
    ///     if call.is_destructive { Decision::Deny("ask a person first".into()) } else { Decision::Run }
    /// });
    /// ```
    pub fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn(PendingCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Decision> + Send + 'static,
    {
        Self(Arc::new(move |call| Box::pin(ask(call))))
    }

    pub(crate) async fn ask(&self, call: PendingCall) -> Decision {
        (self.0)(call).await
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
