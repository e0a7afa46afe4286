//! What other processes on the same database have changed, so that nothing in memory outlives it.
//!
//! Nobody polls: whoever wants to use a cache looks first, at most five times a second, and a look reads one row if
//! nothing happened.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use composio_core::Result;
use tokio::sync::Mutex;

use crate::{
    clock,
    store::{ChangeRecord, Store},
};

/// How old a look may be before somebody looks again.
const LOOK: Duration = Duration::from_millis(200);
/// How old it may be while somebody else looks.
const LONGEST: Duration = Duration::from_millis(700);
const NEVER: i64 = i64::MIN / 2;

/// One reader of the changes.
#[derive(Debug)]
pub(crate) struct Feed {
    store: Arc<dyn Store>,
    begun: Instant,
    /// When the last look began, in microseconds since `begun`.
    looked: AtomicI64,
    /// The last change that was seen.
    last: Mutex<Option<i64>>,
}

/// What a look found.
#[derive(Debug)]
pub(crate) enum News {
    /// These, in order.
    Changes(Vec<ChangeRecord>),
    /// More than are kept, or nobody knows: everything may be different.
    Everything,
}

impl Feed {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            begun: Instant::now(),
            looked: AtomicI64::new(NEVER),
            last: Mutex::new(None),
        }
    }

    /// Tells `forget` what has changed, if the last look is old. When this is done, nothing that a cache holds is
    /// older than [`LONGEST`].
    ///
    /// Errors: those of the store. What is in the caches must not be used then.
    pub(crate) async fn look(&self, forget: impl FnOnce(News)) -> Result<()> {
        let age = self.age();
        if age < clock::microseconds(LOOK) {
            return Ok(());
        }
        let mut last = match self.last.try_lock() {
            Ok(last) => last,
            Err(_) if age < clock::microseconds(LONGEST) => return Ok(()),
            Err(_) => {
                let last = self.last.lock().await;
                if self.age() < clock::microseconds(LOOK) {
                    return Ok(());
                }
                last
            }
        };
        let now = self.now();
        let (seen, news) = match *last {
            None => (self.store.last_change().await?, News::Everything),
            Some(seen) => match self.store.changes_since(seen).await? {
                Some(changes) => {
                    let newest = changes.last().map_or(seen, |change| change.seq);
                    (newest, News::Changes(changes))
                }
                None => (self.store.last_change().await?, News::Everything),
            },
        };
        forget(news);
        *last = Some(seen);
        self.looked.store(now, Ordering::SeqCst);
        Ok(())
    }

    fn now(&self) -> i64 {
        clock::microseconds(self.begun.elapsed())
    }

    fn age(&self) -> i64 {
        self.now() - self.looked.load(Ordering::SeqCst)
    }
}
