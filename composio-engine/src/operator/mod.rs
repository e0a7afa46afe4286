//! What Composio's API has no route for and an operator needs: apps, keys and users of an engine.

mod apps;
mod audit;
mod client;
mod exported;
mod models;
mod progress;
mod shipped;
mod versions;

pub(crate) use apps::{Source, compiled};
pub use audit::{AuditEntry, AuditList, AuditProblem, AuditQuery, AuditReport};
pub use client::Operator;
pub use exported::ExportedAccount;
pub use models::{
    App, AppList, DeletedUser, Deprecation, KeyList, LintedApp, NewApp, NewDeprecation,
    NewOauthClient, OauthClient,
};
pub use progress::ImportProgress;
pub(crate) use progress::Watch;
pub use shipped::shipped_apps;
