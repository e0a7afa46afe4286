//! The wire's own types: what the client reads is what the engine serves.
//!
//! Every model tolerates unknown fields and missing optional ones, and is `#[non_exhaustive]`: build one
//! with its `new` or `default` and set the fields. Field names are the wire's
//! ([wire reference](https://docs.composio.dev/api-reference), sections 1.2 to 1.5).

mod auth_config;
mod connect_link;
mod connected_account;
mod dry_run;
mod execute;
mod fields;
mod file;
mod log;
mod page;
mod project;
mod proxy;
mod raw_json;
mod scheme;
mod scopes;
mod session;
mod tool;
mod toolkit;

pub use auth_config::{
    AuthConfig, AuthConfigRef, CreateAuthConfig, CreateAuthConfigRequest, CreatedAuthConfig,
    CreatedAuthConfigDetails, ToolAccessConfig, UpdateAuthConfig,
};
pub use connect_link::{CompleteAuth, CompletedAuth, ConnectLink, CreateConnectLink};
pub use connected_account::{
    AccountIdentity, ConnectedAccount, ConnectedAccountAuthConfig, ConnectionData,
    ConnectionRequestBody, ConnectionStatus, ConnectionUpdate, CreateConnectedAccount,
    CreatedConnectedAccount, FormerAccount, RefreshedConnectedAccount, RevokedConnectedAccount,
    StandingAccount, UpdateConnectedAccount, UpdatedConnectedAccount,
};
pub use dry_run::DryRun;
pub use execute::{
    AuthParameter, CustomAuth, CustomConnectionData, ExecuteRequestBody, Placement, ToolResult,
};
pub use fields::Fields;
pub use file::{FileArgument, FileEntry, FileResult, FileStorage, FileUpload, FileUploadRequest};
pub use log::{LogEntry, LogFilter, LogPage, LogQuery, LogTimings, TimeRange};
pub use page::{Acknowledgement, ErrorBody, ErrorEnvelope, Page};
pub use project::{ProjectConfig, UpdateProjectConfig};
pub use proxy::{ProxyParameter, ProxyParameterType, ProxyRequest, ProxyResponse};
pub use raw_json::RawJson;
pub use scheme::AuthScheme;
pub use scopes::{ScopeRequirement, ScopeRequirements, ScopeSet};
pub use session::{SessionInfo, SessionMember, SessionProject};
pub use tool::{FormerTool, FormerToolToolkit, Relevance, RelevantWord, Tool, ToolToolkit};
pub use toolkit::{
    AuthConfigDetails, AuthField, AuthFields, Category, Changelog, ChangelogEntry,
    ChangelogVersion, FieldGroups, FormerToolkit, ListToolkitsRequest, Toolkit, ToolkitMeta,
    ToolkitRef,
};

// A closed list that a newer server may extend: unknown names survive a round trip.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A name this version does not know.
            Other(String),
        }

        impl $name {
            /// The name on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    };
}
pub(crate) use open_enum;

#[cfg(test)]
mod tests;
