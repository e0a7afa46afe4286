//! The loop with langchain-rust's LLMs and memories.

mod llm_model;
mod remembering;
mod tools_ext;

pub use llm_model::LlmModel;
pub use remembering::{MemoryExt, Remembering};
pub use tools_ext::ToolsExt;
