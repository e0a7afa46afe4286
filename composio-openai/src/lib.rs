#![doc = include_str!("../README.md")]

mod agent;
mod provider;
pub mod responses;

pub use async_openai;

pub use agent::ToolsExt;
#[cfg(feature = "client")]
pub use agent::{ChatModel, ResponsesModel};
#[cfg(feature = "middleware")]
pub use agent::{Repair, RepairLayer, repairing_service};
#[cfg(feature = "reqwest")]
pub use composio_core::HttpTransport;
pub use composio_core::{Decision, Error, ErrorKind, Gate, Result, ResultBudget, Transport};
pub use provider::{ChatCompletions, CompletionCollector, Responses};

/// Tools for one user, spelt for async-openai's Chat Completions; [`responses::ToolSet`] is that of Responses.
pub type ToolSet = composio_core::ToolSet<ChatCompletions>;

/// The tools of one fetch: a `Vec<ChatCompletionTools>` and all that belongs to calls of them.
pub type Tools = composio_core::Tools<ChatCompletions>;

#[cfg(test)]
mod tests;
