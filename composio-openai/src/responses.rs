//! The Responses API: `ToolSet`, `Tools` and what belongs to them, as the crate's root has it for Chat Completions.
//!
//! ```no_run
//! # #[cfg(all(feature = "client", feature = "reqwest"))]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use composio_openai::async_openai::Client;
//! use composio_openai::{HttpTransport, ToolsExt as _, responses::ToolSet};
//!
//! let tools = ToolSet::new(HttpTransport::from_env()?).get_tools().apps(["github"]).await?;
//! let client = Client::new();
//! let answer = tools.agent(&client, "gpt-5.4").run("Star rust-lang/rust").await?;
//! # Ok(()) }
//! ```
//!
//! What Composio's older SDKs did with OpenAI's Assistants, which are gone, is done with this API: threads and runs are
//! a history here, or [`ResponsesModel::chained`] where the server keeps it.

#[cfg(feature = "client")]
pub use crate::agent::ResponsesModel;
pub use crate::provider::{ResponseCollector, Responses};

/// Tools for one user, spelt for async-openai's Responses.
pub type ToolSet = composio_core::ToolSet<Responses>;

/// The tools of one fetch: a `Vec<responses::Tool>` and all that belongs to calls of them.
pub type Tools = composio_core::Tools<Responses>;
