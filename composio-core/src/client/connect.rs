use std::{fmt, future::IntoFuture, pin::pin};

use futures_util::TryStreamExt as _;
use serde_json::Value;

use super::{BoxFuture, Client};
use crate::{
    Error, ErrorKind, Result, Secret,
    models::{
        AuthConfigDetails, AuthScheme, ConnectionData, CreateAuthConfig, CreateAuthConfigRequest,
        CreateConnectedAccount, CreatedConnectedAccount, Fields, Toolkit,
    },
};

/// A user's account about to be connected to a toolkit. Await it. From [`Client::connect`].
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
    toolkit: String,
    user_id: Option<String>,
    scheme: Option<AuthScheme>,
    auth_config: Option<String>,
    alias: Option<String>,
    fields: Fields,
}

impl Connect {
    pub(super) fn new(client: Client, toolkit: String) -> Self {
        Self {
            client,
            toolkit,
            user_id: None,
            scheme: None,
            auth_config: None,
            alias: None,
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

    /// The scheme. Without it, it is the first whose fields the given ones are.
    pub fn scheme(mut self, scheme: AuthScheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// The auth config to connect through, `ac_…`.
    #[doc(alias = "integration")]
    pub fn auth_config(mut self, id: impl Into<String>) -> Self {
        self.auth_config = Some(id.into());
        self
    }

    /// A name of the caller's own for the account.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    async fn send(self) -> Result<CreatedConnectedAccount> {
        if let Some(id) = self.auth_config.clone() {
            let config = self.client.auth_configs().get(&id).await?;
            if !config.toolkit.slug.eq_ignore_ascii_case(&self.toolkit) {
                let message = format!(
                    "{id} belongs to {}, not to {}",
                    config.toolkit.slug, self.toolkit
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            return self
                .create(id, config.auth_scheme, self.fields.clone())
                .await;
        }
        let toolkit = self.client.toolkits().get(&self.toolkit).await?;
        let details = self.details(&toolkit)?;
        let scheme = details.mode.clone();
        let (developers, users) = shared_out(details, self.fields.clone());
        if developers.is_empty()
            && let Some(id) = self.newest_of(&scheme).await?
        {
            return self.create(id, Some(scheme), users).await;
        }
        let own = CreateAuthConfig::custom(scheme.clone(), developers);
        let request = CreateAuthConfigRequest::new(&self.toolkit, Some(own));
        let id = self
            .client
            .auth_configs()
            .create(&request)
            .await?
            .auth_config
            .id;
        let created = self.create(id.clone(), Some(scheme), users).await;
        if created.is_err() {
            self.client.auth_configs().delete(&id).await.ok();
        }
        created
    }

    fn details<'t>(&self, toolkit: &'t Toolkit) -> Result<&'t AuthConfigDetails> {
        let all = toolkit.auth_config_details.as_deref().unwrap_or_default();
        let named = |details: &&AuthConfigDetails| match &self.scheme {
            Some(scheme) => details.mode == *scheme,
            None => details.mode != AuthScheme::NoAuth,
        };
        let mut candidates = all.iter().filter(named);
        let fits = |details: &&AuthConfigDetails| {
            let mut given = self.fields.keys();
            given.all(|name| details.field(name).is_some())
                && missing(details, &self.fields).is_empty()
        };
        let Some(first) = candidates.clone().next() else {
            let message = match &self.scheme {
                Some(scheme) => format!("the toolkit {} has no scheme {scheme}", self.toolkit),
                None => format!("the toolkit {} needs no connected account", self.toolkit),
            };
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        // A service that says nothing about the fields decides itself.
        if let Some(details) = candidates
            .find(fits)
            .or(self.scheme.as_ref().map(|_| first))
        {
            return Ok(details);
        }
        let message = match missing(first, &self.fields).as_slice() {
            [] => format!("no scheme of {} asks for just these fields", self.toolkit),
            missing => format!("{} needs {}", self.toolkit, missing.join(", ")),
        };
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    async fn newest_of(&self, scheme: &AuthScheme) -> Result<Option<String>> {
        let listed = self.client.auth_configs().list().toolkit(&self.toolkit);
        let mut listed = pin!(listed.stream());
        while let Some(config) = listed.try_next().await? {
            if config.auth_scheme.as_ref() == Some(scheme) && config.status != "DISABLED" {
                return Ok(Some(config.id));
            }
        }
        Ok(None)
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
        match scheme {
            Some(scheme) => request.connection.state = Some(ConnectionData::new(scheme, fields)),
            None => request.connection.data = Some(fields),
        }
        self.client.connected_accounts().create(&request).await
    }
}

/// The user's required fields that nobody gave and that have no default. The developer's may stand in an auth config.
fn missing<'d>(details: &'d AuthConfigDetails, given: &Fields) -> Vec<&'d str> {
    let asked = details.fields.connected_account_initiation.required.iter();
    asked
        .filter(|field| field.default.as_ref().is_none_or(Value::is_null))
        .map(|field| field.name.as_str())
        .filter(|name| !given.contains_key(*name))
        .collect()
}

/// The given fields, by whom they are asked of: the developer, the user.
fn shared_out(details: &AuthConfigDetails, given: Fields) -> (Fields, Fields) {
    let mut shared = (Fields::new(), Fields::new());
    for (name, value) in given.into_map() {
        let is_developers = details.fields.auth_config_creation.get(&name).is_some();
        let side = if is_developers {
            &mut shared.0
        } else {
            &mut shared.1
        };
        side.insert(name, value);
    }
    shared
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
