use std::future::IntoFuture;

use crate::{
    Error, ErrorKind, Result, Secret,
    client::{BoxFuture, Client},
    models::{AuthConfig, AuthScheme, CreateAuthConfig, CreateAuthConfigRequest, Fields, Toolkit},
};

/// An integration about to be made. Await it. From [`ToolSet::create_integration`](crate::ToolSet::create_integration).
///
/// ```no_run
/// # async fn example(toolset: composio_core::ToolSet<composio_core::Plain>) -> composio_core::Result<()> {
/// let integration = toolset
///     .create_integration("googlecalendar")
///     .auth_mode("OAUTH2")
///     .use_composio_oauth_app(false)
///     .auth_config([
///         ("client_id", "12345678"),
///         ("client_secret", "12345678"),
///         ("redirect_uri", "https://yourapp.com/redirect"),
///     ])
///     .await?;
/// println!("{}", integration.id);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is made until this is awaited"]
pub struct CreateIntegration {
    client: Client,
    app: String,
    scheme: Option<AuthScheme>,
    managed: Option<bool>,
    name: Option<String>,
    actions: Vec<String>,
    scopes: Vec<String>,
    credentials: Fields,
}

impl CreateIntegration {
    pub(crate) fn new(client: Client, app: String) -> Self {
        Self {
            client,
            app,
            scheme: None,
            managed: None,
            name: None,
            actions: Vec::new(),
            scopes: Vec::new(),
            credentials: Fields::new(),
        }
    }

    /// The scheme, such as `"OAUTH2"`; without it the first of the app that asks for the given credentials.
    #[doc(alias = "auth_scheme")]
    pub fn auth_mode(mut self, scheme: impl Into<AuthScheme>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// Whether the operator's OAuth client is used. Without it, it is if the app has one and no credentials are given.
    #[doc(alias = "use_composio_managed_auth")]
    pub fn use_composio_oauth_app(mut self, managed: bool) -> Self {
        self.managed = Some(managed);
        self
    }

    /// The developer's own credentials: `client_id`, `client_secret`, `redirect_uri`, `scopes`, and the app's own.
    #[doc(alias = "credentials")]
    pub fn auth_config(mut self, credentials: impl Into<Fields>) -> Self {
        self.credentials.extend(credentials.into().into_map());
        self
    }

    /// One of the developer's own credentials.
    pub fn credential(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value: Secret = value.into();
        self.credentials.insert(name.into(), value.expose().into());
        self
    }

    /// Asks for these scopes in place of the app's usual ones, whosever the OAuth client is.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// A name for people.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Lets these actions alone be executed through the integration.
    #[doc(alias = "restrict_to_following_tools")]
    pub fn actions<S: Into<String>>(mut self, actions: impl IntoIterator<Item = S>) -> Self {
        self.actions.extend(actions.into_iter().map(Into::into));
        self
    }

    async fn make(self) -> Result<AuthConfig> {
        let mut wanted = self.wanted().await?;
        if !self.scopes.is_empty() {
            let scopes = self.scopes.into();
            wanted.credentials.insert("scopes".to_owned(), scopes);
        }
        wanted.name = self.name;
        wanted.restrict_to_following_tools = self.actions;
        let request = CreateAuthConfigRequest::new(self.app, Some(wanted));
        let configs = self.client.auth_configs();
        let made = configs.create(&request).await?.auth_config.id;
        configs.get(&made).await
    }

    async fn wanted(&self) -> Result<CreateAuthConfig> {
        let credentials = self.credentials.clone();
        match (self.managed, &self.scheme) {
            (Some(true), _) if !credentials.is_empty() => Err(Error::new(
                ErrorKind::InvalidInput,
                "the operator's OAuth client takes no credentials of the developer's: \
                 leave them out, or use_composio_oauth_app(false)",
            )),
            (Some(true), _) => Ok(CreateAuthConfig::managed()),
            (Some(false), Some(scheme)) => {
                Ok(CreateAuthConfig::custom(scheme.clone(), credentials))
            }
            (None, Some(scheme)) if !credentials.is_empty() => {
                Ok(CreateAuthConfig::custom(scheme.clone(), credentials))
            }
            (_, scheme) => {
                let toolkit = self.client.toolkits().get(&self.app).await?;
                let scheme = scheme.clone().map_or_else(|| self.first(&toolkit), Ok)?;
                let has_client = toolkit.composio_managed_auth_schemes.contains(&scheme);
                if self.managed.is_none() && credentials.is_empty() && has_client {
                    return Ok(CreateAuthConfig::managed());
                }
                Ok(CreateAuthConfig::custom(scheme, credentials))
            }
        }
    }

    /// The first scheme that asks the developer for what is given, else the first at all.
    fn first(&self, toolkit: &Toolkit) -> Result<AuthScheme> {
        let all = toolkit.auth_config_details.iter().flatten();
        let mut usable = all.filter(|details| details.mode != AuthScheme::NoAuth);
        let knows = |asks: &crate::models::AuthFields| {
            let mut given = self.credentials.keys();
            given.all(|name| asks.get(name).is_some())
        };
        let first = usable.clone().next();
        usable
            .find(|details| knows(&details.fields.auth_config_creation))
            .or(first)
            .map(|details| details.mode.clone())
            .ok_or_else(|| {
                let message = format!("{} needs no integration", toolkit.slug);
                Error::new(ErrorKind::InvalidInput, message)
            })
    }
}

impl IntoFuture for CreateIntegration {
    type Output = Result<AuthConfig>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}
