use std::{
    io::ErrorKind as IoKind,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use composio_core::{Error, ErrorKind, Result};
use sqlx::{
    Row as _, Sqlite, SqlitePool, Transaction,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::error::{damaged, store_error};
use crate::{private_file, store::Store};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Marks the file as ours (`PRAGMA application_id`): `CRst` in ASCII.
const APPLICATION_ID: i64 = 0x4352_7374;
const MARK: &str = "PRAGMA application_id = 1129476980";
/// A file up to this size is checked whole when it is opened; a larger one where it is read.
const CHECKED_WHOLE: u64 = 32 * 1024 * 1024;
const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(10);

/// The store on SQLite: one connection that writes and a few that read (WAL).
#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    path: Option<PathBuf>,
    // Whether the file has been checked; in memory there is nothing to check.
    is_checked: bool,
}

impl SqliteStore {
    /// Opens the file, or creates it with mode 0600, and brings its tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        create_private(path)?;
        let options = file_options(path);
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(|error| unusable(path, error))?;
        let mut store = Self {
            writer,
            readers: pool(READERS).connect_lazy_with(options.pragma("query_only", "ON")),
            path: Some(path.to_owned()),
            is_checked: false,
        };
        store.is_checked = store.prepare(path).await.inspect_err(|_| store.abandon())?;
        Ok(store)
    }

    /// Finds damage of a file that needed no changes to be opened, beside whatever else reads it; one that needed
    /// some was checked before them.
    pub(crate) async fn check(&self) -> Result<()> {
        match &self.path {
            Some(path) if !self.is_checked => check_whole(path, &self.readers).await,
            _ => Ok(()),
        }
    }

    /// A database that ends with the process.
    pub(crate) async fn in_memory() -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .foreign_keys(true);
        let writer = pool(1).connect_with(options).await.map_err(store_error)?;
        let store = Self {
            readers: writer.clone(),
            writer,
            path: None,
            is_checked: true,
        };
        store.migrate(Path::new("in memory")).await?;
        Ok(store)
    }

    /// The file; `None` in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A transaction that holds the right to write from its start.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)
    }

    /// Makes the file ours and brings it up to date; whether that took checking it first.
    async fn prepare(&self, path: &Path) -> Result<bool> {
        self.identify(path).await?;
        let is_current = self.is_current().await;
        if !is_current {
            check_whole(path, &self.writer).await?;
        }
        self.migrate(path).await?;
        Ok(!is_current)
    }

    async fn identify(&self, path: &Path) -> Result<()> {
        let unusable = |error| unusable(path, error);
        let row = sqlx::query("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&self.writer)
            .await
            .map_err(unusable)?;
        let tables: i64 = row.try_get(0).map_err(unusable)?;
        let row = sqlx::query("PRAGMA application_id")
            .fetch_one(&self.writer)
            .await
            .map_err(unusable)?;
        let application: i64 = row.try_get(0).map_err(unusable)?;
        if tables > 0 && application != APPLICATION_ID {
            let message = format!(
                "{} is another program's database: give the engine a file of its own",
                path.display()
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
        if tables == 0 {
            sqlx::query(MARK)
                .execute(&self.writer)
                .await
                .map_err(unusable)?;
        }
        Ok(())
    }

    /// Whether every migration is there. A file that cannot say so is not.
    async fn is_current(&self) -> bool {
        let applied: sqlx::Result<i64> =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.writer)
                .await;
        applied.is_ok_and(|applied| usize::try_from(applied) == Ok(MIGRATIONS.iter().count()))
    }

    async fn migrate(&self, path: &Path) -> Result<()> {
        // Of two processes that create a table at once one fails, and finds it there the next time.
        let tries = MIGRATIONS.iter().count() + 1;
        for _ in 1..tries {
            match MIGRATIONS.run(&self.writer).await {
                Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) => {}
                done => return done.map_err(|error| not_migrated(path, error)),
            }
        }
        MIGRATIONS
            .run(&self.writer)
            .await
            .map_err(|error| not_migrated(path, error))
    }

    // A store that failed to open lets go of the file in its own time.
    fn abandon(&self) {
        let store = self.clone();
        tokio::spawn(async move { store.close().await });
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn check_whole(path: &Path, connections: &SqlitePool) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_WHOLE) {
        let unusable = |error| unusable(path, error);
        let row = sqlx::query("PRAGMA quick_check(1)")
            .fetch_one(connections)
            .await
            .map_err(unusable)?;
        let verdict: String = row.try_get(0).map_err(unusable)?;
        if verdict != "ok" {
            return Err(damaged(path).with_source(verdict));
        }
    }
    Ok(())
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

pub(super) fn file_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY)
}

// SQLite gives the WAL and its index the mode of the main file.
fn create_private(path: &Path) -> Result<()> {
    match private_file::create(path) {
        Err(error) if error.kind() != IoKind::AlreadyExists => {
            let message = format!("the database {} cannot be created", path.display());
            Err(Error::new(ErrorKind::Config, message).with_source(error))
        }
        _ => Ok(()),
    }
}

fn unusable(path: &Path, error: sqlx::Error) -> Error {
    let known = store_error(error);
    if known.kind() != ErrorKind::Internal {
        return known;
    }
    damaged(path).with_source(known)
}

fn not_migrated(path: &Path, error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            let message = format!(
                "{} was written by a newer version of this program",
                path.display()
            );
            Error::new(ErrorKind::Config, message).with_source(error)
        }
        MigrateError::Execute(error) => unusable(path, error),
        other => damaged(path).with_source(other),
    }
}
