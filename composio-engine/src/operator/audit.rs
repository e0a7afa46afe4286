use serde::{Deserialize, Serialize};

/// One use of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its place in the log, from 1.
    pub number: i64,
    /// When, in the words of RFC 3339.
    pub at: String,
    /// `call`, `proxy`, `identify`, `connect`, `refresh`, `revoke`, `export` or `reseal`; `damage` is no use but says what
    /// happened to the log itself.
    pub action: String,
    /// Who: the id of an API key, `program` for the program around the engine, `engine` for the engine itself.
    pub by: String,
    /// The end user, while the account is there; afterwards a pseudonym, `u_…`, which only the engine can match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The account whose credentials it were; absent for credentials that came with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkit_slug: Option<String>,
    /// The tool, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_slug: Option<String>,
    /// The host that the credentials went to, if they went to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What is damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Which entries are listed: the newest, of the caller's project. An absent part does not filter.
///
/// ```
/// use composio_engine::AuditQuery;
///
/// let query = AuditQuery::new().user("alice").limit(10);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Of this user. One who was deleted can still be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Of this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// Of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkit_slug: Option<String>,
    /// Of this kind: see [`AuditEntry::action`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Older than the entry of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// How many at most: 50 if absent, never more than 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl AuditQuery {
    /// The newest entries of all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this user's.
    #[must_use]
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Only this account's.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.connected_account_id = Some(id.into());
        self
    }

    /// Only this app's.
    #[must_use]
    pub fn app(mut self, slug: impl Into<String>) -> Self {
        self.toolkit_slug = Some(slug.into());
        self
    }

    /// Only of this kind: see [`AuditEntry::action`].
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Only those before the entry of this number.
    #[must_use]
    pub fn before(mut self, number: i64) -> Self {
        self.before = Some(number);
        self
    }

    /// At most so many: 50 by default, never more than 1,000.
    #[must_use]
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }
}

/// Entries of the audit log, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditList {
    /// The entries.
    pub items: Vec<AuditEntry>,
}

impl AuditList {
    pub(crate) fn new(items: Vec<AuditEntry>) -> Self {
        Self { items }
    }
}

/// What a reading of the whole audit log has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// Whether everything is as it was written.
    pub is_sound: bool,
    /// How many entries there are.
    pub entries: u64,
    /// How many were removed because they were old.
    pub removed: u64,
    /// The end of the log: the number of its last entry and its code. Kept where nobody who can write the database can
    /// write, it shows later whether the log was put back to an older state as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// What is not as it was written; the first fifty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<AuditProblem>,
}

/// Something about the audit log that is not as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditProblem {
    /// The number of the entry where it was noticed; absent if it is about the end or the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<i64>,
    /// What it is.
    pub what: String,
}
