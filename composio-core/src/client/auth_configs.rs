use super::{Client, Query, paging::list_builder, query::segment};
use crate::{
    Result,
    models::{
        Acknowledgement, AuthConfig, CreateAuthConfigRequest, CreatedAuthConfig, UpdateAuthConfig,
    },
};

/// Requests about auth configs (wire reference 1.4). From [`Client::auth_configs`].
///
/// Every method fails as [`Client`] says; with an id that does not exist the kind is
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
#[derive(Debug, Clone)]
pub struct AuthConfigs {
    client: Client,
}

impl AuthConfigs {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists auth configs.
    pub fn list(&self) -> ListAuthConfigs {
        ListAuthConfigs::new(self.client.clone())
    }

    /// One auth config, secrets masked.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn get(&self, id: &str) -> Result<AuthConfig> {
        self.client.get(&path(id), Query::default()).await
    }

    /// Makes an auth config.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn create(&self, request: &CreateAuthConfigRequest) -> Result<CreatedAuthConfig> {
        self.client.post("/auth_configs", request.clone()).await
    }

    /// Changes an auth config.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn update(&self, id: &str, update: &UpdateAuthConfig) -> Result<Acknowledgement> {
        self.client.patch(&path(id), update.clone()).await
    }

    /// Lets the auth config be used again.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn enable(&self, id: &str) -> Result<Acknowledgement> {
        self.client
            .patch(&format!("{}/ENABLED", path(id)), ())
            .await
    }

    /// Keeps the auth config and its connections from being used.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn disable(&self, id: &str) -> Result<Acknowledgement> {
        self.client
            .patch(&format!("{}/DISABLED", path(id)), ())
            .await
    }

    /// Deletes the auth config and its connections.
    ///
    /// # Errors
    ///
    /// As [`AuthConfigs`] says.
    pub async fn delete(&self, id: &str) -> Result<Acknowledgement> {
        self.client.delete(&path(id)).await
    }
}

fn path(id: &str) -> String {
    format!("/auth_configs/{}", segment(id))
}

list_builder! {
    /// A list of auth configs. Await it for one page, or [`ListAuthConfigs::stream`] it.
    ListAuthConfigs -> AuthConfig, "/auth_configs";
    /// Only auth configs of this toolkit.
    text toolkit = "toolkit_slug";
    /// Only auth configs whose name has this text.
    text search = "search";
    /// Disabled ones too.
    flag show_disabled = "show_disabled";
}
