use std::collections::HashMap;

use composio_core::Result;

use super::{entry::Line, service::Audit};
use crate::{
    clock,
    operator::{AuditEntry, AuditQuery},
    store::AuditPart,
};

/// Parts that are read at once.
const PARTS: i64 = 20;
/// Entries that are told at once.
const MOST: usize = 1_000;
const DEFAULT: usize = 50;

/// Entries of one project, newest first.
struct Reading<'a> {
    project: &'a str,
    query: &'a AuditQuery,
    /// What the user is called whose entries are wanted.
    user: Option<String>,
    limit: usize,
    found: Vec<AuditEntry>,
}

impl Audit {
    /// The newest entries that the query asks for, before the one that it names.
    pub(crate) async fn list(&self, project: &str, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        self.take_leftovers().await?;
        self.flush().await?;
        let user = query.user_id.as_deref();
        let mut reading = Reading {
            project,
            query,
            user: user.map(|user| self.user(project, user)),
            limit: query.limit.unwrap_or(DEFAULT).clamp(1, MOST),
            found: Vec::new(),
        };
        let mut before = i64::MAX;
        loop {
            let parts = self.store.audit_parts_before(before, PARTS).await?;
            let Some(oldest) = parts.last() else { break };
            before = oldest.part;
            if parts.iter().any(|part| reading.read(part).is_none()) {
                break;
            }
        }
        let mut found = reading.found;
        self.name_users(project, &mut found).await?;
        Ok(found)
    }

    /// Says who the users are whose accounts are still here.
    async fn name_users(&self, project: &str, entries: &mut [AuditEntry]) -> Result<()> {
        let mut owners: HashMap<String, Option<String>> = HashMap::new();
        for entry in entries {
            let (Some(account), Some(user)) = (&entry.connected_account_id, &mut entry.user_id)
            else {
                continue;
            };
            if !owners.contains_key(account) {
                let connection = self.store.connection(project, account).await?;
                let owner = connection.map(|connection| connection.user_id);
                owners.insert(account.clone(), owner);
            }
            if let Some(Some(owner)) = owners.get(account)
                && *user == self.user(project, owner)
            {
                user.clone_from(owner);
            }
        }
        Ok(())
    }
}

impl Reading<'_> {
    /// Takes what is wanted of a part; `None` if there is enough.
    fn read(&mut self, part: &AuditPart) -> Option<()> {
        let lines: Vec<&str> = part.entries.lines().collect();
        for (number, line) in (part.first..)
            .zip(lines)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            if self.query.before.is_some_and(|before| number >= before) {
                continue;
            }
            let Ok(line) = serde_json::from_str::<Line<'_>>(line) else {
                continue;
            };
            if self.wants(&line) {
                self.found.push(entry(number, &line));
            }
            if self.found.len() >= self.limit {
                return None;
            }
        }
        Some(())
    }

    fn wants(&self, line: &Line<'_>) -> bool {
        let query = self.query;
        let is = |wanted: Option<&str>, own: Option<&str>| wanted.is_none() || wanted == own;
        let text =
            |text: &Option<super::entry::Text<'_>>| text.as_ref().map(|text| text.0.to_string());
        // What concerns all projects is told to each.
        (line.project.0 == self.project || line.project.0.is_empty())
            && is(self.user.as_deref(), text(&line.user).as_deref())
            && is(
                query.connected_account_id.as_deref(),
                text(&line.account).as_deref(),
            )
            && is(
                query.toolkit_slug.as_deref(),
                text(&line.toolkit).as_deref(),
            )
            && is(query.action.as_deref(), Some(&line.action.0))
    }
}

fn entry(number: i64, line: &Line<'_>) -> AuditEntry {
    let text = |text: &Option<super::entry::Text<'_>>| text.as_ref().map(|text| text.0.to_string());
    AuditEntry {
        number,
        at: clock::rfc3339(line.at),
        action: line.action.0.to_string(),
        by: line.by.0.to_string(),
        user_id: text(&line.user),
        connected_account_id: text(&line.account),
        toolkit_slug: text(&line.toolkit),
        tool_slug: text(&line.tool),
        host: text(&line.host),
        note: text(&line.note),
    }
}
