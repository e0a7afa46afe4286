//! The provider of `docs/write-a-provider.md`; the conformance suite runs it.

mod model;
mod provider;

pub use model::GenAiModel;
pub use provider::GenAi;

/// Tools for one user, spelt for genai.
pub type ToolSet = composio_core::ToolSet<GenAi>;

/// The tools of one fetch.
pub type Tools = composio_core::Tools<GenAi>;
