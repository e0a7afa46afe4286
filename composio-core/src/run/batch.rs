use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{
    Stream,
    stream::{self, StreamExt as _},
};

use super::RunCall;
use crate::{Provider, Result, ToolOutcome, Tools, tool::CallContext};

/// Runs the calls that wait, at most `parallel` at a time, and tells each outcome as it comes, with its position.
///
/// After the first error no further call starts; those that started are waited for, since they may have been sent.
pub(crate) fn run_batch<'a, P: Provider>(
    tools: &'a Tools<P>,
    calls: &'a [RunCall],
    context: &'a CallContext,
    parallel: usize,
    stopped: &'a AtomicBool,
) -> impl Stream<Item = (usize, Result<ToolOutcome>)> + Send + 'a {
    let waiting = calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.outcome.is_none());
    let started = waiting.map(move |(position, waiting)| async move {
        if stopped.load(Ordering::Acquire) {
            return None;
        }
        let mut context = context.clone().call_id(&waiting.call.id);
        context.decision.clone_from(&waiting.decision);
        let outcome = tools.call(&waiting.call, context).await;
        if outcome.is_err() {
            stopped.store(true, Ordering::Release);
        }
        Some((position, outcome))
    });
    let started: Vec<_> = started.collect();
    stream::iter(started)
        .buffer_unordered(parallel.max(1))
        .filter_map(std::future::ready)
}
