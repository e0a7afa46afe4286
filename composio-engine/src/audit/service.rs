use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::{
    chain::{Chain, GENESIS},
    entry::{Action, Line, Noted, Use, Who},
    journal::{Batch, Journals},
};
use crate::{
    clock,
    store::{AuditAppend, AuditEnd, AuditHead, AuditPart, Store},
    tasks::ready,
    vault::Vault,
};

/// Entries in one part of the chain.
pub(super) const BATCH: usize = 500;
/// How long an entry waits for company before it goes to the database.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often another process may be faster.
const ATTEMPTS: u32 = 50;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the journal is and how long entries are kept.
#[derive(Debug, Clone)]
pub(crate) struct AuditOptions {
    /// Beside which the journal stands; `None` in memory.
    pub(crate) database: Option<PathBuf>,
    pub(crate) kept: Duration,
    /// Bytes of a journal, about, at which another is begun.
    pub(crate) largest: u64,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            database: None,
            kept: 365 * DAY,
            largest: 8 * 1024 * 1024,
        }
    }
}

/// The audit log.
#[derive(Debug)]
pub(crate) struct Audit {
    pub(super) store: Arc<dyn Store>,
    pub(super) chain: Chain,
    pub(super) options: AuditOptions,
    journals: Mutex<Journals>,
    wake: Arc<Notify>,
    writing: AsyncMutex<()>,
    is_closed: AtomicBool,
}

impl Audit {
    /// Gets the key of the chain and starts the task that takes entries into the database. It ends with the log.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        vault: &Vault,
        options: AuditOptions,
    ) -> Result<Arc<Self>> {
        let chain = Chain::open(&*store, vault).await?;
        let wake = Arc::new(Notify::new());
        let audit = Arc::new(Self {
            store,
            chain,
            journals: Mutex::new(Journals::new(options.database.clone(), options.largest)),
            options,
            wake: Arc::clone(&wake),
            writing: AsyncMutex::new(()),
            is_closed: AtomicBool::new(false),
        });
        tokio::spawn(take_batches(Arc::downgrade(&audit), wake));
        Ok(audit)
    }

    /// Writes down a use that is about to happen.
    ///
    /// It takes a system call and no wait. What is noted outlives the process, not a machine that loses its power within
    /// the next moments: as whatever this engine writes.
    ///
    /// Errors: `Unavailable` if it cannot be written. The credential must not be used then.
    pub(crate) fn note(&self, used: &Use<'_>) -> Result<Noted> {
        let user = used.user.map(|user| self.chain.user(used.project, user));
        self.note_as(used, user.as_deref())
    }

    /// The same for a user whose pseudonym is known.
    pub(crate) fn note_as(&self, used: &Use<'_>, user: Option<&str>) -> Result<Noted> {
        if self.is_closed() {
            return Err(Error::new(ErrorKind::Unavailable, "the engine is closed"));
        }
        let waiting = self.lock().append(&self.chain, used, user)?;
        if matches!(waiting, 1 | BATCH) {
            self.wake.notify_one();
        }
        Ok(Noted::new())
    }

    /// What a user is called in the log.
    pub(crate) fn user(&self, project: &str, user: &str) -> String {
        self.chain.user(project, user)
    }

    /// Takes everything that waits now into the database. What is noted meanwhile waits for the next time: without an
    /// end of that kind, a busy process would write its entries one by one.
    pub(crate) async fn flush(&self) -> Result<()> {
        let _guard = self.writing.lock().await;
        let mut left = self.lock().waiting();
        while left > 0 {
            let (id, batch) = self.lock().batch(BATCH);
            if batch.count == 0 {
                break;
            }
            self.take(&id, &batch).await?;
            self.lock().taken(batch.count);
            left = left.saturating_sub(batch.count);
        }
        Ok(())
    }

    /// Takes everything into the database and ends. Nothing can be used after that.
    pub(crate) async fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::Release);
        self.wake.notify_one();
        let done = self.flush().await;
        self.lock().close();
        done
    }

    /// Appends entries of a journal to the chain.
    pub(super) async fn take(&self, journal: &str, batch: &Batch) -> Result<()> {
        for attempt in 0..ATTEMPTS {
            let end = self.store.audit_end().await?;
            let (part, after) = self.next(&end, batch);
            let append = AuditAppend {
                before: end.head.as_ref(),
                part: &part,
                after: &after,
                journal,
                taken: batch.last,
            };
            if self.store.append_audit(&append).await? {
                return Ok(());
            }
            let pause = rand::random_range(0..=u64::from(attempt.min(20)));
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let message = "other processes write the audit log without a pause";
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// The part that follows the end of the chain, and the head then. An end that is not as it was left is no reason
    /// to stop, but stays to be seen.
    fn next(&self, end: &AuditEnd, batch: &Batch) -> (AuditPart, AuditHead) {
        let (mut count, mut entries) = (batch.count, batch.entries.clone());
        let head = match &end.head {
            Some(head) if self.is_whole(end) => head.clone(),
            None if end.newest == 0 => AuditHead {
                first: 1,
                base: GENESIS.to_vec(),
                last: 0,
                code: GENESIS.to_vec(),
                entries: 0,
                proof: Vec::new(),
            },
            broken => {
                entries = format!("{}\n{entries}", damage("the end of the log was changed"));
                count += 1;
                tracing::error!(
                    "the end of the audit log was changed: run `composio audit verify`"
                );
                continued(broken.as_ref(), end.newest)
            }
        };
        let mut part = AuditPart {
            part: head.last + 1,
            first: head.entries + 1,
            count: i64::try_from(count).unwrap_or(i64::MAX),
            entries,
            code: Vec::new(),
        };
        part.code = self.chain.part(&part, &head.code);
        let mut after = AuditHead {
            last: part.part,
            code: part.code.clone(),
            entries: head.entries + part.count,
            ..head
        };
        after.proof = self.chain.proof(&after);
        (part, after)
    }

    /// Whether the end is as it was left.
    pub(super) fn is_whole(&self, end: &AuditEnd) -> bool {
        let Some(head) = &end.head else {
            return end.newest == 0;
        };
        head.proof == self.chain.proof(head) && end.newest <= head.last
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Journals> {
        self.journals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where to go on after an end that cannot be believed: behind everything that is there.
fn continued(head: Option<&AuditHead>, newest: i64) -> AuditHead {
    let claimed = head.cloned().unwrap_or(AuditHead {
        first: newest + 1,
        base: GENESIS.to_vec(),
        last: newest,
        code: GENESIS.to_vec(),
        entries: 0,
        proof: Vec::new(),
    });
    AuditHead {
        last: claimed.last.max(newest),
        ..claimed
    }
}

/// An entry of nobody's about the log itself.
pub(super) fn damage(note: &str) -> String {
    let nothing = Use {
        action: Action::Damage,
        who: Who::Engine,
        project: "",
        user: None,
        account: None,
        toolkit: None,
        tool: None,
        host: None,
    };
    let mut line = Line::new(&nothing, None, clock::now(), "", 0);
    line.note = Some(note.into());
    serde_json::to_string(&line).unwrap_or_default()
}

async fn take_batches(audit: Weak<Audit>, wake: Arc<Notify>) {
    let mut waiting = 0;
    loop {
        if waiting == 0 {
            wake.notified().await;
        }
        let is_ready = || {
            let is_ready = |audit: Arc<Audit>| audit.is_closed() || audit.lock().waiting() >= BATCH;
            audit.upgrade().is_none_or(is_ready)
        };
        ready(&wake, PATIENCE, is_ready).await;
        let Some(audit) = audit.upgrade() else {
            return;
        };
        if audit.is_closed() {
            return;
        }
        if let Err(error) = audit.flush().await {
            tracing::warn!(%error, "the audit log could not be taken into the database yet");
            tokio::time::sleep(PATIENCE).await;
        }
        waiting = audit.lock().waiting();
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}
