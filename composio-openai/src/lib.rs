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
pub use composio_core::{Error, ErrorKind, Result};
pub use provider::ChatCompletions;

/// Tools for one user, spelt for async-openai's Chat Completions.
pub type ToolSet = composio_core::ToolSet<ChatCompletions>;

#[cfg(test)]
mod tests;
