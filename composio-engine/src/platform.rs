use std::{
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use tokio_util::task::TaskTracker;

use crate::{
    accounts::Accounts,
    catalogue::Catalogue,
    executions::{Executions, Journal, LogQueue},
    executor::Executor,
    files::{self, FileOptions, Files},
    keys::Keys,
    server::Metrics,
    store::Store,
    vault::Vault,
};

/// How often opened credentials whose time is over are wiped.
const PURGE: Duration = Duration::from_secs(20);

/// The rooms of the engine, put together.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) executions: Executions,
    pub(crate) files: Arc<Files>,
    pub(crate) keys: Keys,
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    logs: Arc<LogQueue>,
    pub(crate) store: Arc<dyn Store>,
    writes: TaskTracker,
}

impl Platform {
    /// Loads the catalogue and starts the background tasks, which end with the platform.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        vault: Vault,
        executor: Executor,
        files: FileOptions,
    ) -> Result<Arc<Self>> {
        let catalogue = Arc::new(Catalogue::load(Arc::clone(&store)).await?);
        let files = Files::open(Arc::clone(&store), vault.clone(), files).await?;
        let files = Arc::new(files);
        let accounts = Accounts::new(Arc::clone(&store), vault, Arc::clone(&catalogue));
        let accounts = Arc::new(accounts);
        let metrics = Arc::new(Metrics::new());
        let logs = LogQueue::start(Arc::clone(&store), Arc::clone(&metrics));
        tokio::spawn(purge(Arc::downgrade(&accounts)));
        tokio::spawn(files::sweep(Arc::downgrade(&files)));
        Ok(Arc::new(Self {
            executions: Executions::new(
                Arc::clone(&catalogue),
                Arc::clone(&accounts),
                executor,
                Arc::clone(&logs),
            ),
            keys: Keys::new(Arc::clone(&store)),
            journal: Journal::new(Arc::clone(&store)),
            metrics,
            catalogue,
            accounts,
            files,
            logs,
            store,
            writes: TaskTracker::new(),
        }))
    }

    /// Runs a write to its end, even if the caller stops waiting.
    pub(crate) async fn finish<F, T>(
        self: &Arc<Self>,
        write: impl FnOnce(Arc<Self>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        if self.writes.is_closed() {
            return Err(Error::new(ErrorKind::Unavailable, "the engine is closed"));
        }
        let task = self.writes.spawn(write(Arc::clone(self)));
        task.await.map_err(|error| {
            Error::new(ErrorKind::Internal, "a write of the engine failed").with_source(error)
        })?
    }

    /// Finishes the writes under way, writes the log and lets go of the database.
    pub(crate) async fn close(&self) {
        self.writes.close();
        self.writes.wait().await;
        self.accounts.forget();
        if let Err(error) = self.logs.close().await {
            tracing::warn!(%error, "the last log entries could not be written");
        }
        self.store.close().await;
        self.files.close();
    }
}

async fn purge(accounts: Weak<Accounts>) {
    loop {
        tokio::time::sleep(PURGE).await;
        let Some(accounts) = accounts.upgrade() else {
            return;
        };
        accounts.purge().await;
    }
}
