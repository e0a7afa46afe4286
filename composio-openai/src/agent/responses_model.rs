use std::fmt;

use async_openai::{
    Client,
    config::Config,
    types::responses::{
        CreateResponse, EasyInputMessage, IncludeEnum, InputItem, InputParam, Item, MessageItem,
        OutputItem, Response, Role,
    },
};
use composio_core::{Model, ModelRequest, Provider as _, Result};
use futures_util::StreamExt as _;

use super::asked::Asked;
use crate::provider::{
    ResponseCollector, Responses,
    repair::{self, Naming},
};

/// A model behind an `async_openai::Client`, asked by the Responses API.
///
/// By itself it is stateless: every request carries the whole history, the model's thoughts included, so that a run
/// goes on in another process or on another server. [`chained`](Self::chained) sends only what is new,
/// [`unstored`](Self::unstored) leaves nothing with the server.
///
/// The client by itself repeats a request that met 429, 5xx or no connection, up to three times; nothing is repeated
/// here. Answers of servers that leave out what OpenAI always sends are understood; items of a kind that async-openai
/// does not know do not reach the history.
pub struct ResponsesModel<'a, C: Config> {
    client: &'a Client<C>,
    request: CreateResponse,
    first: Vec<InputItem>,
    streams: bool,
    is_chained: bool,
    link: Option<Link>,
}

/// The last answer, as the server keeps it.
struct Link {
    id: String,
    turn: Vec<InputItem>,
}

impl<'a, C: Config> ResponsesModel<'a, C> {
    /// The model named `model`, with the API's defaults.
    #[must_use]
    pub fn new(client: &'a Client<C>, model: &str) -> Self {
        let request = CreateResponse {
            model: Some(model.to_owned()),
            ..CreateResponse::default()
        };
        Self::with_request(client, request)
    }

    /// A model asked by `request`, with its instructions and the like.
    ///
    /// Its input goes before the history and its tools before the offered ones. With a `conversation`, only what came
    /// since the model's last turn is sent, for the server adds it to the conversation. `background` and `stream` are
    /// ignored.
    #[must_use]
    pub fn with_request(client: &'a Client<C>, mut request: CreateResponse) -> Self {
        let first = match std::mem::take(&mut request.input) {
            InputParam::Items(items) => items,
            InputParam::Text(text) if text.is_empty() => Vec::new(),
            InputParam::Text(text) => vec![EasyInputMessage::from(text).into()],
        };
        request.background = None;
        request.stream = None;
        Self {
            client,
            request,
            first,
            streams: false,
            is_chained: false,
            link: None,
        }
    }

    /// Has the answers streamed, so that whoever listens to the run reads the words as they come.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Leaves the history to the server: a request names the answer before it by `previous_response_id` and sends
    /// only what came since.
    ///
    /// The history of the run is kept as ever. Where the chain does not hold (a run taken over from another process,
    /// an answer that the server has forgotten), the whole history is sent once.
    #[must_use]
    pub fn chained(mut self) -> Self {
        self.is_chained = true;
        self
    }

    /// Leaves nothing with the server (`store: false`); a reasoning model's thoughts travel encrypted in the history.
    ///
    /// For reasoning models: others refuse to encrypt thoughts that they do not have.
    #[must_use]
    pub fn unstored(mut self) -> Self {
        self.request.store = Some(false);
        let include = self.request.include.get_or_insert_default();
        if !include.contains(&IncludeEnum::ReasoningEncryptedContent) {
            include.push(IncludeEnum::ReasoningEncryptedContent);
        }
        self
    }

    fn asked(&self) -> Asked<'_, C> {
        Asked {
            client: self.client,
            model: self.request.model.as_deref().unwrap_or("the model"),
        }
    }

    fn request(&self, asked: &ModelRequest<'_, Responses>) -> CreateResponse {
        let mut request = self.request.clone();
        let history = asked.history();
        let (previous, items) = self.unsent(history);
        request.previous_response_id = previous.map(str::to_owned).or(request.previous_response_id);
        let is_whole = items.len() == history.len();
        let first = if is_whole { self.first.as_slice() } else { &[] };
        request.input = InputParam::Items([first, items].concat());
        if !asked.tools().is_empty() {
            let offered = request.tools.get_or_insert_default();
            offered.extend_from_slice(asked.tools());
        }
        if self.streams {
            // Not left to the client: with its feature `byot` it forgets.
            request.stream = Some(true);
        } else {
            request.stream_options = None;
        }
        request
    }

    /// What of the history the server does not have, and the answer that it comes after.
    fn unsent<'h>(&self, history: &'h [InputItem]) -> (Option<&str>, &'h [InputItem]) {
        let end = history.iter().rposition(|item| !is_answer(item));
        let last = history.iter().rposition(is_answer);
        let (Some(_), Some(last)) = (end.filter(|end| Some(*end) > last), last) else {
            return (None, history);
        };
        let (sent, new) = history.split_at(last.saturating_add(1));
        match &self.link {
            Some(link) if sent.ends_with(&link.turn) => (Some(&link.id), new),
            _ if self.request.conversation.is_some() => (None, new),
            _ => (None, history),
        }
    }

    async fn whole(&self, request: CreateResponse) -> Result<Response> {
        let answer = self.client.responses().create(request).await;
        self.asked()
            .read(answer, |body| repair::response(body, Naming::AsIs))
    }

    async fn streamed(
        &self,
        request: CreateResponse,
        asked: &ModelRequest<'_, Responses>,
    ) -> Result<Response> {
        let opened = self.client.responses().create_stream(request).await;
        let mut stream = opened.map_err(|error| self.asked().error_of(error))?;
        let mut collector = ResponseCollector::new();
        while let Some(event) = stream.next().await {
            let event = self.asked().read_piece(event, |event| {
                serde_json::from_value(repair::event(event, Naming::AsIs)?).ok()
            })?;
            let Some(event) = event else { continue };
            asked.text_delta(ResponseCollector::words(&event));
            collector.push(event);
        }
        collector
            .finish()
            .map_err(|error| self.asked().told(&error))
    }

    async fn answer(&self, asked: &ModelRequest<'_, Responses>) -> Result<Response> {
        let request = self.request(asked);
        if self.streams {
            self.streamed(request, asked).await
        } else {
            self.whole(request).await
        }
    }

    fn keep(&mut self, response: &Response) {
        let turn = Responses.turn(response).unwrap_or_default();
        let can_link = self.is_chained && !response.id.is_empty() && !turn.is_empty();
        self.link = can_link.then(|| Link {
            id: response.id.clone(),
            turn,
        });
    }
}

/// Whether the model made it.
fn is_answer(item: &InputItem) -> bool {
    match item {
        InputItem::EasyMessage(message) => message.role == Role::Assistant,
        InputItem::Item(item) => !matches!(
            item,
            Item::Message(MessageItem::Input(_))
                | Item::FunctionCallOutput(_)
                | Item::CustomToolCallOutput(_)
                | Item::ComputerCallOutput(_)
                | Item::LocalShellCallOutput(_)
                | Item::ShellCallOutput(_)
                | Item::ApplyPatchCallOutput(_)
                | Item::McpApprovalResponse(_)
                | Item::AdditionalTools(_)
                | Item::ConfigurationUpdate(_)
        ),
        InputItem::ItemReference(_) | InputItem::CompactionTrigger(_) => false,
        InputItem::Program(_) | InputItem::ProgramOutput(_) => true,
    }
}

impl<C: Config> Model<Responses> for ResponsesModel<'_, C> {
    type Response = Response;

    async fn respond(&mut self, asked: ModelRequest<'_, Responses>) -> Result<Response> {
        // A client's futures are large.
        let mut answer = Box::pin(self.answer(&asked)).await;
        let is_forgotten = |slug: Option<&str>| slug == Some("previous_response_not_found");
        if self.link.is_some()
            && answer
                .as_ref()
                .is_err_and(|error| is_forgotten(error.slug()))
        {
            self.link = None;
            answer = Box::pin(self.answer(&asked)).await;
        }
        let mut response = answer?;
        name_calls(&mut response, asked.history().len());
        self.keep(&response);
        Ok(response)
    }
}

/// Gives calls that came without an id one that no other call of the history has.
fn name_calls(response: &mut Response, turn: usize) {
    for (position, item) in response.output.iter_mut().enumerate() {
        if let OutputItem::FunctionCall(call) = item
            && call.call_id.is_empty()
        {
            call.call_id = format!("call_{turn}_{position}");
        }
    }
}

impl<C: Config> fmt::Debug for ResponsesModel<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponsesModel({})", self.asked().model)
    }
}
