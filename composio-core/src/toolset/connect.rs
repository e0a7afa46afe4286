use super::ToolSet;
use crate::{
    ConnectionRequest, CreateIntegration, Entity, GetConnectedAccounts, GetExpectedParams,
    GetIntegrations, InitiateConnection, Provider, Result, WaitUntilActive,
    models::{AuthConfig, ConnectedAccount},
};

/// Users and their connections.
impl<P: Provider> ToolSet<P> {
    /// One end user, by the program's own id.
    #[doc(alias = "user")]
    pub fn get_entity(&self, id: impl Into<String>) -> Entity<P> {
        let id = id.into();
        Entity::new(self.entity(&id), id)
    }

    /// Begins to connect an account of `app` for the toolset's user; without a named integration one is found or made.
    pub fn initiate_connection(&self, app: impl Into<String>) -> InitiateConnection {
        let connect = self.client.connect(app).user_id(&self.binding.entity);
        InitiateConnection::new(self.client.clone(), connect)
    }

    /// As [`ToolSet::initiate_connection`], through the integration `id`, `ac_…`, whatever its app is.
    pub fn initiate_connection_through(&self, id: impl Into<String>) -> InitiateConnection {
        let connect = self.client.connect_through(id);
        let connect = connect.user_id(&self.binding.entity);
        InitiateConnection::new(self.client.clone(), connect)
    }

    /// Asks the user of the connection `id` for consent anew; the connection keeps its id. The user ends at
    /// `redirect_url`. Without one, a connection that still works is refreshed instead, and nobody needs to consent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such connection.
    #[doc(alias = "reconnect")]
    pub async fn reinitiate_connection(
        &self,
        id: &str,
        redirect_url: Option<&str>,
    ) -> Result<ConnectionRequest> {
        let accounts = self.client.connected_accounts();
        let begun = accounts.reinitiate(id, redirect_url).await?;
        Ok(ConnectionRequest::begun_anew(self.client.clone(), begun))
    }

    /// Waits for a connection that was begun before, in this process or another.
    pub fn wait_for_connection(&self, id: impl Into<String>) -> WaitUntilActive {
        self.client.connected_accounts().wait_until_active(id)
    }

    /// The connections of the toolset's user that can be used now, newest first.
    pub fn get_connected_accounts(&self) -> GetConnectedAccounts {
        GetConnectedAccounts::new(self.client.clone(), self.binding.entity.clone())
    }

    /// One connection, whoever's it is; secrets are masked.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such connection.
    pub async fn get_connected_account(&self, id: &str) -> Result<ConnectedAccount> {
        self.client.connected_accounts().get(id).await
    }

    /// Makes an integration: how `app` is reached, by the operator's OAuth client or the developer's own.
    #[doc(alias = "create_auth_config")]
    pub fn create_integration(&self, app: impl Into<String>) -> CreateIntegration {
        CreateIntegration::new(self.client.clone(), app.into())
    }

    /// The integrations there are.
    #[doc(alias = "auth_configs")]
    pub fn get_integrations(&self) -> GetIntegrations {
        GetIntegrations::new(self.client.clone())
    }

    /// One integration; secrets are masked.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such integration.
    pub async fn get_integration(&self, id: &str) -> Result<AuthConfig> {
        self.client.auth_configs().get(id).await
    }

    /// What `app` asks of a user who connects, to be shown in a form of the program's own.
    pub fn get_expected_params_for_user(&self, app: impl Into<String>) -> GetExpectedParams {
        GetExpectedParams::new(self.client.clone(), app.into())
    }
}
