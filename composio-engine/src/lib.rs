#![doc = include_str!("../README.md")]

mod accounts;
mod api;
mod audit;
mod auth;
mod caller;
mod catalogue;
mod changes;
mod clock;
mod config;
mod engine;
mod executions;
mod executor;
mod files;
mod hex;
mod ids;
mod keys;
mod operator;
mod pages;
mod platform;
mod private_file;
mod projects;
mod public_url;
mod rotation;
mod server;
mod store;
mod tasks;
mod vault;

pub use caller::Caller;
pub use composio_toolkits::ShippedApp;
pub use engine::{AddedApp, ConnectRequest, Engine, EngineBuilder, Loopback};
pub use executor::{EgressPolicy, Limits};
pub use files::FileLimits;
pub use keys::{CreatedKey, KeyInfo, NewKey};
pub use operator::{
    App, AppList, AuditEntry, AuditList, AuditProblem, AuditQuery, AuditReport, DeletedUser,
    Deprecation, ExportedAccount, ImportProgress, KeyList, LintedApp, NewApp, NewDeprecation,
    NewOauthClient, OauthClient, Operator, shipped_apps,
};
pub use server::ServeOptions;
pub use vault::{EnvKey, FileKey, KeyProvider, StaticKey};
