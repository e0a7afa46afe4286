use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PendingCall;

/// What is known of a call that has no outcome: it is known even if the call is dropped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    pending: Option<PendingCall>,
    was_sent: bool,
}

impl Progress {
    /// The call waits for a decision.
    pub(crate) fn wait(&self, call: PendingCall) {
        self.state().pending = Some(call);
    }

    /// The tool may run from now on.
    pub(crate) fn send(&self) {
        self.state().was_sent = true;
    }

    pub(crate) fn pending(&self) -> Option<PendingCall> {
        self.state().pending.clone()
    }

    pub(crate) fn was_sent(&self) -> bool {
        self.state().was_sent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
