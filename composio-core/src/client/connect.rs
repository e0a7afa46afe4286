use std::{fmt, future::IntoFuture, pin::pin};

use futures_util::TryStreamExt as _;

use super::{BoxFuture, Client, auth_plan};
use crate::{
    Error, ErrorKind, Result, Secret,
    models::{
        AuthScheme, CreateAuthConfigRequest, CreateConnectedAccount, CreatedConnectedAccount,
        Fields,
    },
};

/// A user's account about to be connected. Await it. From [`Client::connect`] and [`Client::connect_through`].
///
/// It goes through the auth config that is named; else through the newest enabled one of the scheme; else one is made,
/// with the developer's fields among those given, and taken back if the account cannot be made.
///
/// Fails as [`Client`] says, and with [`ErrorKind::InvalidInput`] if no scheme of the toolkit asks for the given
/// fields.
#[derive(Clone)]
#[must_use = "nothing is connected until this is awaited"]
pub struct Connect {
    client: Client,
    toolkit: Option<String>,
    user_id: Option<String>,
    scheme: Option<AuthScheme>,
    auth_config: Option<String>,
    managed: Option<bool>,
    is_new: bool,
    scopes: Vec<String>,
    alias: Option<String>,
    labels: Vec<String>,
    callback_url: Option<String>,
    is_tried: bool,
    fields: Fields,
}

impl Connect {
    pub(super) fn new(client: Client, toolkit: Option<String>) -> Self {
        Self {
            client,
            toolkit,
            user_id: None,
            scheme: None,
            auth_config: None,
            managed: None,
            is_new: false,
            scopes: Vec::new(),
            alias: None,
            labels: Vec::new(),
            callback_url: None,
            is_tried: false,
            fields: Fields::new(),
        }
    }

    /// The end user. Without it the one that the key is for, else `default`.
    #[doc(alias = "entity")]
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// One of the fields that the toolkit asks for, such as `api_key`.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value: Secret = value.into();
        self.fields.insert(name.into(), value.expose().into());
        self
    }

    /// As [`Connect::field`], for several of any JSON type.
    pub fn fields(mut self, fields: impl Into<Fields>) -> Self {
        self.fields.extend(fields.into().into_map());
        self
    }

    /// The scheme. Without it, it is the first whose fields the given ones are.
    pub fn scheme(mut self, scheme: impl Into<AuthScheme>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// The auth config to connect through, `ac_…`.
    #[doc(alias = "integration")]
    pub fn auth_config(mut self, id: impl Into<String>) -> Self {
        self.auth_config = Some(id.into());
        self
    }

    /// Only auth configs with the operator's credentials (`true`), or only those with the developer's own (`false`).
    /// Without it either will do.
    #[doc(alias = "use_composio_auth")]
    pub fn managed(mut self, managed: bool) -> Self {
        self.managed = Some(managed);
        self
    }

    /// Makes a new auth config even if there is one of the scheme.
    #[doc(alias = "force_new_integration")]
    pub fn new_auth_config(mut self) -> Self {
        self.is_new = true;
        self
    }

    /// Asks for these scopes in place of the toolkit's usual ones, by a new auth config.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Words of the caller's own to find the account by. An extension of our engine; others ignore it.
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// A name of the caller's own for the account, unique among the user's accounts of the toolkit.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// Where the user's browser goes after a consent page.
    #[doc(alias = "redirect_url")]
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        self.callback_url = Some(url.into());
        self
    }

    /// Tries the credentials before anything is stored.
    pub fn validate_credentials(mut self) -> Self {
        self.is_tried = true;
        self
    }

    async fn send(self) -> Result<CreatedConnectedAccount> {
        if let Some(id) = self.auth_config.clone() {
            let config = self.client.auth_configs().get(&id).await?;
            let slug = &config.toolkit.slug;
            if let Some(toolkit) = &self.toolkit
                && !slug.eq_ignore_ascii_case(toolkit)
            {
                let message = format!("{id} belongs to {slug}, not to {toolkit}");
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            let scheme = self.scheme.clone().or(config.auth_scheme);
            return self.create(id, scheme, self.fields.clone()).await;
        }
        let slug = self.toolkit.as_deref().unwrap_or_default();
        let toolkit = self.client.toolkits().get(slug).await?;
        let details = auth_plan::scheme(&toolkit, self.scheme.as_ref(), &self.fields)?;
        let scheme = details.mode.clone();
        let (developers, users) = auth_plan::shared_out(details, self.fields.clone());
        if developers.is_empty()
            && !self.is_new
            && self.scopes.is_empty()
            && let Some(id) = self.newest_of(&toolkit.slug, &scheme).await?
        {
            return self.create(id, Some(scheme), users).await;
        }
        let mut own = auth_plan::new_config(&toolkit, details, developers, self.managed);
        if !self.scopes.is_empty() {
            own.credentials
                .insert("scopes".to_owned(), self.scopes.clone().into());
        }
        let request = CreateAuthConfigRequest::new(&toolkit.slug, Some(own));
        let made = self.client.auth_configs().create(&request).await?;
        let made = made.auth_config;
        let scheme = made.auth_scheme.unwrap_or(scheme);
        let created = self.create(made.id.clone(), Some(scheme), users).await;
        if created.is_err() {
            self.client.auth_configs().delete(&made.id).await.ok();
        }
        created
    }

    async fn newest_of(&self, toolkit: &str, scheme: &AuthScheme) -> Result<Option<String>> {
        let listed = self.client.auth_configs().list().toolkit(toolkit);
        let mut listed = pin!(listed.stream());
        let mut newest = None;
        while let Some(config) = listed.try_next().await? {
            let fits = config.auth_scheme.as_ref() == Some(scheme)
                && config.status != "DISABLED"
                && self
                    .managed
                    .is_none_or(|is| config.is_composio_managed == is);
            let since = newest.as_ref().map(|(since, _): &(String, _)| since);
            if fits && since.is_none_or(|since| config.created_at > *since) {
                newest = Some((config.created_at, config.id));
            }
        }
        Ok(newest.map(|(_, id)| id))
    }

    async fn create(
        &self,
        id: String,
        scheme: Option<AuthScheme>,
        fields: Fields,
    ) -> Result<CreatedConnectedAccount> {
        let mut request = CreateConnectedAccount::new(id, String::new());
        request.connection.user_id.clone_from(&self.user_id);
        request.connection.alias.clone_from(&self.alias);
        let callback_url = &mut request.connection.callback_url;
        callback_url.clone_from(&self.callback_url);
        request.connection.labels.clone_from(&self.labels);
        request.validate_credentials = self.is_tried.then_some(true);
        match scheme {
            Some(scheme) => request.connection.state = auth_plan::state(scheme, fields),
            None => request.connection.data = Some(fields),
        }
        self.client.connected_accounts().create(&request).await
    }
}

impl IntoFuture for Connect {
    type Output = Result<CreatedConnectedAccount>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("toolkit", &self.toolkit)
            .field("user_id", &self.user_id)
            .field("scheme", &self.scheme)
            .field("auth_config", &self.auth_config)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
