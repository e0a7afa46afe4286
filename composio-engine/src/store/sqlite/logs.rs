use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use composio_core::{Error, ErrorKind, Result};
use sqlx::{Connection as _, Sqlite, SqliteConnection, Transaction};

use super::{SqliteStore, database::file_options, error::store_error};
use crate::store::{LogRecord, LogStore};

const INSERT: &str = "INSERT INTO logs (id, project, user_id, toolkit, tool, version, account, outcome, error, duration, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";

/// How long the end of a program waits for its last log entries.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[async_trait]
impl LogStore for SqliteStore {
    async fn append_logs(&self, logs: &[LogRecord]) -> Result<()> {
        let mut transaction = self.write().await?;
        append(&mut transaction, logs).await?;
        transaction.commit().await.map_err(store_error)
    }

    fn append_logs_blocking(&self, logs: Vec<LogRecord>) {
        let Some(path) = self.path().map(Path::to_owned) else {
            return;
        };
        if let Err(error) = append_on_a_thread(path, logs) {
            tracing::warn!(%error, "the last log entries are lost");
        }
    }
}

// The calling thread may be a runtime's, which must not be blocked on a future.
fn append_on_a_thread(path: PathBuf, logs: Vec<LogRecord>) -> Result<()> {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || done.send(append_on_this_thread(&path, &logs)));
    wait.recv_timeout(LAST_WORDS).unwrap_or_else(|error| {
        let message = "the database took too long";
        Err(Error::new(ErrorKind::Timeout, message).with_source(error))
    })
}

fn append_on_this_thread(path: &Path, logs: &[LogRecord]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Error::new(ErrorKind::Internal, "no runtime").with_source(error))?;
    runtime.block_on(async {
        let options = file_options(path).create_if_missing(false);
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(store_error)?;
        let begun = connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(store_error)?;
        append(&mut transaction, logs).await?;
        transaction.commit().await.map_err(store_error)?;
        connection.close().await.map_err(store_error)
    })
}

async fn append(transaction: &mut Transaction<'_, Sqlite>, logs: &[LogRecord]) -> Result<()> {
    for log in logs {
        sqlx::query(INSERT)
            .bind(&log.id)
            .bind(&log.project)
            .bind(&log.user_id)
            .bind(&log.toolkit)
            .bind(&log.tool)
            .bind(&log.version)
            .bind(&log.account)
            .bind(log.outcome)
            .bind(log.error)
            .bind(log.duration)
            .bind(log.created_at)
            .execute(&mut **transaction)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}
