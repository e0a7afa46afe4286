//! Links on which a person connects an account that waits for them.

use std::{sync::Arc, time::Duration};

use composio_core::{
    ErrorKind, Result,
    models::{AuthConfigDetails, ConnectLink, ConnectionStatus, CreateConnectLink, Fields},
};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    Accounts,
    connect::check_names,
    faults::{changed_meanwhile, no_public_url, no_scheme, not_asked, other_scheme},
    landing::return_address,
    settle::Settled,
};
use crate::{
    auth::{self, Giver, Values},
    caller::Caller,
    catalogue::Release,
    clock, ids,
    store::{AuthConfigRecord, ConnectionRecord, LinkRecord},
};

/// How long a link leads somewhere.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// What a link leads to.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) release: Arc<Release>,
    pub(crate) details: AuthConfigDetails,
    pub(crate) connection: ConnectionRecord,
    pub(crate) callback: Option<Url>,
    /// The name of the application, if it has given itself one.
    pub(crate) application: Option<String>,
    config: AuthConfigRecord,
    /// What the developer and the user have given so far.
    developer: Values,
    own: Values,
}

/// What comes after the form.
#[derive(Debug)]
pub(crate) enum Step {
    /// The user consents there.
    Consent(Url),
    Settled(Settled),
}

impl Linked {
    /// Whether the user goes to the provider next.
    pub(crate) fn needs_consent(&self) -> bool {
        auth::needs_consent(&self.details.mode, &self.own)
    }

    /// Whether the field `name` needs no asking.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.own.contains_key(name) || self.developer.contains_key(name)
    }
}

impl Accounts {
    /// Makes an account that waits for its user, and the link for them.
    pub(crate) async fn make_link(
        &self,
        caller: &Caller,
        request: CreateConnectLink,
    ) -> Result<ConnectLink> {
        caller.check_user(&request.user_id)?;
        check_names(&request.user_id, request.alias.as_deref(), &request.labels)?;
        let config = self.usable_config(caller, &request.auth_config_id).await?;
        let callback = request.callback_url.as_deref();
        let callback = callback.map(return_address).transpose()?;
        let base = self.public_url.of_browsers().ok_or_else(no_public_url)?;
        let app = self.catalogue.app(&config.toolkit)?;
        let details = app.newest.scheme(&config.scheme_name);
        let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
        auth::ensure_supported(&details.mode)?;
        let values = given(caller, details, &config, &request)?;
        let mut connection = waiting(&config, request);
        self.seal_connection(&mut connection, &values).await?;
        self.store.insert_connection(&connection, None).await?;
        self.leases.forget(&connection);
        self.link_to(&base, &connection, callback).await
    }

    /// A link to an account that waits for its user.
    async fn link_to(
        &self,
        base: &str,
        connection: &ConnectionRecord,
        callback: Option<Url>,
    ) -> Result<ConnectLink> {
        let token = ids::link_token();
        let link = LinkRecord {
            hash: hash(&token),
            project: connection.project.clone(),
            account: connection.id.clone(),
            callback_url: callback.map(String::from),
            expires_at: clock::now() + clock::microseconds(LIFE),
        };
        self.store.insert_link(&link).await?;
        let address = format!("{base}/link/{token}");
        let expires_at = clock::rfc3339(link.expires_at);
        Ok(ConnectLink::new(token, address, expires_at, link.account))
    }

    /// What the link of `token` leads to; `None` if it leads nowhere, or no longer.
    pub(crate) async fn linked(&self, token: &str) -> Result<Option<Linked>> {
        let Some(link) = self.store.link(&hash(token), clock::now()).await? else {
            return Ok(None);
        };
        let Some(connection) = self.store.connection(&link.project, &link.account).await? else {
            return Ok(None);
        };
        let waits = matches!(
            connection.status,
            ConnectionStatus::Initializing | ConnectionStatus::Initiated
        );
        let id = &connection.auth_config_id;
        let config = self.store.auth_config(&link.project, id).await?;
        let Some(config) = config.filter(|config| waits && config.enabled) else {
            return Ok(None);
        };
        let app = self.catalogue.app(&config.toolkit)?;
        let details = app.newest.scheme(&config.scheme_name).cloned();
        let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
        let callback = link.callback_url.as_deref();
        Ok(Some(Linked {
            developer: self.developer_values(&config).await?,
            own: self.open_connection(&connection).await?,
            application: self.projects.display_name(&link.project).await,
            callback: callback.map(return_address).transpose()?,
            release: Arc::clone(&app.newest),
            details,
            connection,
            config,
        }))
    }

    /// Takes what a person has entered, and begins their consent where the scheme has one.
    ///
    /// Errors: `InvalidInput` for what is missing or not right, which they can enter anew.
    pub(crate) async fn enter(&self, linked: Linked, entered: Fields) -> Result<Step> {
        let asked = &linked.details.fields.connected_account_initiation;
        let is_asked = |name: &str| asked.get(name).is_some() && !linked.has(name);
        if let Some((name, _)) = entered.iter().find(|(name, _)| !is_asked(name)) {
            return Err(not_asked(name));
        }
        let waits = linked.needs_consent();
        let accepted = auth::accept(&linked.details, entered, Giver::User)?;
        let is_new = !accepted.is_empty();
        let mut values = linked.own;
        values.extend(accepted);
        let mut all = linked.developer;
        all.extend(values.clone());
        auth::require(&linked.details, &all)?;
        let mut connection = linked.connection;
        let callback = linked.callback;
        if !waits {
            let expires_at = self.fetch_tokens(&linked.config, &mut values).await?;
            // Who mistypes a key is told here and not by the first call that fails. An app that cannot be asked now
            // keeps nobody from connecting.
            let identity = match self
                .ask_who(&linked.config, Some(&connection.id), &values)
                .await
            {
                Err(error) if error.kind() == ErrorKind::InvalidInput => return Err(error),
                known => known.ok().flatten(),
            };
            let (project, id) = (connection.project.clone(), connection.id.clone());
            let settled = self.settle(connection, values, expires_at, callback.as_ref());
            let settled = settled.await?;
            if let Some(identity) = identity.filter(|_| !settled.waits) {
                self.keep_identity(&project, &id, &identity).await?;
            }
            return Ok(Step::Settled(settled));
        }
        if is_new && !self.rewrite(&mut connection, Some(values)).await? {
            return Err(changed_meanwhile(&connection.id));
        }
        let callback = callback.as_ref().map(Url::as_str);
        let consent = self
            .begin_flow(&connection, &linked.config, callback)
            .await?;
        Ok(Step::Consent(consent))
    }

    /// Ends what nobody finished in time: links, sessions, authorizations.
    pub(crate) async fn expire(&self, now: i64) -> Result<()> {
        self.store.expire_links(now).await?;
        self.expire_flows(now).await
    }

    /// Writes the account anew, with these values in place of its own if there are some; whether it was still as it
    /// was read.
    pub(super) async fn rewrite(
        &self,
        connection: &mut ConnectionRecord,
        values: Option<Values>,
    ) -> Result<bool> {
        let values = match values {
            Some(values) => values,
            None => self.open_connection(connection).await?,
        };
        connection.generation += 1;
        connection.updated_at = clock::now();
        self.seal_connection(connection, &values).await?;
        let done = self.store.update_connection(connection).await?;
        self.leases.forget(connection);
        Ok(done)
    }
}

/// How tokens are kept.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn given(
    caller: &Caller,
    details: &AuthConfigDetails,
    config: &AuthConfigRecord,
    request: &CreateConnectLink,
) -> Result<Values> {
    let Some(data) = request.connection_data.clone() else {
        return Ok(Values::new());
    };
    if let Some(scheme) = data.auth_scheme.filter(|scheme| *scheme != config.scheme) {
        let own = config.scheme.as_str();
        return Err(other_scheme(&config.id, own, scheme.as_str()));
    }
    let giver = match caller.only_user() {
        Some(_) => Giver::User,
        None => Giver::Program,
    };
    auth::accept(details, data.val, giver)
}

fn waiting(config: &AuthConfigRecord, request: CreateConnectLink) -> ConnectionRecord {
    let now = clock::now();
    ConnectionRecord {
        id: ids::connected_account(),
        project: config.project.clone(),
        user_id: request.user_id,
        toolkit: config.toolkit.clone(),
        auth_config_id: config.id.clone(),
        status: ConnectionStatus::Initiated,
        status_reason: None,
        disabled: false,
        alias: request.alias,
        labels: request.labels,
        expires_at: None,
        refresh_at: None,
        sealed: Vec::new(),
        generation: 1,
        created_at: now,
        updated_at: now,
    }
}
