#![doc = include_str!("../README.md")]

mod agent;
mod provider;
#[cfg(test)]
mod tests;

pub use langchain_rust;

pub use agent::{LlmModel, MemoryExt, Remembering, ToolsExt};
#[cfg(feature = "reqwest")]
pub use composio_core::HttpTransport;
pub use composio_core::{Decision, Error, ErrorKind, Gate, Result, ResultBudget, Transport};
pub use provider::{LangChain, ToolError};

/// Tools for one user, spelt for langchain-rust.
pub type ToolSet = composio_core::ToolSet<LangChain>;

/// The tools of one fetch: a `Vec<Arc<dyn Tool>>` and all that belongs to calls of them.
pub type Tools = composio_core::Tools<LangChain>;
