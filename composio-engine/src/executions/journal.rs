use std::{collections::HashMap, sync::Arc, time::Duration};

use composio_core::{
    Error, ErrorKind, Result,
    models::{LogEntry, LogTimings},
};
use serde_json::{Map, Value, json};

use super::{LogQueue, payload};
use crate::{
    caller::Caller,
    clock, ids,
    store::{LogRange, LoggedRecord, Store},
    vault::Vault,
};

/// How long the log is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogOptions {
    /// Whether projects that say nothing keep arguments and results.
    pub(crate) keeps_payloads: bool,
    pub(crate) entries: Duration,
    pub(crate) payloads: Duration,
}

impl Default for LogOptions {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            keeps_payloads: false,
            entries: 30 * DAY,
            payloads: 7 * DAY,
        }
    }
}

/// What was executed, as it can be read afterwards.
#[derive(Debug)]
pub(crate) struct Journal {
    store: Arc<dyn Store>,
    vault: Vault,
    logs: Arc<LogQueue>,
    options: LogOptions,
}

impl Journal {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        logs: Arc<LogQueue>,
        options: LogOptions,
    ) -> Self {
        Self {
            store,
            vault,
            logs,
            options,
        }
    }

    /// The entries of a page, and what the next page is after.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        mut range: LogRange,
    ) -> Result<(Vec<LogEntry>, Option<(i64, String)>)> {
        caller.project_id().clone_into(&mut range.project);
        range.user = caller.only_user().map(str::to_owned);
        range.toolkits = caller.only_apps().unwrap_or_default().to_vec();
        for [field, operator, value] in &range.conditions {
            if field == "user_id" && operator == "==" {
                caller.check_user(value)?;
            }
        }
        self.flush().await;
        let mut records = self.store.logs(&range).await?;
        let limit = usize::try_from(range.limit).unwrap_or_default();
        let is_last = records.len() <= limit;
        records.truncate(limit);
        let next = records.last().filter(|_| !is_last);
        let next = next.map(|last| (last.created_at, last.id.clone()));
        Ok((records.iter().map(entry).collect(), next))
    }

    /// One entry in full.
    pub(crate) async fn get(&self, caller: &Caller, id: &str) -> Result<LogEntry> {
        self.flush().await;
        let record = self.store.log(caller.project_id(), id).await?;
        let record = record.ok_or_else(|| no_entry(id))?;
        // An entry of no user is for those who may act for all.
        if caller.only_user() != record.user_id.as_deref() && caller.only_user().is_some() {
            let message = "the caller may not read this log entry";
            return Err(Error::new(ErrorKind::Forbidden, message).with_slug("Caller_UserMismatch"));
        }
        caller.check_app(&record.toolkit)?;
        let mut entry = entry(&record);
        let begin = record.created_at;
        let mut timings = LogTimings::default();
        timings.start_time = milliseconds(begin);
        timings.end_time = milliseconds(begin + record.duration);
        entry.timings = Some(timings);
        entry.context = Some(Map::new());
        entry.source = Some(Map::new());
        entry.data = Some(match &record.sealed {
            Some(sealed) => payload::open(&self.vault, caller.project_id(), id, sealed).await?,
            None => Map::new(),
        });
        Ok(entry)
    }

    /// How often each toolkit stands among the newest entries of the caller's project.
    pub(crate) async fn calls_by_toolkit(&self, caller: &Caller) -> Result<HashMap<String, i64>> {
        self.flush().await;
        let calls = self.store.calls_by_toolkit(caller.project_id()).await?;
        Ok(calls.into_iter().collect())
    }

    /// Removes what was kept for long enough.
    pub(crate) async fn sweep(&self, now: i64) -> Result<()> {
        let before = |life| ids::first_log(now.saturating_sub(clock::microseconds(life)));
        let entries = before(self.options.entries);
        let payloads = before(self.options.payloads);
        while self.store.remove_logs(&entries, &payloads).await? {}
        Ok(())
    }

    /// Writes what waits, so that whoever was answered finds the entry.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.logs.flush().await {
            tracing::warn!(%error, "log entries could not be written yet");
        }
    }
}

fn entry(record: &LoggedRecord) -> LogEntry {
    let (status, level) = match record.outcome.as_str() {
        "succeeded" => ("success", "info"),
        "failed" => ("failed", "error"),
        _ => ("failed", "warn"),
    };
    let metadata = json!({
        "tool_slug": record.tool,
        "toolkit_slug": record.toolkit,
        "toolkit_version": record.version,
        "user_id": record.user_id,
        "connected_account_id": record.account,
        "outcome": record.outcome,
        "error": record.error,
    });
    let mut entry = LogEntry::default();
    entry.id.clone_from(&record.id);
    entry.timestamp = clock::rfc3339(record.created_at);
    entry.kind = "tool.execution".to_owned();
    entry.status = status.to_owned();
    entry.level = level.to_owned();
    entry.message = Some(match &record.error {
        Some(error) => format!("{} {}: {error}", record.tool, record.outcome),
        None => format!("{} {}", record.tool, record.outcome),
    });
    if let Value::Object(members) = metadata {
        entry.metadata = members;
        entry.metadata.retain(|_, value| !value.is_null());
    }
    let duration = Value::from(milliseconds(record.duration));
    entry.metrics.insert("duration_ms".to_owned(), duration);
    entry
}

// Exact up to the year 2255.
#[expect(clippy::cast_precision_loss, reason = "times are below 2^53")]
fn milliseconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1e3
}

fn no_entry(id: &str) -> Error {
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(80)
        .collect();
    let message = format!("there is no log entry {id}");
    Error::new(ErrorKind::NotFound, message).with_slug("Log_NotFound")
}
