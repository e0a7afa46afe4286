#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
mod agent;
#[cfg(feature = "client")]
mod lenient;
mod provider;

pub use async_openai;

#[cfg(feature = "client")]
pub use agent::{ChatModel, ToolsExt};
#[cfg(feature = "reqwest")]
pub use composio_core::HttpTransport;
pub use composio_core::{Decision, Error, ErrorKind, Gate, Result, ResultBudget, Transport};
pub use provider::ChatCompletions;

/// Tools for one user, spelt for async-openai's Chat Completions.
pub type ToolSet = composio_core::ToolSet<ChatCompletions>;

/// The tools of one fetch: a `Vec<ChatCompletionTools>` and all that belongs to calls of them.
pub type Tools = composio_core::Tools<ChatCompletions>;

#[cfg(test)]
mod tests;
