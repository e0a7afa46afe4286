use composio_core::Agent;
use langchain_rust::language_models::llm::LLM;

use super::LlmModel;
use crate::{LangChain, Tools};

/// What this crate adds to [`Tools`].
pub trait ToolsExt {
    /// The whole loop with any LLM of langchain-rust: asks it, runs the calls it makes, until it is done.
    ///
    /// [`agent_with`](composio_core::Tools::agent_with)`(`[`LlmModel::new`]`(llm).streaming())` gives the words as they
    /// come, and keeps what the model says beside its calls.
    fn executor(&self, llm: impl Into<Box<dyn LLM>>) -> Agent<'_, LangChain, LlmModel>;
}

impl ToolsExt for Tools {
    fn executor(&self, llm: impl Into<Box<dyn LLM>>) -> Agent<'_, LangChain, LlmModel> {
        self.agent_with(LlmModel::new(llm))
    }
}
