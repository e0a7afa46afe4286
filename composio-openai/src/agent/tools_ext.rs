use std::future::Future;

#[cfg(feature = "client")]
use async_openai::{Client, config::Config};
#[cfg(feature = "client")]
use composio_core::{Agent, Model};
use composio_core::{Provider, Result, Tools};
use serde_json::Value;

#[cfg(feature = "client")]
use super::{ChatModel, ResponsesModel};
use crate::provider::{ChatCompletions, Responses};

/// What this crate adds to [`Tools`], the same for both APIs.
pub trait ToolsExt {
    /// How the API spells tools, calls and results.
    type Provider: Provider;

    /// The API's model behind a client.
    #[cfg(feature = "client")]
    type Model<'a, C: Config + 'a>: Model<Self::Provider>
    where
        Self: 'a;

    /// As [`Tools::handle_tool_calls`], with the answer as plain JSON, from whatever client it came.
    ///
    /// It may be nearly OpenAI's, as that of many servers is: without ids, with decoded arguments or reasons of the
    /// vendor's own. `ChatCompletions::read` and [`Responses::read`] give such an answer in async-openai's types.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse) if it is no answer of this API, and as
    /// [`Tools::call_all`].
    fn handle_tool_calls_json(
        &self,
        answer: &Value,
    ) -> impl Future<Output = Result<Vec<<Self::Provider as Provider>::Message>>> + Send;

    /// The whole loop with the model named `model` behind `client`: asks it, runs the calls it makes, until it is done.
    ///
    /// A request that says more than the model's name, or that is to be streamed, goes with [`ChatModel`] or
    /// [`ResponsesModel`] to [`Tools::agent_with`].
    #[cfg(feature = "client")]
    fn agent<'a, C: Config>(
        &'a self,
        client: &'a Client<C>,
        model: &str,
    ) -> Agent<'a, Self::Provider, Self::Model<'a, C>>;
}

impl ToolsExt for Tools<ChatCompletions> {
    type Provider = ChatCompletions;
    #[cfg(feature = "client")]
    type Model<'a, C: Config + 'a> = ChatModel<'a, C>;

    async fn handle_tool_calls_json(
        &self,
        answer: &Value,
    ) -> Result<Vec<<ChatCompletions as Provider>::Message>> {
        self.handle_tool_calls(&ChatCompletions::read(answer)?)
            .await
    }

    #[cfg(feature = "client")]
    fn agent<'a, C: Config>(
        &'a self,
        client: &'a Client<C>,
        model: &str,
    ) -> Agent<'a, ChatCompletions, ChatModel<'a, C>> {
        self.agent_with(ChatModel::new(client, model))
    }
}

impl ToolsExt for Tools<Responses> {
    type Provider = Responses;
    #[cfg(feature = "client")]
    type Model<'a, C: Config + 'a> = ResponsesModel<'a, C>;

    async fn handle_tool_calls_json(
        &self,
        answer: &Value,
    ) -> Result<Vec<<Responses as Provider>::Message>> {
        self.handle_tool_calls(&Responses::read(answer)?).await
    }

    #[cfg(feature = "client")]
    fn agent<'a, C: Config>(
        &'a self,
        client: &'a Client<C>,
        model: &str,
    ) -> Agent<'a, Responses, ResponsesModel<'a, C>> {
        self.agent_with(ResponsesModel::new(client, model))
    }
}
