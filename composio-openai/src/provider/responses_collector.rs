use std::collections::BTreeMap;

use async_openai::types::responses::{
    OutputItem, Response, ResponseErrorEvent, ResponseStreamEvent,
};
use composio_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::{
    repair::{self, Naming, Refusal},
    responses::failure,
};

/// Puts the events of a streamed answer together to the one that `handle_tool_calls` takes.
///
/// For programs that drive a stream by hand; [`ResponsesModel::streaming`](crate::ResponsesModel::streaming) does it
/// by itself.
///
/// ```no_run
/// # #[cfg(feature = "client")]
/// # async fn example(
/// #     client: async_openai::Client<async_openai::config::OpenAIConfig>,
/// #     request: async_openai::types::responses::CreateResponse,
/// #     tools: composio_openai::responses::Tools,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use composio_openai::responses::ResponseCollector;
/// use futures_util::StreamExt as _;
///
/// let mut stream = client.responses().create_stream(request).await?;
/// let mut collector = ResponseCollector::new();
/// while let Some(event) = stream.next().await {
///     let event = event?;
///     print!("{}", ResponseCollector::words(&event));
///     collector.push(event);
/// }
/// let items = tools.handle_tool_calls(&collector.finish()?).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ResponseCollector {
    has_begun: bool,
    items: BTreeMap<u32, OutputItem>,
    response: Option<Response>,
    error: Option<ResponseErrorEvent>,
    refusal: Option<Refusal>,
}

impl ResponseCollector {
    /// A collector without any event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the model says in this event, a refusal included.
    #[must_use]
    pub fn words(event: &ResponseStreamEvent) -> &str {
        match event {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => &event.delta,
            ResponseStreamEvent::ResponseRefusalDelta(event) => &event.delta,
            _ => "",
        }
    }

    /// Adds the next event.
    pub fn push(&mut self, event: ResponseStreamEvent) {
        self.has_begun = true;
        match event {
            ResponseStreamEvent::ResponseOutputItemDone(event) => {
                self.items.insert(event.output_index, event.item);
            }
            ResponseStreamEvent::ResponseCompleted(event) => self.response = Some(event.response),
            ResponseStreamEvent::ResponseIncomplete(event) => self.response = Some(event.response),
            ResponseStreamEvent::ResponseFailed(event) => self.response = Some(event.response),
            ResponseStreamEvent::ResponseError(event) => self.error = Some(event),
            _ => {}
        }
    }

    /// As [`push`](Self::push), with an event as plain JSON that may be nearly OpenAI's, and gives what the model says
    /// in it. What is no event, or one of an unknown kind, is left out; an error that a server sends is kept for
    /// [`finish`](Self::finish).
    pub fn push_json(&mut self, event: Value) -> String {
        self.has_begun = true;
        let refusal = repair::refusal_in(&event);
        let plain = repair::event(event, Naming::MadeUp);
        match plain.and_then(|plain| serde_json::from_value(plain).ok()) {
            Some(event) => {
                let words = Self::words(&event).to_owned();
                self.push(event);
                words
            }
            None => {
                self.refusal = self.refusal.take().or(refusal);
                String::new()
            }
        }
    }

    /// The answer as a whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if there was nothing in the stream, what the server said if it failed, and
    /// [`ErrorKind::Unavailable`] if the stream broke off before the model was done: half a call never becomes one.
    pub fn finish(self) -> Result<Response> {
        if !self.has_begun {
            let message =
                "the model's stream is empty: nobody asked for one, or the server has none";
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        }
        if let Some(refusal) = self.refusal {
            return Err(Error::new(refusal.kind, refusal.message));
        }
        if let Some(error) = self.error {
            return Err(failure(&error.code.unwrap_or_default(), &error.message));
        }
        let Some(mut response) = self.response else {
            let message = "the model's stream broke off before the model was done";
            return Err(Error::new(ErrorKind::Unavailable, message));
        };
        // Some servers leave the items out at the end, having sent each already.
        if response.output.is_empty() {
            response.output = self.items.into_values().collect();
        }
        Ok(response)
    }
}
