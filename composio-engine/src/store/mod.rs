//! What is kept: one trait per resource, and the databases that implement them.
//!
//! Secrets arrive sealed. Times are microseconds since 1970.

mod records;
pub(crate) mod sqlite;
mod traits;

#[cfg(feature = "semantic")]
pub(crate) use records::VectorRecord;
pub(crate) use records::{
    AppOutline, AppRecord, AppVersion, AuditAppend, AuditEnd, AuditHead, AuditPart,
    AuthConfigFilter, AuthConfigRecord, ChangeKind, ChangeRecord, ClaimReply, ConfirmationRecord,
    ConnectionFilter, ConnectionRecord, DeprecationRecord, DueRefresh, FileContent, FileFilter,
    FileRecord, FileUsage, FlowRecord, Kept, KeyRecord, LinkRecord, LogPayload, LogRange,
    LogRecord, LoggedRecord, NewAppRecord, OauthClientRecord, Order, ProjectRecord, RefreshClaim,
    Resealed, SealedRecord, SealedTable, UserRemains, Window,
};
pub(crate) use traits::{
    AppStore, AuditStore, AuthConfigStore, ChangeStore, ConnectionStore, FileStore, FlowStore,
    KeyStore, LinkStore, LogStore, MetaStore, OauthClientStore, ProjectStore, RefreshStore,
    SealedStore, SearchStore, Store,
};
