#![doc = include_str!("../README.md")]

pub mod anthropic;
mod arguments;
mod budget;
pub mod client;
mod config;
mod connections;
mod custom_tools;
mod descope;
mod disk;
mod error;
mod files;
pub mod gemini;
pub mod models;
mod plain;
pub mod processors;
mod provider;
mod run;
mod schema;
mod secret;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tool;
mod toolkit_versions;
mod toolset;
mod transport;
pub mod typed;

#[cfg(feature = "macros")]
pub use composio_macros::{action, actions};
pub use schemars;

pub use anthropic::Anthropic;
pub use arguments::Arguments;
pub use budget::{CutResult, ResultBudget, WholeResult};
pub use config::{Config, HOSTED_BASE_URL};
pub use connections::{
    ConnectionRequest, CreateIntegration, Entity, ExpectedParams, GetConnectedAccounts,
    GetExpectedParams, GetIntegrations, InitiateConnection, WaitUntilActive,
};
#[cfg(feature = "macros")]
#[doc(hidden)]
pub use custom_tools::action as action_support;
pub use custom_tools::{CustomCall, CustomTool, ExecuteRequest, Parameter, ProxyCall};
pub use descope::{DescopeAuth, GetDescopeAuth};
pub use error::{BoxError, Error, ErrorKind, Result};
#[cfg(feature = "files")]
pub use files::data_url;
pub use gemini::Gemini;
pub use plain::{Plain, PlainMessage, PlainResponse, PlainTool};
pub use processors::{Processed, Scope};
pub use provider::Provider;
pub use run::{
    Agent, Answer, Limits, Model, ModelRequest, Run, RunCall, RunError, RunEvent, RunStream, Step,
    Usage,
};
pub use schema::{CompiledSchema, Dialect, Loss, LossKind, ModelTool, ToolLosses};
pub use secret::Secret;
pub use tool::{
    BoundTool, CallContext, Decision, Gate, OutcomeStatus, PendingCall, ToolCall, ToolLayer,
    ToolOutcome, ToolRequest, ToolService,
};
pub use toolkit_versions::ToolkitVersions;
pub use toolset::{ExecuteAction, FindActions, GetActionSchemas, GetTools, ToolSet, Tools};
#[cfg(feature = "reqwest")]
pub use transport::HttpTransport;
pub use transport::{Body, BoxedService, Transport};
