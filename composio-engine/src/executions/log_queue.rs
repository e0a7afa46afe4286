use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use composio_core::Result;
use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::payload;
use crate::{
    server::{CallLabels, Metrics},
    store::{LogRecord, Store},
    tasks::ready,
    vault::Vault,
};

/// Entries written at once.
const BATCH: usize = 500;
/// How long an entry waits for company.
const PATIENCE: Duration = Duration::from_millis(200);
/// Entries that may wait; what comes on top is counted and lost.
const CAPACITY: usize = 10_000;
/// Bytes of arguments and results that may wait; an entry that would exceed them goes without.
const PAYLOADS: usize = 8 * 1024 * 1024;

/// Log entries on their way to the store. Pushing never waits; a task of the engine's own writes batches.
#[derive(Debug)]
pub(crate) struct LogQueue {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    vault: Vault,
    waiting: Mutex<Waiting>,
    wake: Arc<Notify>,
    writing: AsyncMutex<()>,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: Vec<LogRecord>,
    // What is being written now; kept until it is safe in the store.
    batch: Arc<Vec<LogRecord>>,
    lost: u64,
    payloads: usize,
}

impl Waiting {
    fn len(&self) -> usize {
        self.batch.len() + self.entries.len()
    }
}

impl LogQueue {
    /// Starts the task that writes, on the current runtime. It ends with the queue.
    pub(crate) fn start(store: Arc<dyn Store>, vault: Vault, metrics: Arc<Metrics>) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let queue = Arc::new(Self {
            store,
            vault,
            metrics,
            waiting: Mutex::default(),
            wake: Arc::clone(&wake),
            writing: AsyncMutex::new(()),
            is_closed: AtomicBool::new(false),
        });
        tokio::spawn(write_batches(Arc::downgrade(&queue), wake));
        queue
    }

    pub(crate) fn push(&self, mut entry: LogRecord) {
        let mut waiting = self.lock();
        if waiting.entries.len() >= CAPACITY {
            waiting.lost += 1;
            return;
        }
        let size = payload::size(&entry);
        if waiting.payloads + size > PAYLOADS {
            entry.payload = None;
        } else {
            waiting.payloads += size;
        }
        waiting.entries.push(entry);
        if matches!(waiting.entries.len(), 1 | BATCH) {
            self.wake.notify_one();
        }
    }

    /// Writes everything that waits now. What is pushed meanwhile waits for the next time: without an end of that kind,
    /// a busy process would write its entries one by one.
    pub(crate) async fn flush(&self) -> Result<()> {
        let _guard = self.writing.lock().await;
        let mut left = self.lock().len();
        while left > 0 {
            let batch = self.batch();
            let size: usize = batch.iter().map(payload::size).sum();
            if size == 0 {
                self.store.append_logs(&batch).await?;
            } else {
                self.store.append_logs(&self.sealed(&batch).await).await?;
            }
            self.count(&batch);
            let mut waiting = self.lock();
            waiting.batch = Arc::default();
            waiting.payloads = waiting.payloads.saturating_sub(size);
            left = left.saturating_sub(batch.len());
        }
        Ok(())
    }

    /// The oldest entries; a batch whose writing was cancelled or failed comes first.
    fn batch(&self) -> Arc<Vec<LogRecord>> {
        let mut waiting = self.lock();
        if waiting.batch.is_empty() {
            let count = waiting.entries.len().min(BATCH);
            waiting.batch = Arc::new(waiting.entries.drain(..count).collect());
        }
        let batch = Arc::clone(&waiting.batch);
        let lost = std::mem::take(&mut waiting.lost);
        drop(waiting);
        if lost > 0 {
            tracing::warn!(lost, "log entries were lost: the store is too slow");
        }
        batch
    }

    /// Writes everything that waits and ends the task. What comes later is written when the queue is dropped.
    pub(crate) async fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::Release);
        self.wake.notify_one();
        self.flush().await
    }

    fn count(&self, batch: &[LogRecord]) {
        for entry in batch {
            let labels = CallLabels {
                toolkit: entry.toolkit.clone(),
                outcome: entry.outcome,
            };
            self.metrics.calls.get_or_create(&labels).inc();
        }
    }

    async fn sealed(&self, batch: &[LogRecord]) -> Vec<LogRecord> {
        let mut sealed = Vec::with_capacity(batch.len());
        for record in batch {
            sealed.push(payload::seal(&self.vault, record.clone()).await);
        }
        sealed
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LogQueue {
    // The runtime may be gone or going, and the task with it. Payloads that nobody sealed are not written.
    fn drop(&mut self) {
        self.wake.notify_one();
        let waiting = std::mem::take(&mut *self.lock());
        let mut entries = waiting.batch.to_vec();
        entries.extend(waiting.entries);
        if !entries.is_empty() {
            self.store.append_logs_blocking(entries);
        }
    }
}

async fn write_batches(queue: Weak<LogQueue>, wake: Arc<Notify>) {
    let mut waiting = 0;
    loop {
        if waiting == 0 {
            wake.notified().await;
        }
        let is_ready = || {
            let is_ready = |queue: Arc<LogQueue>| queue.is_closed() || queue.lock().len() >= BATCH;
            queue.upgrade().is_none_or(is_ready)
        };
        ready(&wake, PATIENCE, is_ready).await;
        let Some(queue) = queue.upgrade() else {
            return;
        };
        if queue.is_closed() {
            return;
        }
        if let Err(error) = queue.flush().await {
            tracing::warn!(%error, "log entries could not be written yet");
            tokio::time::sleep(PATIENCE).await;
        }
        waiting = queue.lock().len();
    }
}
