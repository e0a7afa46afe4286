use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{Answer, RunError, RunEvent};

type Ended<M> = Result<Answer<M>, RunError<M>>;

/// A run as a stream of what happens in it. The run goes on while the stream is polled, and no task is spawned;
/// dropping the stream drops the run.
///
/// ```
/// # async fn example<M: composio_core::Model<composio_core::Plain>>(
/// #     tools: composio_core::Tools<composio_core::Plain>, model: M,
/// # ) -> composio_core::Result<()> {
/// use composio_core::RunEvent;
///
/// let mut run = tools.agent_with(model).stream("What is new?");
/// while let Some(event) = run.next().await {
///     if let RunEvent::TextDelta { text, .. } = event {
///         print!("{text}");
///     }
/// }
/// let answer = run.answer().await?;
/// # Ok(()) }
/// ```
#[must_use = "a run goes on while it is polled"]
pub struct RunStream<'a, M> {
    run: Pin<Box<dyn Future<Output = Ended<M>> + Send + 'a>>,
    events: EventQueue,
    ended: Option<Ended<M>>,
}

impl<'a, M> RunStream<'a, M> {
    pub(crate) fn new(events: EventQueue, run: impl Future<Output = Ended<M>> + Send + 'a) -> Self {
        Self {
            run: Box::pin(run),
            events,
            ended: None,
        }
    }

    /// What happens next; `None` when the run has ended.
    pub async fn next(&mut self) -> Option<RunEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Goes on to the end, whatever events are left, and gives what the run ended with.
    ///
    /// # Errors
    ///
    /// Whatever ended the run, with the run, so that it can be resumed.
    pub async fn answer(mut self) -> Ended<M> {
        match self.ended.take() {
            Some(ended) => ended,
            None => self.run.await,
        }
    }

    // The events of one poll wait for the reader, and the run goes on when there are none: it never runs ahead.
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        loop {
            if let Some(event) = self.events.pop() {
                return Poll::Ready(Some(event));
            }
            if self.ended.is_some() {
                return Poll::Ready(None);
            }
            match self.run.as_mut().poll(context) {
                Poll::Ready(ended) => self.ended = Some(ended),
                Poll::Pending => {
                    return match self.events.pop() {
                        Some(event) => Poll::Ready(Some(event)),
                        None => Poll::Pending,
                    };
                }
            }
        }
    }
}

impl<M: Unpin> Stream for RunStream<'_, M> {
    type Item = RunEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        self.get_mut().poll_event(context)
    }
}

impl<M> fmt::Debug for RunStream<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStream")
            .field("has_ended", &self.ended.is_some())
            .finish_non_exhaustive()
    }
}

/// Events between the run that makes them and the stream that gives them out.
#[derive(Clone, Default)]
pub(crate) struct EventQueue(Arc<Mutex<VecDeque<RunEvent>>>);

impl EventQueue {
    pub(crate) fn push(&self, event: &RunEvent) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(event.clone());
    }

    fn pop(&self) -> Option<RunEvent> {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.pop_front()
    }
}
