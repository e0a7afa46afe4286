//! What a client's errors mean, and answers that it could not read.

use async_openai::{
    Client,
    config::Config,
    error::{ApiErrorResponse, OpenAIError},
};
use composio_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::provider::repair;

const SHORTEST_CREDENTIAL: usize = 6;

/// A client and the name of the model that it asks.
pub(crate) struct Asked<'a, C: Config> {
    pub(crate) client: &'a Client<C>,
    pub(crate) model: &'a str,
}

impl<C: Config> Asked<'_, C> {
    /// The answer, or what `repair` can make of one that async-openai could not read.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        answer: Result<T, OpenAIError>,
        repair: impl FnOnce(Value) -> Option<Value>,
    ) -> Result<T> {
        match answer {
            Err(OpenAIError::JSONDeserialize(error, body)) => {
                let plain = serde_json::from_str(&body).ok().and_then(repair);
                let repaired = plain.and_then(|plain| serde_json::from_value(plain).ok());
                repaired.ok_or_else(|| self.unreadable(&error, &body))
            }
            answer => answer.map_err(|error| self.error_of(error)),
        }
    }

    /// The piece of a stream; nothing if it is one that nobody needs, such as an event of an unknown kind.
    pub(crate) fn read_piece<T: DeserializeOwned>(
        &self,
        piece: Result<T, OpenAIError>,
        repair: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>> {
        match piece {
            Err(OpenAIError::JSONDeserialize(error, data)) => {
                match serde_json::from_str(&data).ok().and_then(repair) {
                    Some(repaired) => Ok(Some(repaired)),
                    None if repair::refusal(&data).is_some() => Err(self.unreadable(&error, &data)),
                    None => Ok(None),
                }
            }
            piece => piece.map(Some).map_err(|error| self.error_of(error)),
        }
    }

    fn unreadable(&self, error: &serde_json::Error, body: &str) -> Error {
        if let Some(refusal) = repair::refusal(body) {
            return self.error(refusal.kind, &refusal.message);
        }
        let message = format!("the answer is not what this version understands: {error}");
        self.error(ErrorKind::UnexpectedResponse, &message)
    }

    /// What a client's error means.
    pub(crate) fn error_of(&self, error: OpenAIError) -> Error {
        match error {
            OpenAIError::ApiError(ApiErrorResponse {
                status_code,
                api_error,
            }) => {
                let message = repair::excerpt(&api_error.message);
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
            OpenAIError::StreamError(_) => {
                self.error(ErrorKind::Unavailable, "the stream broke off")
            }
            OpenAIError::JSONDeserialize(error, body) => self.unreadable(&error, &body),
            OpenAIError::InvalidArgument(message) => self.error(ErrorKind::InvalidInput, &message),
            other => {
                let message = other.to_string();
                let message = message.split(" for url (").next().unwrap_or_default();
                self.error(ErrorKind::Unavailable, message)
            }
        }
    }

    /// The same error, told of this model.
    pub(crate) fn told(&self, error: &Error) -> Error {
        self.error(error.kind(), error.message())
    }

    // A server may quote what it was sent, the credential included.
    fn error(&self, kind: ErrorKind, message: &str) -> Error {
        let mut message = format!("{}: {message}", self.model);
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
