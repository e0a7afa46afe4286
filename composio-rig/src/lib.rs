#![doc = include_str!("../README.md")]

#[cfg(feature = "agent")]
mod agent;
mod provider;
#[cfg(test)]
mod tests;

#[cfg(feature = "agent")]
pub use rig_agent;
pub use rig_core;

#[cfg(feature = "agent")]
pub use agent::{Changes, LiveTools, PendingCalls, RunHook, ToolSearch, ToolsExt};
#[cfg(feature = "reqwest")]
pub use composio_core::HttpTransport;
pub use composio_core::{
    CallContext, Decision, Error, ErrorKind, Gate, PendingCall, Result, ResultBudget, Transport,
};
pub use provider::{ConnectedAccount, Entity, LogId, Rig, answer_unanswered};

/// Tools for one user, spelt for rig.
pub type ToolSet = composio_core::ToolSet<Rig>;

/// The tools of one fetch: a `Vec<DynamicTool>` and all that belongs to calls of them.
pub type Tools = composio_core::Tools<Rig>;
