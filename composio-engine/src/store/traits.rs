use std::fmt;

use async_trait::async_trait;
use composio_core::Result;

#[cfg(feature = "semantic")]
use super::records::VectorRecord;
use super::records::{
    AppOutline, AppRecord, AppVersion, AuditAppend, AuditEnd, AuditHead, AuditPart,
    AuthConfigFilter, AuthConfigRecord, ChangeRecord, ClaimReply, ConfirmationRecord,
    ConnectionFilter, ConnectionRecord, DeprecationRecord, DueRefresh, FileContent, FileFilter,
    FileRecord, FileUsage, FlowRecord, Kept, KeyRecord, LinkRecord, LogRange, LogRecord,
    LoggedRecord, NewAppRecord, OauthClientRecord, ProjectRecord, RefreshClaim, Resealed,
    SealedRecord, SealedTable, UserRemains, Window,
};

/// A database. Every method is one transaction.
///
/// Errors are the same everywhere: `Conflict` for a duplicate, `NotFound` where a change names what does not exist,
/// `Unavailable` if the database is busy, `Internal` if it is damaged or fails.
#[async_trait]
pub(crate) trait Store:
    AppStore
    + AuditStore
    + AuthConfigStore
    + ChangeStore
    + ConnectionStore
    + FileStore
    + FlowStore
    + KeyStore
    + LinkStore
    + LogStore
    + MetaStore
    + OauthClientStore
    + ProjectStore
    + RefreshStore
    + SealedStore
    + SearchStore
    + fmt::Debug
    + Send
    + Sync
{
    /// Finishes what is under way and lets go of the database.
    async fn close(&self);
}

/// Apps by slug and version. They belong to the engine, not to a project.
#[async_trait]
pub(crate) trait AppStore {
    /// The newest version of every app, and the names of all; none of what is large.
    async fn load_apps(&self) -> Result<(Vec<AppRecord>, Vec<AppVersion>)>;
    /// The versions of one app, oldest first.
    async fn app_versions(&self, slug: &str) -> Result<Vec<AppVersion>>;
    /// The compiled toolkit of a version.
    async fn compiled_app(&self, slug: &str, version: &str) -> Result<Option<String>>;
    /// The `integration.yaml` of a version.
    async fn app_integration(&self, slug: &str, version: &str) -> Result<Option<String>>;
    /// The names of a version's tools, one a line, if they are kept.
    async fn app_tools(&self, slug: &str, version: &str) -> Result<Option<String>>;
    async fn insert_app(&self, app: &NewAppRecord) -> Result<()>;
    /// Keeps what was made anew of a version.
    async fn outline_app(&self, slug: &str, version: &str, outline: &AppOutline) -> Result<()>;
    /// Every deprecated version of every app.
    async fn deprecations(&self) -> Result<Vec<DeprecationRecord>>;
    /// Deprecates a version, or says anew why and until when; whether there is such a version.
    async fn deprecate(&self, deprecation: &DeprecationRecord) -> Result<bool>;
    /// Whether the version was deprecated.
    async fn undeprecate(&self, slug: &str, version: &str) -> Result<bool>;
    /// Removes every version of the app, with its auth configs and connected accounts.
    async fn remove_app(&self, slug: &str) -> Result<bool>;
}

/// The audit log: a chain of parts with a head, which whoever writes computes. Two who write at once do not mix: the head
/// must still be the one that was read.
#[async_trait]
pub(crate) trait AuditStore {
    async fn audit_end(&self) -> Result<AuditEnd>;
    /// Appends a part, if the head is still `append.before`; whether it was.
    async fn append_audit(&self, append: &AuditAppend<'_>) -> Result<bool>;
    /// How many entries of a journal are in the log.
    async fn audit_taken(&self, journal: &str) -> Result<i64>;
    /// Parts from `from` on, in order.
    async fn audit_parts(&self, from: i64, limit: i64) -> Result<Vec<AuditPart>>;
    /// Parts before `before`, the newest first.
    async fn audit_parts_before(&self, before: i64, limit: i64) -> Result<Vec<AuditPart>>;
    /// Removes the parts before `after.first`, if the head is still `before`; whether it was.
    async fn shorten_audit(&self, before: &AuditHead, after: &AuditHead) -> Result<bool>;
}

/// Auth configs by id, each within its project.
#[async_trait]
pub(crate) trait AuthConfigStore {
    async fn insert_auth_config(&self, config: &AuthConfigRecord) -> Result<()>;
    async fn auth_config(&self, project: &str, id: &str) -> Result<Option<AuthConfigRecord>>;
    /// The entries of `window`, and how many there are in all.
    async fn auth_configs(
        &self,
        filter: &AuthConfigFilter,
        window: Window,
    ) -> Result<(Vec<AuthConfigRecord>, u64)>;
    /// Writes name, tools and credentials, if the generation is still the one before `config.generation`.
    async fn update_auth_config(&self, config: &AuthConfigRecord) -> Result<bool>;
    async fn enable_auth_config(
        &self,
        project: &str,
        id: &str,
        enabled: bool,
        now: i64,
    ) -> Result<bool>;
    /// Removes it with its connected accounts.
    async fn delete_auth_config(&self, project: &str, id: &str) -> Result<bool>;
}

/// Connected accounts by id, each within its project.
#[async_trait]
pub(crate) trait ConnectionStore {
    /// Adds a connection; with `default_config`, through the toolkit's own enabled default of that scheme if there is
    /// one by now, else through that new one. Gives the id of the auth config.
    async fn insert_connection(
        &self,
        connection: &ConnectionRecord,
        default_config: Option<&AuthConfigRecord>,
    ) -> Result<String>;
    async fn connection(&self, project: &str, id: &str) -> Result<Option<ConnectionRecord>>;
    /// The newest connection of a user to a toolkit; usable ones first.
    async fn newest_connection(
        &self,
        project: &str,
        user: &str,
        toolkit: &str,
    ) -> Result<Option<ConnectionRecord>>;
    /// The entries of `window`, and how many there are in all.
    async fn connections(
        &self,
        filter: &ConnectionFilter,
        window: Window,
    ) -> Result<(Vec<ConnectionRecord>, u64)>;
    /// Writes alias, credentials, their times and status, if the generation is still the one before
    /// `connection.generation` and nobody has disabled or enabled the account.
    /// `Conflict` if another account of the user for the toolkit has the alias.
    async fn update_connection(&self, connection: &ConnectionRecord) -> Result<bool>;
    async fn enable_connection(
        &self,
        project: &str,
        id: &str,
        enabled: bool,
        now: i64,
    ) -> Result<bool>;
    async fn delete_connection(&self, project: &str, id: &str) -> Result<bool>;
    /// Notes whose account it is, in JSON.
    async fn set_identity(&self, project: &str, id: &str, identity: &str) -> Result<()>;
    /// Whose accounts these are, of those where it is known.
    async fn identities(&self, project: &str, ids: &[String]) -> Result<Vec<(String, String)>>;
}

/// Authorizations that users have begun, by their hashed states.
#[async_trait]
pub(crate) trait FlowStore {
    async fn insert_flow(&self, flow: &FlowRecord) -> Result<()>;
    /// Removes a flow and gives it: nobody else gets it.
    async fn take_flow(&self, state: &[u8]) -> Result<Option<FlowRecord>>;
    /// Removes flows whose time is over. Connections that waited for nothing else since before `since` become
    /// `EXPIRED`, with `reason`.
    async fn expire_flows(&self, now: i64, since: i64, reason: &str) -> Result<()>;
}

/// What processes that share the database tell each other to forget, in the order of the commits. Every change that
/// can take a right away is told, by whoever makes it.
#[async_trait]
pub(crate) trait ChangeStore {
    /// The newest change; 0 if there was none.
    async fn last_change(&self) -> Result<i64>;
    /// What came after the change `seq`, oldest first; `None` if some of it is no longer known.
    async fn changes_since(&self, seq: i64) -> Result<Option<Vec<ChangeRecord>>>;
}

/// Who refreshes an account's tokens, and what came of it. What is due is found by `refresh_at`, which is the queue.
///
/// Times of claims are compared with `now` of whoever asks. A database that several machines share compares them with
/// its own clock.
#[async_trait]
pub(crate) trait RefreshStore {
    /// Claims the right to refresh one generation of a usable account; it comes due again when the claim ends. An owner
    /// that has it gets it again.
    async fn claim_refresh(&self, claim: &RefreshClaim<'_>) -> Result<ClaimReply>;
    /// Writes renewed tokens, if the generation is still the one before `connection.generation`, whoever has the claim.
    /// An account that had expired meanwhile is usable again; one that was revoked or waits for its user is left alone.
    async fn keep_refreshed(&self, connection: &ConnectionRecord) -> Result<bool>;
    /// Makes an account `EXPIRED`, if it works and its generation is still `connection.generation`.
    async fn expire_connection(
        &self,
        connection: &ConnectionRecord,
        reason: &str,
        now: i64,
    ) -> Result<bool>;
    /// Gives a claim back. With `until` it has failed, which is counted, and is due again then.
    async fn release_refresh(&self, claim: &RefreshClaim<'_>, until: Option<i64>) -> Result<()>;
    /// Usable accounts whose tokens are due and were not refreshed since `refreshed_before`, the most urgent first.
    async fn due_refreshes(
        &self,
        now: i64,
        refreshed_before: i64,
        limit: i64,
    ) -> Result<Vec<DueRefresh>>;
}

/// The operator's OAuth clients, by toolkit and scheme.
#[async_trait]
pub(crate) trait OauthClientStore {
    /// Adds a client, or takes the place of the one that is there.
    async fn put_oauth_client(&self, client: &OauthClientRecord) -> Result<()>;
    async fn oauth_client(
        &self,
        toolkit: &str,
        scheme_name: &str,
    ) -> Result<Option<OauthClientRecord>>;
    async fn delete_oauth_client(&self, toolkit: &str, scheme_name: &str) -> Result<bool>;
}

/// Everything that the vault has sealed, to be sealed anew under another key.
#[async_trait]
pub(crate) trait SealedStore {
    /// The records of a table after `row`, in the order of their rows.
    async fn sealed_after(
        &self,
        table: SealedTable,
        row: i64,
        limit: i64,
    ) -> Result<Vec<SealedRecord>>;
    /// How many there are in all tables.
    async fn sealed_count(&self) -> Result<u64>;
    /// Replaces those that nobody has changed; how many that were.
    async fn reseal(&self, table: SealedTable, records: &[Resealed]) -> Result<u64>;
}

/// The search index over the newest version of every app, which can be made anew at any time.
#[async_trait]
pub(crate) trait SearchStore {
    /// The index that is kept, and the stamp of what it was made from.
    async fn search_index(&self) -> Result<Option<(String, Vec<u8>)>>;
    /// Keeps an index in place of any other.
    async fn keep_search_index(&self, stamp: &str, index: &[u8]) -> Result<()>;
    /// How many pieces of vectors there are of the encoder that `stamp` says.
    #[cfg(feature = "semantic")]
    async fn count_vectors(&self, stamp: &str) -> Result<u64>;
    /// That encoder's pieces of a version, by their numbers.
    #[cfg(feature = "semantic")]
    async fn vectors(&self, slug: &str, version: &str, stamp: &str) -> Result<Vec<(u64, Vec<u8>)>>;
    /// Keeps a piece in place of any other of that number, and lets go of those of older versions.
    #[cfg(feature = "semantic")]
    async fn keep_vectors(&self, piece: &VectorRecord) -> Result<()>;
}

/// API keys of all projects, by id and by hash.
#[async_trait]
pub(crate) trait KeyStore {
    async fn insert_key(&self, key: &KeyRecord) -> Result<()>;
    async fn key_by_hash(&self, hash: &[u8]) -> Result<Option<KeyRecord>>;
    /// All of them, oldest first.
    async fn keys(&self) -> Result<Vec<KeyRecord>>;
    async fn delete_key(&self, id: &str) -> Result<bool>;
}

/// Files by id. Their bytes are elsewhere; methods that remove files give the names of the blobs left behind.
#[async_trait]
pub(crate) trait FileStore {
    /// Adds a file; one with content only if its project's files have `quota` bytes at most with it.
    async fn insert_file(&self, file: &FileRecord, quota: i64) -> Result<Kept>;
    /// Gives an awaited file its content, within the same quota.
    async fn keep_file(
        &self,
        id: &str,
        content: &FileContent,
        expires_at: i64,
        quota: i64,
    ) -> Result<Kept>;
    /// A file of any project.
    async fn file(&self, id: &str) -> Result<Option<FileRecord>>;
    /// A file with content that is the same as `file` in everything but id and times.
    async fn same_file(&self, file: &FileRecord) -> Result<Option<FileRecord>>;
    async fn file_usage(&self, project: &str) -> Result<FileUsage>;
    /// Notes that the file went to a service for `user`, and keeps it until `expires_at` at least.
    async fn use_file(&self, id: &str, user: Option<&str>, expires_at: i64) -> Result<()>;
    /// Files with content: the entries of `window`, and how many there are in all.
    async fn files(&self, filter: &FileFilter, window: Window) -> Result<(Vec<FileRecord>, u64)>;
    /// Removes a user's own files, and those of the project that were used for nobody else; says how many.
    async fn delete_files_of(&self, project: &str, user: &str) -> Result<(Vec<String>, u64)>;
    /// Removes files whose time is over.
    async fn expire_files(&self, now: i64) -> Result<Vec<String>>;
    /// Which of these blobs belong to no file.
    async fn stray_blobs(&self, blobs: &[String]) -> Result<Vec<String>>;
}

/// The log of executions.
#[async_trait]
pub(crate) trait LogStore {
    /// Adds the entries that are not there yet, with those payloads that are sealed.
    async fn append_logs(&self, logs: &[LogRecord]) -> Result<()>;
    /// How often each toolkit stands among the newest 10,000 entries of a project.
    async fn calls_by_toolkit(&self, project: &str) -> Result<Vec<(String, i64)>>;
    /// One more entry than `range.limit`, if there are so many.
    async fn logs(&self, range: &LogRange) -> Result<Vec<LoggedRecord>>;
    /// One entry with its payload.
    async fn log(&self, project: &str, id: &str) -> Result<Option<LoggedRecord>>;
    /// Removes entries with an id before `entries`, and payloads of those before `payloads`: some at a time. Gives
    /// whether there may be more.
    async fn remove_logs(&self, entries: &str, payloads: &str) -> Result<bool>;
    /// The same as [`LogStore::append_logs`] without a runtime, for the last entries of a program that ends. It takes
    /// two seconds at most.
    fn append_logs_blocking(&self, logs: Vec<LogRecord>);
}

/// Projects by their names. One that nobody changed has no record.
#[async_trait]
pub(crate) trait ProjectStore {
    async fn project(&self, id: &str) -> Result<Option<ProjectRecord>>;
    /// Writes what `change` names and gives what stands then.
    async fn change_project(&self, id: &str, change: &ProjectRecord) -> Result<ProjectRecord>;
    /// Removes what belongs to one user of a project: connections, log entries and their payloads.
    async fn delete_user(&self, project: &str, user: &str) -> Result<UserRemains>;
}

/// Small facts about the database itself.
#[async_trait]
pub(crate) trait MetaStore {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Keeps the value that is there, if there is one, and gives what stands in the end.
    async fn meta_or_insert(&self, name: &str, value: &[u8]) -> Result<Vec<u8>>;
}

/// Links on which people connect accounts, and what waits for the application's word about them. Both are known by the
/// hash of a token.
#[async_trait]
pub(crate) trait LinkStore {
    async fn insert_link(&self, link: &LinkRecord) -> Result<()>;
    /// The link, if its time is not over.
    async fn link(&self, hash: &[u8], now: i64) -> Result<Option<LinkRecord>>;
    /// Removes every link of the account.
    async fn delete_links(&self, account: &str) -> Result<()>;
    /// Keeps the credentials in place of others that wait for the same account.
    async fn insert_confirmation(&self, confirmation: &ConfirmationRecord) -> Result<()>;
    /// Takes it out, if there is one in the project and its time is not over: nobody gets it twice.
    async fn take_confirmation(
        &self,
        project: &str,
        hash: &[u8],
        now: i64,
    ) -> Result<Option<ConfirmationRecord>>;
    /// Removes links and confirmations whose time is over.
    async fn expire_links(&self, now: i64) -> Result<()>;
}
