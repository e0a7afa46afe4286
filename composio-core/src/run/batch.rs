use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{
    Stream,
    stream::{self, StreamExt as _},
};

use super::{RunCall, RunEvent, event::Listeners};
use crate::{Provider, Result, ToolOutcome, Tools, tool::CallContext};

/// How the calls of one turn are made.
pub(crate) struct Batch<'a, P: Provider> {
    pub(crate) tools: &'a Tools<P>,
    pub(crate) context: CallContext,
    pub(crate) parallel: usize,
    pub(crate) listeners: Listeners,
}

impl<P: Provider> Batch<'_, P> {
    /// Makes the calls that wait and tells `settle` each outcome as it comes, with its position.
    ///
    /// After the first error no further call starts; those that started are waited for, since they may have been
    /// sent.
    pub(crate) async fn settle(
        &self,
        calls: &[RunCall],
        mut settle: impl FnMut(usize, ToolOutcome) -> Result<()>,
    ) -> Result<()> {
        let stopped = AtomicBool::new(false);
        let mut outcomes = std::pin::pin!(self.outcomes(calls, &stopped));
        let mut first_error = None;
        while let Some((position, outcome)) = outcomes.next().await {
            match outcome {
                Ok(outcome) => settle(position, outcome)?,
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    fn outcomes<'a>(
        &'a self,
        calls: &'a [RunCall],
        stopped: &'a AtomicBool,
    ) -> impl Stream<Item = (usize, Result<ToolOutcome>)> + Send + 'a {
        let waiting = calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.outcome.is_none());
        let started = waiting.map(move |(position, call)| async move {
            if stopped.load(Ordering::Acquire) {
                return None;
            }
            let outcome = self.make(position, call).await;
            if outcome.is_err() {
                stopped.store(true, Ordering::Release);
            }
            Some((position, outcome))
        });
        let started: Vec<_> = started.collect();
        stream::iter(started)
            .buffer_unordered(self.parallel.max(1))
            .filter_map(std::future::ready)
    }

    async fn make(&self, position: usize, waiting: &RunCall) -> Result<ToolOutcome> {
        let call = &waiting.call;
        self.listeners.tell(|| RunEvent::CallStarted {
            position,
            call: call.clone(),
        });
        let mut context = self.context.clone().call_id(&call.id);
        context.decision.clone_from(&waiting.decision);
        let outcome = self.tools.call(call, context).await?;
        self.listeners.tell(|| RunEvent::CallFinished {
            position,
            call: call.clone(),
            outcome: outcome.clone(),
        });
        Ok(outcome)
    }
}
