//! The command line, one file per noun.

mod actions;
mod add;
mod apps;
mod audit;
mod connections;
mod execute;
mod integrations;
mod keys;
mod login;
mod parameter;
mod program;
mod root;
mod serve;
mod users;
mod vault;

pub(crate) use actions::{ActionsCommand, ListActions, SearchActions};
pub(crate) use add::Add;
use add::{address, seconds};
pub(crate) use apps::{
    AddApp, AppFiles, AppsCommand, ConfigureApp, DeprecateApp, DiffApp, GenerateTypes, TakeApp,
};
pub(crate) use audit::{AuditCommand, ListAudit};
pub(crate) use connections::{
    ConnectionsCommand, ExportConnections, ListConnections, RefreshConnection,
};
pub(crate) use execute::Execute;
pub(crate) use integrations::{CreateIntegration, IntegrationsCommand};
pub(crate) use keys::{CreateKey, KeysCommand};
pub(crate) use login::Login;
pub(crate) use parameter::Parameter;
pub(crate) use program::{Completions, Man};
pub(crate) use root::{Cli, Command, Options};
pub(crate) use serve::Serve;
pub(crate) use users::UsersCommand;
pub(crate) use vault::VaultCommand;
