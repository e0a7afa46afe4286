use std::future::IntoFuture;

use futures_util::TryStreamExt as _;

use crate::{
    Result,
    client::{BoxFuture, Client},
    models::{AuthConfig, AuthScheme, ConnectedAccount},
};

/// Connections, newest first. Await it. From
/// [`ToolSet::get_connected_accounts`](crate::ToolSet::get_connected_accounts).
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until this is awaited"]
pub struct GetConnectedAccounts {
    client: Client,
    entity: String,
    apps: Vec<String>,
    is_any_status: bool,
}

impl GetConnectedAccounts {
    pub(crate) fn new(client: Client, entity: String) -> Self {
        Self {
            client,
            entity,
            apps: Vec::new(),
            is_any_status: false,
        }
    }

    /// The end user, in place of the toolset's.
    #[doc(alias = "user_id")]
    pub fn entity_id(mut self, entity_id: impl Into<String>) -> Self {
        self.entity = entity_id.into();
        self
    }

    /// Only connections to this app.
    #[doc(alias = "toolkit")]
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.apps.push(app.into());
        self
    }

    /// Those that cannot be used too: begun, disabled, expired, revoked.
    pub fn any_status(mut self) -> Self {
        self.is_any_status = true;
        self
    }

    async fn list(self) -> Result<Vec<ConnectedAccount>> {
        let mut list = self
            .client
            .connected_accounts()
            .list()
            .users([self.entity])
            .order_by("created_at")
            .order_direction("desc");
        if !self.apps.is_empty() {
            list = list.toolkits(self.apps);
        }
        if !self.is_any_status {
            list = list.statuses(["ACTIVE"]);
        }
        let mut accounts: Vec<_> = list.stream().try_collect().await?;
        accounts.retain(|account| self.is_any_status || account.is_active());
        Ok(accounts)
    }
}

impl IntoFuture for GetConnectedAccounts {
    type Output = Result<Vec<ConnectedAccount>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.list())
    }
}

/// Integrations. Await it. From [`ToolSet::get_integrations`](crate::ToolSet::get_integrations).
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until this is awaited"]
pub struct GetIntegrations {
    client: Client,
    app: Option<String>,
    scheme: Option<AuthScheme>,
    shows_disabled: bool,
}

impl GetIntegrations {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            app: None,
            scheme: None,
            shows_disabled: false,
        }
    }

    /// Only integrations of this app.
    #[doc(alias = "toolkit")]
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.app = Some(app.into());
        self
    }

    /// Only integrations by this scheme, such as `"OAUTH2"`.
    #[doc(alias = "auth_scheme")]
    pub fn auth_mode(mut self, scheme: impl Into<AuthScheme>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// Disabled ones too.
    pub fn show_disabled(mut self) -> Self {
        self.shows_disabled = true;
        self
    }

    async fn list(self) -> Result<Vec<AuthConfig>> {
        let mut list = self.client.auth_configs().list();
        if let Some(app) = self.app {
            list = list.toolkit(app);
        }
        if self.shows_disabled {
            list = list.show_disabled(true);
        }
        let mut configs: Vec<_> = list.stream().try_collect().await?;
        if let Some(scheme) = self.scheme {
            configs.retain(|config| config.auth_scheme.as_ref() == Some(&scheme));
        }
        Ok(configs)
    }
}

impl IntoFuture for GetIntegrations {
    type Output = Result<Vec<AuthConfig>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.list())
    }
}
