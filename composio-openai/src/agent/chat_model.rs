use std::fmt;

use async_openai::{
    Client,
    config::Config,
    types::chat::{
        ChatCompletionMessageToolCalls, ChatCompletionStreamOptions, CreateChatCompletionRequest,
        CreateChatCompletionResponse,
    },
};
use composio_core::{Error, ErrorKind, Model, ModelRequest, Result};
use futures_util::StreamExt as _;

use super::asked::Asked;
use crate::provider::{
    ChatCompletions, CompletionCollector,
    repair::{self, Naming},
};

/// A model behind an `async_openai::Client`, asked by Chat Completions.
///
/// The client by itself repeats a request that met 429, 5xx or no connection, up to three times; nothing is repeated
/// here. Answers of servers that leave out what OpenAI always sends, such as the id of a call, are understood. Of an
/// answer with several choices the first counts.
pub struct ChatModel<'a, C: Config> {
    client: &'a Client<C>,
    request: CreateChatCompletionRequest,
    streams: bool,
    asks_usage: bool,
}

impl<'a, C: Config> ChatModel<'a, C> {
    /// The model named `model`, with the API's defaults.
    #[must_use]
    pub fn new(client: &'a Client<C>, model: &str) -> Self {
        let request = CreateChatCompletionRequest {
            model: model.to_owned(),
            ..CreateChatCompletionRequest::default()
        };
        Self::with_request(client, request)
    }

    /// A model asked by `request`, with its temperature and the like.
    ///
    /// Its messages go before the history and its tools before the offered ones. `n` and `stream` are ignored, and
    /// `stream_options` unless [`streaming`](Self::streaming).
    #[must_use]
    pub fn with_request(client: &'a Client<C>, request: CreateChatCompletionRequest) -> Self {
        let request = CreateChatCompletionRequest {
            n: None,
            stream: None,
            ..request
        };
        Self {
            client,
            request,
            streams: false,
            asks_usage: true,
        }
    }

    /// Has the answers streamed, so that whoever listens to the run reads the words as they come.
    ///
    /// The last chunk is asked to say the tokens used; a server that refuses to is not asked again.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.streams = true;
        self
    }

    fn asked(&self) -> Asked<'_, C> {
        Asked {
            client: self.client,
            model: &self.request.model,
        }
    }

    fn request(&self, asked: &ModelRequest<'_, ChatCompletions>) -> CreateChatCompletionRequest {
        let mut request = self.request.clone();
        request.messages.extend_from_slice(asked.history());
        if !asked.tools().is_empty() {
            let offered = request.tools.get_or_insert_default();
            offered.extend_from_slice(asked.tools());
        }
        if !self.streams {
            request.stream_options = None;
            return request;
        }
        // Not left to the client: with its feature `byot` it forgets.
        request.stream = Some(true);
        let own = request.stream_options.take();
        request.stream_options = own.or(self.asks_usage.then_some(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        }));
        request
    }

    async fn whole(
        &self,
        request: CreateChatCompletionRequest,
    ) -> Result<CreateChatCompletionResponse> {
        let answer = self.client.chat().create(request).await;
        self.asked()
            .read(answer, |body| repair::completion(body, Naming::AsIs))
    }

    async fn streamed(
        &self,
        request: CreateChatCompletionRequest,
        asked: &ModelRequest<'_, ChatCompletions>,
    ) -> Result<CreateChatCompletionResponse> {
        let opened = self.client.chat().create_stream(request).await;
        let mut stream = opened.map_err(|error| self.asked().error_of(error))?;
        let mut collector = CompletionCollector::new();
        while let Some(chunk) = stream.next().await {
            let mut is_repaired = false;
            let chunk = self.asked().read_piece(chunk, |chunk| {
                is_repaired = true;
                collector.repair(chunk)
            })?;
            let Some(chunk) = chunk else { continue };
            asked.text_delta(CompletionCollector::words(&chunk));
            if is_repaired {
                collector.merge(chunk);
            } else {
                collector.push(chunk);
            }
        }
        collector
            .finish()
            .map_err(|error| self.asked().told(&error))
    }

    async fn answer(
        &mut self,
        asked: &ModelRequest<'_, ChatCompletions>,
    ) -> Result<CreateChatCompletionResponse> {
        if !self.streams {
            return self.whole(self.request(asked)).await;
        }
        match self.streamed(self.request(asked), asked).await {
            Err(error) if self.asks_usage && refuses_usage(&error) => {
                self.asks_usage = false;
                self.streamed(self.request(asked), asked).await
            }
            answer => answer,
        }
    }
}

/// Whether a server does not know how to say the tokens used in a stream.
fn refuses_usage(error: &Error) -> bool {
    let message = error.message();
    let names_it = message.contains("stream_options") || message.contains("include_usage");
    names_it && matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict)
}

impl<C: Config> Model<ChatCompletions> for ChatModel<'_, C> {
    type Response = CreateChatCompletionResponse;

    async fn respond(
        &mut self,
        asked: ModelRequest<'_, ChatCompletions>,
    ) -> Result<CreateChatCompletionResponse> {
        // A client's futures are large.
        let mut response = Box::pin(self.answer(&asked)).await?;
        response.choices.truncate(1);
        name_calls(&mut response, asked.history().len());
        Ok(response)
    }
}

/// Gives calls that came without an id one that no other call of the history has.
fn name_calls(response: &mut CreateChatCompletionResponse, turn: usize) {
    let choices = response.choices.iter_mut();
    let calls = choices.flat_map(|choice| choice.message.tool_calls.iter_mut().flatten());
    for (position, call) in calls.enumerate() {
        let id = match call {
            ChatCompletionMessageToolCalls::Function(call) => &mut call.id,
            ChatCompletionMessageToolCalls::Custom(call) => &mut call.id,
        };
        if id.is_empty() {
            *id = format!("call_{turn}_{position}");
        }
    }
}

impl<C: Config> fmt::Debug for ChatModel<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatModel({})", self.request.model)
    }
}
