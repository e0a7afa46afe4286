use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use composio_core::{Error, ErrorKind, Result};
use serde::Serialize;
use sqlx::{Connection as _, Sqlite, SqliteConnection, Transaction, types::Json};

use super::{SqliteStore, database::file_options, error::store_error};
use crate::store::{LogRecord, LogStore};

// The whole batch in one statement: a row at a time would cross to the database's thread and back for each.
const INSERT: &str = "INSERT INTO logs (id, project, user_id, toolkit, tool, version, account, outcome, error, duration, created_at) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, \
     value ->> 8, value ->> 9, value ->> 10 FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";

const CALLS: &str = "SELECT toolkit, count(*) FROM (SELECT toolkit FROM logs WHERE project = $1 \
     ORDER BY created_at DESC LIMIT 10000) GROUP BY toolkit";

/// How long the end of a program waits for its last log entries.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[async_trait]
impl LogStore for SqliteStore {
    async fn append_logs(&self, logs: &[LogRecord]) -> Result<()> {
        let mut transaction = self.write().await?;
        append(&mut transaction, logs).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn calls_by_toolkit(&self, project: &str) -> Result<Vec<(String, i64)>> {
        sqlx::query_as(CALLS)
            .bind(project)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
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
    let rows: Vec<_> = logs.iter().map(row).collect();
    sqlx::query(INSERT)
        .bind(Json(rows))
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}

fn row(log: &LogRecord) -> impl Serialize {
    (
        &log.id,
        &log.project,
        &log.user_id,
        &log.toolkit,
        &log.tool,
        &log.version,
        &log.account,
        log.outcome,
        log.error,
        log.duration,
        log.created_at,
    )
}
