use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use composio_core::{Error, ErrorKind, Result};
use serde::Serialize;
use sqlx::{
    Connection as _, FromRow, Row as _, Sqlite, SqliteConnection, Transaction, sqlite::SqliteRow,
    types::Json,
};

use super::{SqliteStore, auth_configs::any_of, database::file_options, error::store_error};
use crate::{
    hex::hex,
    store::{LogPayload, LogRange, LogRecord, LogStore, LoggedRecord},
};

// The whole batch in one statement: a row at a time would cross to the database's thread and back for each.
const INSERT: &str = "INSERT INTO logs (id, project, user_id, toolkit, tool, version, account, outcome, error, duration, created_at) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, \
     value ->> 8, value ->> 9, value ->> 10 FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";

const INSERT_PAYLOADS: &str = "INSERT INTO log_payloads (log_id, sealed) \
     SELECT value ->> 0, unhex(value ->> 1) FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";
const GET: &str = "SELECT logs.*, sealed FROM logs LEFT JOIN log_payloads ON log_id = id WHERE project = $1 AND id = $2";
// Sessions, sandboxes and requests are not in the log: they are nobody's.
const LIST: &str = "SELECT logs.*, NULL AS sealed FROM logs WHERE project = $1 AND ($2 IS NULL OR user_id = $2) \
     AND ($3 IS NULL OR toolkit IN (SELECT value FROM json_each($3))) AND created_at BETWEEN $4 AND $5 \
     AND ($6 IS NULL OR (created_at, id) < ($6, $7)) AND NOT EXISTS ( \
         SELECT 1 FROM (SELECT value ->> 1 AS operator, value ->> 2 AS wanted, coalesce(CASE value ->> 0 \
             WHEN 'tool_slug' THEN tool WHEN 'toolkit_slug' THEN toolkit WHEN 'connected_account_id' THEN account \
             WHEN 'auth_config_id' THEN (SELECT auth_config_id FROM connections WHERE connections.id = account) \
             WHEN 'status' THEN iif(outcome = 'succeeded', 'success', 'failed') WHEN 'user_id' THEN user_id \
             WHEN 'log_id' THEN logs.id END, '') AS own FROM json_each($8)) \
         WHERE NOT CASE operator WHEN '==' THEN own = wanted WHEN '!=' THEN own <> wanted \
             WHEN 'contains' THEN instr(lower(own), lower(wanted)) > 0 ELSE instr(lower(own), lower(wanted)) = 0 END) \
     ORDER BY created_at DESC, id DESC LIMIT $9";
/// Rows removed at once, so that calls need not wait long for their own entries.
const SWEEP: i64 = 5000;
const REMOVE: [&str; 2] = [
    "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE id < $1 ORDER BY id LIMIT $2)",
    "DELETE FROM log_payloads WHERE log_id IN (SELECT log_id FROM log_payloads WHERE log_id < $1 ORDER BY log_id LIMIT $2)",
];
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

    async fn logs(&self, range: &LogRange) -> Result<Vec<LoggedRecord>> {
        let (time, id) = match &range.after {
            Some((time, id)) => (Some(*time), Some(id)),
            None => (None, None),
        };
        sqlx::query_as(LIST)
            .bind(&range.project)
            .bind(&range.user)
            .bind(any_of(&range.toolkits))
            .bind(range.from)
            .bind(range.to)
            .bind(time)
            .bind(id)
            .bind(Json(&range.conditions))
            .bind(range.limit.saturating_add(1))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn log(&self, project: &str, id: &str) -> Result<Option<LoggedRecord>> {
        sqlx::query_as(GET)
            .bind(project)
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn remove_logs(&self, entries: &str, payloads: &str) -> Result<bool> {
        let mut is_more = false;
        for (statement, before) in REMOVE.into_iter().zip([entries, payloads]) {
            let done = sqlx::query(statement)
                .bind(before)
                .bind(SWEEP)
                .execute(&self.writer)
                .await
                .map_err(store_error)?;
            is_more |= done.rows_affected() >= SWEEP.cast_unsigned();
        }
        Ok(is_more)
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
    let payloads: Vec<_> = logs.iter().filter_map(payload).collect();
    if !payloads.is_empty() {
        sqlx::query(INSERT_PAYLOADS)
            .bind(Json(payloads))
            .execute(&mut **transaction)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}

fn payload(log: &LogRecord) -> Option<(&str, String)> {
    match &log.payload {
        Some(LogPayload::Sealed(sealed)) => Some((&log.id, hex(sealed))),
        Some(LogPayload::Plain(_)) | None => None,
    }
}

impl FromRow<'_, SqliteRow> for LoggedRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            toolkit: row.try_get("toolkit")?,
            tool: row.try_get("tool")?,
            version: row.try_get("version")?,
            account: row.try_get("account")?,
            outcome: row.try_get("outcome")?,
            error: row.try_get("error")?,
            duration: row.try_get("duration")?,
            created_at: row.try_get("created_at")?,
            sealed: row.try_get("sealed")?,
        })
    }
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
