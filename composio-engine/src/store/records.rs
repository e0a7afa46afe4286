use composio_core::{
    Secret,
    models::{AuthScheme, ConnectionStatus},
};

/// One version of an app to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewAppRecord {
    pub(crate) slug: String,
    pub(crate) version: String,
    /// The `integration.yaml` as it was given.
    pub(crate) integration: String,
    /// The compiled toolkit: `Toolkit::to_stored`.
    pub(crate) compiled: String,
    pub(crate) outline: AppOutline,
    pub(crate) created_at: i64,
}

/// What can be had of a compiled toolkit at any time, and is kept beside it.
#[derive(Debug, Clone)]
pub(crate) struct AppOutline {
    /// `Facts::to_stored`.
    pub(crate) facts: String,
    /// The names of the tools, one a line.
    pub(crate) tools: String,
}

/// The newest version of an app.
#[derive(Debug, Clone)]
pub(crate) struct AppRecord {
    pub(crate) slug: String,
    pub(crate) version: String,
    /// `None` if an earlier version of this program kept it.
    pub(crate) facts: Option<String>,
    pub(crate) created_at: i64,
}

/// Which versions there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppVersion {
    pub(crate) slug: String,
    pub(crate) version: String,
    pub(crate) created_at: i64,
}

/// A version of an app that people should leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeprecationRecord {
    pub(crate) slug: String,
    pub(crate) version: String,
    pub(crate) deprecated_at: i64,
    pub(crate) sunset_at: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// One auth config.
#[derive(Debug, Clone)]
pub(crate) struct AuthConfigRecord {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) toolkit: String,
    pub(crate) name: String,
    pub(crate) scheme: AuthScheme,
    pub(crate) scheme_name: String,
    /// Made by the engine or with the operator's credentials.
    pub(crate) managed: bool,
    pub(crate) enabled: bool,
    pub(crate) tools_for_creation: Option<Vec<String>>,
    pub(crate) tools_for_execution: Option<Vec<String>>,
    /// The developer's fields.
    pub(crate) sealed: Vec<u8>,
    /// Goes up with every change of `sealed`.
    pub(crate) generation: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// How many accounts are connected through it; not written.
    pub(crate) connections: u64,
}

/// One connected account.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionRecord {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) user_id: String,
    pub(crate) toolkit: String,
    pub(crate) auth_config_id: String,
    pub(crate) status: ConnectionStatus,
    pub(crate) status_reason: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) alias: Option<String>,
    /// Words of the caller's own to find it by.
    pub(crate) labels: Vec<String>,
    /// The user's fields.
    pub(crate) sealed: Vec<u8>,
    /// Goes up with every change of `sealed`.
    pub(crate) generation: i64,
    /// When the access token runs out, if anybody knows.
    pub(crate) expires_at: Option<i64>,
    /// When the credentials are to be renewed; `None` if they never are.
    pub(crate) refresh_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// The operator's client for a scheme of an app.
#[derive(Debug, Clone)]
pub(crate) struct OauthClientRecord {
    pub(crate) toolkit: String,
    pub(crate) scheme_name: String,
    pub(crate) client_id: String,
    /// The developer's fields.
    pub(crate) sealed: Vec<u8>,
    /// Goes up with every change of `sealed`.
    pub(crate) generation: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// One authorization that a user has begun.
#[derive(Debug, Clone)]
pub(crate) struct FlowRecord {
    /// SHA-256 of the state.
    pub(crate) state: Vec<u8>,
    pub(crate) project: String,
    pub(crate) connection_id: String,
    /// What finishing it takes.
    pub(crate) sealed: Vec<u8>,
    pub(crate) expires_at: i64,
    pub(crate) created_at: i64,
}

/// A wish to refresh an account's tokens. Times in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshClaim<'a> {
    pub(crate) project: &'a str,
    pub(crate) id: &'a str,
    /// Of the tokens that are to be replaced.
    pub(crate) generation: i64,
    /// Unique among all that ever claim.
    pub(crate) owner: &'a str,
    pub(crate) now: i64,
    pub(crate) life: i64,
    /// Whether it may be refreshed before it is due.
    pub(crate) forced: bool,
}

/// What became of a claim.
#[derive(Debug, Clone)]
pub(crate) enum ClaimReply {
    /// The account as it is, how often its refresh failed since it last went well, and whether a former owner never said
    /// what became of its claim.
    Granted {
        connection: Box<ConnectionRecord>,
        failures: i64,
        interrupted: bool,
    },
    /// Somebody has it for so long.
    Held { remaining: i64 },
    /// The account is of another generation.
    Moved,
    /// The account is gone, does not work, or is not due.
    Closed,
}

/// What holds sealed records. The texts that tell one master key from another come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealedTable {
    Connections,
    AuthConfigs,
    OauthClients,
    Confirmations,
    Flows,
    Files,
    LogPayloads,
    Meta,
}

impl SealedTable {
    pub(crate) const ALL: [Self; 8] = [
        Self::Connections,
        Self::AuthConfigs,
        Self::OauthClients,
        Self::Confirmations,
        Self::Flows,
        Self::Files,
        Self::LogPayloads,
        Self::Meta,
    ];
}

/// One sealed record, and the place it was sealed for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct SealedRecord {
    pub(crate) row: i64,
    pub(crate) project: String,
    pub(crate) record: String,
    pub(crate) field: String,
    pub(crate) generation: i64,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A record that was sealed anew.
#[derive(Debug, Clone)]
pub(crate) struct Resealed {
    pub(crate) row: i64,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// An account whose tokens are due.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DueRefresh {
    pub(crate) project: String,
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) toolkit: String,
    pub(crate) generation: i64,
}

/// Something that changed, for the memory of other processes.
#[derive(Debug, Clone)]
pub(crate) struct ChangeRecord {
    pub(crate) seq: i64,
    pub(crate) kind: ChangeKind,
    pub(crate) project: String,
    /// Of a connection.
    pub(crate) user_id: Option<String>,
    pub(crate) toolkit: Option<String>,
    pub(crate) id: String,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Connection,
    AuthConfig,
    Key,
    /// `id` is the version.
    App,
}

/// A link on which a person connects an account.
#[derive(Debug, Clone)]
pub(crate) struct LinkRecord {
    /// SHA-256 of its token.
    pub(crate) hash: Vec<u8>,
    pub(crate) project: String,
    pub(crate) account: String,
    /// Where the browser goes at the end.
    pub(crate) callback_url: Option<String>,
    pub(crate) expires_at: i64,
}

/// Credentials of an account that wait until the application has said who gave them.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmationRecord {
    /// SHA-256 of its token.
    pub(crate) hash: Vec<u8>,
    pub(crate) project: String,
    pub(crate) account: String,
    pub(crate) sealed: Vec<u8>,
    /// The account's when they were given.
    pub(crate) generation: i64,
    /// When their access token runs out, if it does.
    pub(crate) token_expires_at: Option<i64>,
    pub(crate) expires_at: i64,
}

/// One API key, without the key.
#[derive(Debug, Clone)]
pub(crate) struct KeyRecord {
    pub(crate) id: String,
    /// SHA-256 of the key.
    pub(crate) hash: Vec<u8>,
    /// Its first characters.
    pub(crate) hint: String,
    pub(crate) name: Option<String>,
    pub(crate) project: String,
    pub(crate) user_id: Option<String>,
    /// Slugs, lower case.
    pub(crate) apps: Option<Vec<String>>,
    pub(crate) operator: bool,
    /// Requests a minute.
    pub(crate) per_minute: Option<i64>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) created_at: i64,
}

/// Arguments and result of an execution, on their way to the log.
#[derive(Debug, Clone)]
pub(crate) enum LogPayload {
    /// As they are, in JSON. No store writes this.
    Plain(Secret),
    Sealed(Vec<u8>),
}

/// One execution.
#[derive(Debug, Clone)]
pub(crate) struct LogRecord {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) user_id: Option<String>,
    pub(crate) toolkit: String,
    pub(crate) tool: String,
    pub(crate) version: String,
    pub(crate) account: Option<String>,
    pub(crate) outcome: &'static str,
    /// The kind of the error, not its text.
    pub(crate) error: Option<&'static str>,
    /// Microseconds.
    pub(crate) duration: i64,
    pub(crate) created_at: i64,
    /// Only where they are asked for.
    pub(crate) payload: Option<LogPayload>,
}

/// One execution, as it is read.
#[derive(Debug, Clone)]
pub(crate) struct LoggedRecord {
    pub(crate) id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) toolkit: String,
    pub(crate) tool: String,
    pub(crate) version: String,
    pub(crate) account: Option<String>,
    pub(crate) outcome: String,
    pub(crate) error: Option<String>,
    /// Microseconds.
    pub(crate) duration: i64,
    pub(crate) created_at: i64,
    /// The sealed payload; only when one entry is read.
    pub(crate) sealed: Option<Vec<u8>>,
}

/// Which log entries are listed, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogRange {
    pub(crate) project: String,
    /// Of this user alone.
    pub(crate) user: Option<String>,
    /// Of these toolkits alone; an empty list does not filter.
    pub(crate) toolkits: Vec<String>,
    /// Field, operator and value as the wire has them; all must hold.
    pub(crate) conditions: Vec<[String; 3]>,
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// After the entry of this time and id.
    pub(crate) after: Option<(i64, String)>,
    pub(crate) limit: i64,
}

/// What a project has changed; `None` is the engine's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProjectRecord {
    pub(crate) logo_url: Option<String>,
    pub(crate) display_name: Option<String>,
    /// Whether the log keeps arguments and results.
    pub(crate) keeps_payloads: Option<bool>,
    pub(crate) require_mcp_api_key: Option<bool>,
    /// Where people are sent so that the application says who they are; empty for nowhere.
    pub(crate) callback_verifier_url: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What went with a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UserRemains {
    pub(crate) connections: u64,
    pub(crate) log_entries: u64,
    pub(crate) keys: u64,
}

/// One file, which is awaited until it has content.
#[derive(Debug, Clone)]
pub(crate) struct FileRecord {
    pub(crate) id: String,
    pub(crate) project: String,
    /// `None` if it belongs to the whole project.
    pub(crate) user_id: Option<String>,
    pub(crate) toolkit: String,
    pub(crate) tool: String,
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// Hexadecimal digits.
    pub(crate) md5: String,
    pub(crate) content: Option<FileContent>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileContent {
    /// Bytes, before encryption.
    pub(crate) size: i64,
    /// The name in the folder.
    pub(crate) blob: String,
    /// The data key.
    pub(crate) sealed: Vec<u8>,
}

/// What became of an attempt to keep a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Done,
    /// It is not awaited, or no longer.
    NotAwaited,
    /// The project has no room for it.
    NoRoom,
}

/// What a project's files take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileUsage {
    pub(crate) bytes: i64,
    /// Files that are awaited.
    pub(crate) awaited: i64,
}

/// Which files are listed, newest first. An empty part does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileFilter {
    pub(crate) project: String,
    /// Only this user's own.
    pub(crate) user: Option<String>,
    /// Only files of these apps, and those of none.
    pub(crate) apps: Option<Vec<String>>,
    pub(crate) toolkit: Option<String>,
    pub(crate) tool: Option<String>,
}

/// Part of a list: `limit` entries after the first `offset`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// Which auth configs are listed, newest first. An empty part does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuthConfigFilter {
    pub(crate) project: String,
    pub(crate) toolkits: Vec<String>,
    pub(crate) managed: Option<bool>,
    pub(crate) show_disabled: bool,
    /// Part of the name.
    pub(crate) search: Option<String>,
}

/// Which connected accounts are listed. An empty part does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionFilter {
    pub(crate) project: String,
    pub(crate) users: Vec<String>,
    pub(crate) toolkits: Vec<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) auth_configs: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) order: Order,
}

/// The order of a list of connected accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// By the last change in place of the creation.
    pub(crate) by_update: bool,
    /// Oldest first in place of newest first.
    pub(crate) ascending: bool,
}

/// Some entries of the audit log, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct AuditPart {
    pub(crate) part: i64,
    /// The number of its first entry.
    pub(crate) first: i64,
    pub(crate) count: i64,
    /// One a line.
    pub(crate) entries: String,
    /// Binds it to the part before it.
    pub(crate) code: Vec<u8>,
}

/// Where the audit log begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditHead {
    /// The oldest part that is kept, and the code of the one before it.
    pub(crate) first: i64,
    pub(crate) base: Vec<u8>,
    /// The newest part, its code, and how many entries there have ever been.
    pub(crate) last: i64,
    pub(crate) code: Vec<u8>,
    pub(crate) entries: i64,
    pub(crate) proof: Vec<u8>,
}

/// The head, and between what the parts really are: 0 if there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditEnd {
    pub(crate) head: Option<AuditHead>,
    pub(crate) oldest: i64,
    pub(crate) newest: i64,
}

/// A part to append, and what holds before and after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditAppend<'a> {
    pub(crate) before: Option<&'a AuditHead>,
    pub(crate) part: &'a AuditPart,
    pub(crate) after: &'a AuditHead,
    /// Whose entries they are, and the number of the last.
    pub(crate) journal: &'a str,
    pub(crate) taken: i64,
}

/// Vectors of some tools of a version.
#[cfg(feature = "semantic")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VectorRecord {
    pub(crate) slug: String,
    pub(crate) version: String,
    /// Counted from 0, in the order of the tools.
    pub(crate) piece: u64,
    /// What made them.
    pub(crate) stamp: String,
    pub(crate) bytes: Vec<u8>,
}
