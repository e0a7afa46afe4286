use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use composio_catalog::Toolkit;
use composio_core::{Error, Result, models::ToolResult};
use tracing::{Span, field::Empty};

use super::{LogQueue, payload::Kept};
use crate::{
    accounts::Lease,
    audit::{Action, Audit, Noted, Use},
    caller::Caller,
    clock, ids,
    store::LogRecord,
};

const DRY_RUN: &str = "dry_run";

/// What will be logged of an execution. Dropped before its end, it logs that the caller cancelled.
#[derive(Debug)]
pub(super) struct Record {
    logs: Arc<LogQueue>,
    span: Span,
    id: String,
    project: String,
    pub(super) user: Option<String>,
    toolkit: String,
    tool: String,
    version: String,
    account: Option<String>,
    caller: Caller,
    /// What the audit log calls the user.
    pseudonym: Option<Arc<str>>,
    outcome: &'static str,
    error: Option<&'static str>,
    was_sent: AtomicBool,
    begun: Instant,
    begun_at: i64,
    /// Arguments and result, if the project keeps them.
    pub(super) kept: Option<Kept>,
}

impl Record {
    pub(super) fn begin(
        logs: &Arc<LogQueue>,
        caller: &Caller,
        toolkit: &Toolkit,
        tool: &str,
    ) -> Self {
        let begun_at = clock::now();
        Self {
            logs: Arc::clone(logs),
            span: tracing::info_span!(
                "execute_tool",
                tool,
                user = Empty,
                account = Empty,
                outcome = Empty,
                duration_ms = Empty
            ),
            id: ids::log(begun_at),
            project: caller.project_id().to_owned(),
            user: None,
            toolkit: toolkit.slug.clone(),
            tool: tool.to_owned(),
            version: toolkit.version.clone(),
            account: None,
            caller: caller.clone(),
            pseudonym: None,
            outcome: "cancelled",
            error: None,
            was_sent: AtomicBool::new(false),
            begun: Instant::now(),
            begun_at,
            kept: None,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(super) fn runs_on(&mut self, lease: &Lease) {
        self.user = Some(lease.user.clone());
        self.account = Some(lease.account.clone());
        self.pseudonym = Some(Arc::clone(&lease.pseudonym));
    }

    /// It is a dry run, which nobody logs.
    pub(super) fn only_shown(&mut self) {
        self.outcome = DRY_RUN;
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Writes down in the audit log that credentials are about to go to `host`.
    pub(super) fn note(&self, audit: &Audit, action: Action, host: &str) -> Result<Noted> {
        let used = Use {
            action,
            who: self.caller.who(),
            project: &self.project,
            user: self.user.as_deref(),
            account: self.account.as_deref(),
            toolkit: Some(&self.toolkit),
            tool: (action == Action::Call).then_some(&*self.tool),
            host: Some(host),
        };
        match &self.pseudonym {
            Some(name) => audit.note_as(&used, Some(name)),
            None => audit.note(&used),
        }
    }

    /// From here on the vendor may have done something.
    pub(super) fn sent(&self) {
        self.was_sent.store(true, Ordering::Relaxed);
    }

    pub(super) fn answered(&mut self, successful: bool) {
        self.outcome = if successful { "succeeded" } else { "failed" };
    }

    /// The vendor, or the way there, failed.
    pub(super) fn failed(&mut self, error: &Error) {
        self.outcome = "failed";
        self.error = Some(error.kind().as_str());
    }

    /// The call was not acceptable.
    pub(super) fn refused(&mut self, error: &Error) {
        self.outcome = "refused";
        self.error = Some(error.kind().as_str());
    }

    /// Logs the result and gives it the entry's id.
    pub(super) fn finish(mut self, mut result: ToolResult) -> ToolResult {
        if self.error.is_none() {
            self.answered(result.successful);
        }
        if let Some(kept) = &mut self.kept {
            kept.answered(&serde_json::to_string(&result).unwrap_or_default());
        }
        result.log_id = Some(self.id.clone());
        result
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        // One by one each would have what the span says so far written anew.
        tracing::record_all!(
            self.span,
            outcome = self.outcome,
            user = self.user.as_deref(),
            account = self.account.as_deref(),
            duration_ms = duration.as_secs_f64() * 1e3,
        );
        if matches!(self.outcome, "cancelled" | DRY_RUN) && !*self.was_sent.get_mut() {
            return;
        }
        self.logs.push(LogRecord {
            id: std::mem::take(&mut self.id),
            project: std::mem::take(&mut self.project),
            user_id: self.user.take(),
            toolkit: std::mem::take(&mut self.toolkit),
            tool: std::mem::take(&mut self.tool),
            version: std::mem::take(&mut self.version),
            account: self.account.take(),
            outcome: self.outcome,
            error: self.error,
            duration: clock::microseconds(duration),
            created_at: self.begun_at,
            payload: self.kept.take().map(Kept::finish),
        });
    }
}
