use std::{fmt, future::Future};

use async_openai::{
    Client,
    config::Config,
    error::{ApiErrorResponse, OpenAIError},
    types::chat::{
        ChatCompletionMessageToolCalls, CreateChatCompletionRequest, CreateChatCompletionResponse,
    },
};
use composio_core::{Agent, Error, ErrorKind, Model, ModelRequest, Result, Tools};

use crate::{ChatCompletions, lenient};

/// What this crate adds to [`Tools`].
pub trait ToolsExt {
    /// The whole loop with the model named `model` behind `client`: asks it, runs the calls it makes, until it is done.
    ///
    /// A request that says more than the model's name goes with [`ChatModel::with_request`] to
    /// [`Tools::agent_with`].
    fn agent<'a, C: Config>(
        &'a self,
        client: &'a Client<C>,
        model: &str,
    ) -> Agent<'a, ChatCompletions, ChatModel<'a, C>>;
}

impl ToolsExt for Tools<ChatCompletions> {
    fn agent<'a, C: Config>(
        &'a self,
        client: &'a Client<C>,
        model: &str,
    ) -> Agent<'a, ChatCompletions, ChatModel<'a, C>> {
        self.agent_with(ChatModel::new(client, model))
    }
}

/// A model behind an `async_openai::Client`, asked by Chat Completions.
///
/// The client by itself repeats a request that met 429, 5xx or no connection, up to three times; nothing is repeated
/// here. Answers of servers that leave out what OpenAI always sends, such as the id of a call, are understood. Of an
/// answer with several choices the first counts.
pub struct ChatModel<'a, C: Config> {
    client: &'a Client<C>,
    request: CreateChatCompletionRequest,
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
    /// Its messages go before the history and its tools before the offered ones. `n`, `stream` and `stream_options`
    /// are ignored.
    #[must_use]
    pub fn with_request(client: &'a Client<C>, request: CreateChatCompletionRequest) -> Self {
        let request = CreateChatCompletionRequest {
            n: None,
            stream: None,
            stream_options: None,
            ..request
        };
        Self { client, request }
    }

    fn read(
        &self,
        answer: Result<CreateChatCompletionResponse, OpenAIError>,
    ) -> Result<CreateChatCompletionResponse> {
        match answer {
            Ok(response) => Ok(response),
            Err(OpenAIError::JSONDeserialize(error, body)) => {
                let plain = lenient::plain_answer(&body);
                let repaired = plain.and_then(|plain| serde_json::from_value(plain).ok());
                repaired.ok_or_else(|| self.unreadable(&error, &body))
            }
            Err(error) => Err(self.unanswered(error)),
        }
    }

    fn unreadable(&self, error: &serde_json::Error, body: &str) -> Error {
        if let Some(refusal) = lenient::refusal(body) {
            return self.error(refusal.kind, &refusal.message);
        }
        let message = format!("the answer is not what this version understands: {error}");
        self.error(ErrorKind::UnexpectedResponse, &message)
    }

    fn unanswered(&self, error: OpenAIError) -> Error {
        match error {
            OpenAIError::ApiError(ApiErrorResponse {
                status_code,
                api_error,
            }) => {
                let message = lenient::excerpt(&api_error.message);
                let error = self.error(ErrorKind::from_status(status_code), &message);
                let error = error.with_status(status_code);
                match api_error.code.or(api_error.r#type) {
                    Some(slug) => error.with_slug(slug),
                    None => error,
                }
            }
            OpenAIError::Reqwest(error) => {
                let kind = if error.is_timeout() {
                    ErrorKind::Timeout
                } else {
                    ErrorKind::Unavailable
                };
                // The address may carry a credential.
                self.error(kind, "the server did not answer")
                    .with_source(error.without_url())
            }
            OpenAIError::InvalidArgument(message) => self.error(ErrorKind::InvalidInput, &message),
            other => self.error(ErrorKind::Unavailable, &other.to_string()),
        }
    }

    // A server may quote what it was sent, the credential included.
    fn error(&self, kind: ErrorKind, message: &str) -> Error {
        let mut message = format!("{}: {message}", self.request.model);
        for value in self.client.config().headers().values() {
            let value = value.to_str().unwrap_or_default();
            let credential = value.strip_prefix("Bearer ").unwrap_or(value);
            if credential.len() >= SHORTEST_CREDENTIAL {
                message = message.replace(credential, "***");
            }
        }
        Error::new(kind, message).with_reader_message("the model did not answer")
    }
}

const SHORTEST_CREDENTIAL: usize = 6;

impl<C: Config> Model<ChatCompletions> for ChatModel<'_, C> {
    type Response = CreateChatCompletionResponse;

    fn respond(
        &mut self,
        asked: ModelRequest<'_, ChatCompletions>,
    ) -> impl Future<Output = Result<CreateChatCompletionResponse>> + Send {
        let mut request = self.request.clone();
        request.messages.extend_from_slice(asked.history());
        if !asked.tools().is_empty() {
            let offered = request.tools.get_or_insert_default();
            offered.extend_from_slice(asked.tools());
        }
        let turn = asked.history().len();
        async move {
            let mut response = self.read(self.client.chat().create(request).await)?;
            response.choices.truncate(1);
            name_calls(&mut response, turn);
            Ok(response)
        }
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
