use std::{
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use url::Url;

use crate::{
    accounts::{Accounts, Parts, refresh_due},
    audit::{Action, Audit, AuditOptions, Use, Who},
    catalogue::Catalogue,
    clock,
    executions::{Executions, Journal, LogOptions, LogQueue},
    executor::Executor,
    files::{self, FileOptions, Files},
    keys::Keys,
    operator::DeletedUser,
    projects::Projects,
    public_url::PublicUrl,
    rotation,
    server::Metrics,
    store::Store,
    tasks::Tasks,
    vault::Vault,
};

/// How often opened credentials whose time is over are wiped.
const PURGE: Duration = Duration::from_secs(20);
/// How often authorizations that nobody finished are ended.
const EXPIRE: Duration = Duration::from_secs(60);
/// When the log is swept for the first time, and how often after that.
const FIRST_SWEEP: Duration = Duration::from_secs(10);
const SWEEP: Duration = Duration::from_secs(60 * 60);
/// The same for what dead processes left in their journals.
const FIRST_LEFTOVERS: Duration = Duration::from_secs(2);
const LEFTOVERS: Duration = Duration::from_secs(60);

/// What a program may set.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) files: FileOptions,
    pub(crate) logs: LogOptions,
    pub(crate) audit: AuditOptions,
    /// Where people of projects that say nothing are sent to be recognised.
    pub(crate) verifier: Option<Url>,
}

/// The rooms of the engine, put together.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) executions: Executions,
    pub(crate) files: Arc<Files>,
    pub(crate) keys: Keys,
    vault: Vault,
    pub(crate) journal: Arc<Journal>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) public_url: Arc<PublicUrl>,
    logs: Arc<LogQueue>,
    pub(crate) store: Arc<dyn Store>,
    writes: Tasks,
}

impl Platform {
    /// Loads the catalogue and starts the background tasks, which end with the platform.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        vault: Vault,
        executor: impl Future<Output = Result<Executor>>,
        settings: Settings,
    ) -> Result<Arc<Self>> {
        let Settings {
            files,
            logs: logging,
            audit,
            verifier,
        } = settings;
        let catalogue = Arc::new(Catalogue::load(Arc::clone(&store)).await?);
        let public_url = Arc::clone(&files.public_url);
        let files = Arc::new(Files::open(Arc::clone(&store), vault.clone(), files).await?);
        let executor = executor.await?;
        let projects = Projects::new(Arc::clone(&store), logging.keeps_payloads, verifier);
        let projects = Arc::new(projects);
        let audit = Audit::start(Arc::clone(&store), &vault, audit).await?;
        let metrics = Arc::new(Metrics::new());
        let accounts = Arc::new(Accounts::new(Parts {
            store: Arc::clone(&store),
            vault: vault.clone(),
            catalogue: Arc::clone(&catalogue),
            projects: Arc::clone(&projects),
            audit: Arc::clone(&audit),
            metrics: Arc::clone(&metrics),
            executor: executor.clone(),
            public_url: Arc::clone(&public_url),
        }));
        let logs = LogQueue::start(Arc::clone(&store), vault.clone(), Arc::clone(&metrics));
        let journal = Journal::new(store.clone(), vault.clone(), logs.clone(), logging);
        let journal = Arc::new(journal);
        tend(&accounts, &files, &journal, &audit);
        Ok(Arc::new(Self {
            executions: Executions {
                catalogue: Arc::clone(&catalogue),
                accounts: Arc::clone(&accounts),
                executor,
                files: Arc::clone(&files),
                logs: Arc::clone(&logs),
                audit: Arc::clone(&audit),
                projects: Arc::clone(&projects),
            },
            audit,
            keys: Keys::new(Arc::clone(&store)),
            vault,
            journal,
            metrics,
            projects,
            public_url,
            catalogue,
            accounts,
            files,
            logs,
            store,
            writes: Tasks::new(),
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

    /// Removes what belongs to one user of a project. Calls under way may still log their end.
    pub(crate) async fn delete_user(&self, project: &str, user: &str) -> Result<DeletedUser> {
        self.journal.flush().await;
        let removed = self.store.delete_user(project, user).await;
        self.accounts.forget();
        self.keys.forget_all();
        let removed = removed?;
        Ok(DeletedUser {
            connections: removed.connections,
            logs: removed.log_entries,
            keys: removed.keys,
            files: self.files.delete_user(project, user).await?,
        })
    }

    /// Seals under the active master key what is sealed under former ones.
    pub(crate) async fn reseal(&self, progress: impl Fn(u64, u64) + Send) -> Result<u64> {
        let _noted = self.audit.note(&Use {
            action: Action::Reseal,
            who: Who::Program,
            project: "",
            user: None,
            account: None,
            toolkit: None,
            tool: None,
            host: None,
        })?;
        rotation::reseal(&self.store, &self.vault, progress).await
    }

    /// Finishes the writes under way, writes the log and lets go of the database.
    pub(crate) async fn close(&self) {
        self.writes.close().await;
        self.catalogue.close().await;
        self.accounts.close().await;
        self.accounts.forget();
        let logs = self.logs.close().await;
        warn(logs, "the last log entries could not be written");
        let audit = self.audit.close().await;
        warn(
            audit,
            "the last entries of the audit log wait in its journal",
        );
        self.store.close().await;
        self.files.close();
    }
}

/// Starts what is done from time to time. Each task ends with what it works on.
fn tend(accounts: &Arc<Accounts>, files: &Arc<Files>, journal: &Arc<Journal>, audit: &Arc<Audit>) {
    tokio::spawn(purge(Arc::downgrade(accounts)));
    tokio::spawn(expire(Arc::downgrade(accounts)));
    tokio::spawn(refresh_due(Arc::downgrade(accounts)));
    tokio::spawn(files::sweep(Arc::downgrade(files)));
    tokio::spawn(sweep(Arc::downgrade(journal), Arc::downgrade(audit)));
    tokio::spawn(take_leftovers(Arc::downgrade(audit)));
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

async fn expire(accounts: Weak<Accounts>) {
    loop {
        tokio::time::sleep(EXPIRE).await;
        let Some(accounts) = accounts.upgrade() else {
            return;
        };
        if let Err(error) = accounts.expire(clock::now()).await {
            tracing::warn!(%error, "unfinished authorizations could not be ended yet");
        }
    }
}

/// Takes up what dead processes have left, soon after the start and from time to time.
async fn take_leftovers(audit: Weak<Audit>) {
    let mut pause = FIRST_LEFTOVERS;
    loop {
        tokio::time::sleep(pause).await;
        pause = LEFTOVERS;
        let Some(audit) = audit.upgrade() else {
            return;
        };
        if let Err(error) = audit.take_leftovers().await {
            tracing::warn!(%error, "a journal of the audit log could not be taken up yet");
        }
    }
}

async fn sweep(journal: Weak<Journal>, audit: Weak<Audit>) {
    let mut pause = FIRST_SWEEP;
    loop {
        tokio::time::sleep(pause).await;
        pause = SWEEP;
        let (Some(journal), Some(audit)) = (journal.upgrade(), audit.upgrade()) else {
            return;
        };
        let now = clock::now();
        let swept = journal.sweep(now).await;
        warn(swept, "old log entries could not be removed yet");
        let swept = audit.sweep(now).await;
        warn(
            swept,
            "old entries of the audit log could not be removed yet",
        );
    }
}

/// Tells the operator about something that nobody waits for.
fn warn(done: Result<()>, what: &str) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what}");
    }
}
