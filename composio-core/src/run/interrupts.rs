use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    runtime,
    time::{self, Instant},
};

use super::{Run, state::out_of_time};
use crate::{Error, ErrorKind, Result};

/// The caller's wish that the run ends.
#[derive(Default)]
pub(crate) struct Cancel<'a> {
    cancelled: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    is_cancelled: bool,
}

impl<'a> Cancel<'a> {
    pub(crate) fn when(cancelled: impl Future<Output = ()> + Send + 'a) -> Self {
        Self {
            cancelled: Some(Box::pin(cancelled)),
            is_cancelled: false,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        if let Some(cancelled) = &mut self.cancelled
            && cancelled.as_mut().poll(context).is_ready()
        {
            self.cancelled = None;
            self.is_cancelled = true;
        }
        self.is_cancelled
    }
}

impl fmt::Debug for Cancel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cancel({})", self.is_cancelled)
    }
}

/// What may end a run from outside, while something is awaited.
pub(crate) struct Interrupts<'d, 'a> {
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancel: &'d mut Cancel<'a>,
}

impl Interrupts<'_, '_> {
    /// Awaits `future` unless the run is cancelled or out of time.
    pub(crate) async fn over<F: Future>(&mut self, future: F) -> Result<F::Output> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(out_of_time());
        }
        // Without a runtime there is no clock to wake the run with.
        let deadline = self
            .deadline
            .filter(|_| runtime::Handle::try_current().is_ok());
        let mut out_of_time_at = pin!(async {
            match deadline {
                Some(deadline) => time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        });
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.cancel.poll(context) {
                let message = "the caller cancelled the run";
                return Poll::Ready(Err(Error::new(ErrorKind::Cancelled, message)));
            }
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            out_of_time_at
                .as_mut()
                .poll(context)
                .map(|()| Err(out_of_time()))
        })
        .await
    }
}

/// Counts the time that a run is driven, also when that is given up.
pub(crate) struct Driven<'r, M> {
    pub(crate) run: &'r mut Run<M>,
    since: Instant,
}

impl<'r, M> Driven<'r, M> {
    pub(crate) fn new(run: &'r mut Run<M>) -> Self {
        Self {
            run,
            since: Instant::now(),
        }
    }

    /// When the run's time is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let limit = self.run.limits().total_time?;
        let left = limit
            .checked_sub(self.run.elapsed())
            .unwrap_or(Duration::ZERO);
        self.since.checked_add(left)
    }
}

impl<M> Drop for Driven<'_, M> {
    fn drop(&mut self) {
        self.run.add_elapsed(self.since.elapsed());
    }
}
