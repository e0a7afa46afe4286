use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{
    Stream,
    stream::{self, StreamExt as _},
};

use super::{RunCall, RunEvent, event::Listeners, run_call::INTERRUPTED};
use crate::{
    ErrorKind, OutcomeStatus, Provider, Result, ToolOutcome, Tools,
    models::Tool,
    tool::{CallContext, Progress},
};

/// How the calls of one turn are made.
pub(crate) struct Batch<'a, P: Provider> {
    pub(crate) tools: &'a Tools<P>,
    pub(crate) context: CallContext,
    pub(crate) step: u32,
    pub(crate) parallel: usize,
    pub(crate) listeners: Listeners,
}

impl<P: Provider> Batch<'_, P> {
    /// Makes the calls that are ready, and settles them as their outcomes come; those that a gate leaves waiting wait.
    ///
    /// After the first error no further call starts; those that started are waited for, since they may have been
    /// sent. When this is dropped, `calls` tells what was sent.
    pub(crate) async fn settle(&self, calls: &mut [RunCall]) -> Result<()> {
        let ready: Vec<Ready> = calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.is_ready())
            .map(|(position, call)| Ready {
                position,
                call: call.clone(),
                progress: Progress::default(),
            })
            .collect();
        let mut ledger = Ledger {
            calls,
            progress: ready.iter().map(Ready::progress).collect(),
        };
        let has_failed = AtomicBool::new(false);
        let mut outcomes = std::pin::pin!(self.outcomes(&ready, &has_failed));
        let mut first_error = None;
        while let Some((position, outcome)) = outcomes.next().await {
            match outcome {
                Ok(outcome) => ledger.settle(position, outcome),
                Err(error) if error.kind() == ErrorKind::AwaitsDecision => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    fn outcomes<'a>(
        &'a self,
        ready: &'a [Ready],
        has_failed: &'a AtomicBool,
    ) -> impl Stream<Item = (usize, Result<ToolOutcome>)> + Send + 'a {
        let started = ready.iter().map(move |ready| async move {
            if has_failed.load(Ordering::Acquire) {
                return None;
            }
            let outcome = self.make(ready).await;
            if matches!(&outcome, Err(error) if error.kind() != ErrorKind::AwaitsDecision) {
                has_failed.store(true, Ordering::Release);
            }
            Some((ready.position, outcome))
        });
        let started: Vec<_> = started.collect();
        stream::iter(started)
            .buffer_unordered(self.parallel.max(1))
            .filter_map(std::future::ready)
    }

    async fn make(&self, ready: &Ready) -> Result<ToolOutcome> {
        let (position, waiting) = (ready.position, &ready.call);
        let call = &waiting.call;
        self.listeners.tell(|| RunEvent::CallStarted {
            position,
            call: call.clone(),
        });
        let outcome = match self.tools.bound(&call.name) {
            Some(tool) if waiting.was_interrupted && !is_repeatable(tool.tool()) => {
                let status = OutcomeStatus::Interrupted;
                Ok(ToolOutcome::refused(&tool.tool().slug, status, INTERRUPTED))
            }
            _ => self.tools.call(call, self.context(ready)).await,
        };
        match &outcome {
            Ok(outcome) => self.listeners.tell(|| RunEvent::CallFinished {
                position,
                call: call.clone(),
                outcome: outcome.clone(),
            }),
            Err(_) => {
                if let Some(call) = ready.progress.pending() {
                    self.listeners.tell(|| RunEvent::CallWaiting { call });
                }
            }
        }
        outcome
    }

    fn context(&self, ready: &Ready) -> CallContext {
        let mut context = self.context.clone().call_id(&ready.call.call.id);
        context.decision.clone_from(&ready.call.decision);
        context.pending.clone_from(&ready.call.pending);
        context.place = (self.step, ready.position);
        context.progress = ready.progress.clone();
        context
    }
}

// As with retries: what only reads, or comes to the same, may be sent twice.
fn is_repeatable(tool: &Tool) -> bool {
    tool.is_read_only() || tool.has_tag("idempotentHint")
}

/// A call to make, and what is known of it meanwhile.
struct Ready {
    position: usize,
    call: RunCall,
    progress: Progress,
}

impl Ready {
    fn progress(&self) -> (usize, Progress) {
        (self.position, self.progress.clone())
    }
}

/// Keeps the calls' own account of them, also when the batch is dropped.
struct Ledger<'c> {
    calls: &'c mut [RunCall],
    progress: Vec<(usize, Progress)>,
}

impl Ledger<'_> {
    fn settle(&mut self, position: usize, outcome: ToolOutcome) {
        if let Some(call) = self.calls.get_mut(position) {
            call.outcome = Some(outcome);
        }
    }
}

impl Drop for Ledger<'_> {
    fn drop(&mut self) {
        for (position, progress) in &self.progress {
            let Some(call) = self.calls.get_mut(*position) else {
                continue;
            };
            if let Some(pending) = progress.pending() {
                call.pending = Some(pending);
                call.decision = None;
            }
            if progress.was_sent() {
                call.was_sent = true;
                call.was_interrupted = call.outcome.is_none();
            }
        }
    }
}
