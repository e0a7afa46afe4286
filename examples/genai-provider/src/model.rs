use composio_core::{Error, ErrorKind, Model, ModelRequest, Result};
use futures_util::StreamExt as _;
use genai::{
    Client, ModelSpec,
    chat::{ChatOptions, ChatRequest, ChatStreamEvent, StreamEnd},
};

use crate::GenAi;

/// A model behind a `genai::Client`; its words are told as they come.
#[derive(Debug, Clone)]
pub struct GenAiModel {
    client: Client,
    model: ModelSpec,
}

impl GenAiModel {
    /// The model that genai knows by this name or target.
    pub fn new(client: Client, model: impl Into<ModelSpec>) -> Self {
        let model = model.into();
        Self { client, model }
    }
}

impl Model<GenAi> for GenAiModel {
    type Response = StreamEnd;

    async fn respond(&mut self, request: ModelRequest<'_, GenAi>) -> Result<StreamEnd> {
        let mut chat = ChatRequest::new(request.history().to_vec());
        if !request.tools().is_empty() {
            chat = chat.with_tools(request.tools().to_vec());
        }
        let options = ChatOptions::default()
            .with_capture_content(true)
            .with_capture_reasoning_content(true)
            .with_capture_tool_calls(true)
            .with_capture_usage(true);
        let asked = self
            .client
            .exec_chat_stream(self.model.clone(), chat, Some(&options));
        let mut answer = asked.await.map_err(failed)?.stream;
        while let Some(event) = answer.next().await {
            match event.map_err(failed)? {
                ChatStreamEvent::Chunk(words) => request.text_delta(&words.content),
                ChatStreamEvent::End(end) => return Ok(end),
                _ => {}
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "the stream broke off"))
    }
}

// The framework's words may quote what was sent; they are for the operator alone.
fn failed(error: genai::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the model did not answer").with_source(error)
}
