use std::{error::Error as _, fmt};

use composio_core::{Error, ErrorKind, Model, ModelRequest, Result};
use futures_util::StreamExt as _;
use langchain_rust::{
    language_models::{GenerateResult, LLMError, LLMEvent, llm::LLM, options::CallOptions},
    schemas::FunctionDefinition,
};

use crate::{LangChain, Tools};

/// An LLM of langchain-rust as a model of the loop.
///
/// The tools are offered to it when it is first asked, beside the options it has.
pub struct LlmModel {
    llm: Box<dyn LLM>,
    streaming: bool,
    has_tools: bool,
}

impl LlmModel {
    /// A model that asks `llm` by `generate`.
    #[must_use]
    pub fn new(llm: impl Into<Box<dyn LLM>>) -> Self {
        Self {
            llm: llm.into(),
            streaming: false,
            has_tools: false,
        }
    }

    /// Asks by `generate_stream`: the model's words beside its calls reach the history, which `generate` drops.
    ///
    /// The server must stream as the LLM expects it to. It counts tokens if the LLM has the option
    /// `CallOptions::with_stream_usage(true)`, which a limit on tokens needs.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.streaming = true;
        self
    }

    fn offer(&mut self, tools: &Tools) {
        let functions: Vec<_> = tools
            .iter()
            .map(FunctionDefinition::from_langchain_tool)
            .collect();
        // An empty list is refused by some servers.
        if !self.has_tools && !functions.is_empty() {
            self.llm
                .add_options(CallOptions::new().with_functions(functions));
        }
        self.has_tools = true;
    }

    async fn stream(&self, request: &ModelRequest<'_, LangChain>) -> Result<GenerateResult> {
        let mut events = self.llm.generate_stream(request.history());
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event.map_err(into_error)? {
                LLMEvent::Text(chunk) => {
                    request.text_delta(&chunk);
                    text.push_str(&chunk);
                }
                LLMEvent::Done(mut result) => {
                    if result.has_tool_calls() {
                        result.generation = text;
                    }
                    return Ok(result);
                }
                _ => {}
            }
        }
        Err(Error::new(
            ErrorKind::UnexpectedResponse,
            "the model's answer ended before it was whole",
        ))
    }
}

impl Model<LangChain> for LlmModel {
    type Response = GenerateResult;

    async fn respond(&mut self, request: ModelRequest<'_, LangChain>) -> Result<GenerateResult> {
        self.offer(request.tools());
        if self.streaming {
            self.stream(&request).await
        } else {
            self.llm
                .generate(request.history())
                .await
                .map_err(into_error)
        }
    }
}

impl fmt::Debug for LlmModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmModel")
            .field("streaming", &self.streaming)
            .finish_non_exhaustive()
    }
}

// What the vendor says may quote the key, so it is the source alone.
fn into_error(error: LLMError) -> Error {
    let kind = match &error {
        LLMError::Timeout(_) => ErrorKind::Timeout,
        LLMError::RequestError(error) if error.is_timeout() => ErrorKind::Timeout,
        LLMError::InvalidUrl(_) => ErrorKind::Config,
        LLMError::SerdeError(_) | LLMError::ContentNotFound(_) | LLMError::ParsingError(_) => {
            ErrorKind::UnexpectedResponse
        }
        // The HTTP client's own errors have a source; what the API answered does not.
        LLMError::OpenAIError(error) if error.source().is_none() => ErrorKind::UnexpectedResponse,
        _ => ErrorKind::Unavailable,
    };
    let message = if kind == ErrorKind::UnexpectedResponse {
        "the model's service refused, or its answer makes no sense"
    } else {
        "the model could not be asked"
    };
    Error::new(kind, message).with_source(error)
}
