use std::future::IntoFuture;

use super::ConnectionRequest;
use crate::{
    Result, Secret,
    client::{BoxFuture, Client, Connect},
    models::{AuthScheme, Fields},
};

/// A connection about to be begun. Await it. From [`ToolSet::initiate_connection`](crate::ToolSet::initiate_connection).
///
/// Without an integration it goes through the newest enabled one of the app and scheme; if there is none, one is made,
/// and taken back if the connection cannot be begun.
///
/// It fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the app asks for other fields than
/// those given, and with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such app or integration.
#[derive(Debug, Clone)]
#[must_use = "nothing is begun until this is awaited"]
pub struct InitiateConnection {
    client: Client,
    connect: Connect,
}

impl InitiateConnection {
    pub(crate) fn new(client: Client, connect: Connect) -> Self {
        Self { client, connect }
    }

    /// The end user, in place of the toolset's.
    #[doc(alias = "user_id")]
    pub fn entity_id(mut self, entity_id: impl Into<String>) -> Self {
        self.connect = self.connect.user_id(entity_id);
        self
    }

    /// Goes through this integration, `ac_…`, of the same app.
    #[doc(alias = "auth_config_id")]
    pub fn integration_id(mut self, id: impl Into<String>) -> Self {
        self.connect = self.connect.auth_config(id);
        self
    }

    /// The scheme, such as `"OAUTH2"`; without it the first of the app that asks for the given fields.
    #[doc(alias = "auth_scheme")]
    pub fn auth_mode(mut self, scheme: impl Into<AuthScheme>) -> Self {
        self.connect = self.connect.scheme(scheme);
        self
    }

    /// One of the fields that the app asks of the user: [`ToolSet::get_expected_params_for_user`] tells which.
    ///
    /// [`ToolSet::get_expected_params_for_user`]: crate::ToolSet::get_expected_params_for_user
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.connect = self.connect.field(name, value);
        self
    }

    /// As [`InitiateConnection::param`], for several.
    #[doc(alias = "params")]
    pub fn connected_account_params(mut self, params: impl Into<Fields>) -> Self {
        self.connect = self.connect.fields(params);
        self
    }

    /// Where the user's browser goes after the consent page; an own page of the service's without it.
    #[doc(alias = "callback_url")]
    pub fn redirect_url(mut self, url: impl Into<String>) -> Self {
        self.connect = self.connect.callback_url(url);
        self
    }

    /// Only integrations with the operator's OAuth client (`true`), or only those with the developer's own (`false`).
    #[doc(alias = "use_composio_oauth_app")]
    pub fn use_composio_auth(mut self, managed: bool) -> Self {
        self.connect = self.connect.managed(managed);
        self
    }

    /// Makes a new integration even if the app has one.
    pub fn force_new_integration(mut self) -> Self {
        self.connect = self.connect.new_auth_config();
        self
    }

    /// Asks for these scopes in place of the app's usual ones, by a new integration.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.connect = self.connect.scopes(scopes);
        self
    }

    /// Words of the program's own to find the connection by. An engine keeps them; hosted Composio ignores them.
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.connect = self.connect.labels(labels);
        self
    }

    /// A name of the program's own for the connection, such as `work`.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.connect = self.connect.alias(alias);
        self
    }

    /// Tries the credentials at the app before they are stored, where the app has an endpoint for it.
    pub fn validate_credentials(mut self) -> Self {
        self.connect = self.connect.validate_credentials();
        self
    }
}

impl IntoFuture for InitiateConnection {
    type Output = Result<ConnectionRequest>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let created = self.connect.await?;
            Ok(ConnectionRequest::created(self.client, created))
        })
    }
}
