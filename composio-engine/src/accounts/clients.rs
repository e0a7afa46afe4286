//! The operator's own OAuth clients: what an auth config that brings none is reached through.

use std::collections::BTreeSet;

use composio_core::{
    Error, ErrorKind, Result,
    models::{AuthConfigDetails, AuthScheme},
};

use super::{
    Accounts,
    faults::no_scheme,
    sealed::{from_bytes, to_bytes},
};
use crate::{
    auth::{self, Giver, Values},
    catalogue::Release,
    clock,
    operator::{NewOauthClient, OauthClient},
    store::{AuthConfigRecord, OauthClientRecord},
    vault::Place,
};

impl Accounts {
    /// Keeps the operator's client for a scheme of an app, in place of an earlier one.
    ///
    /// Errors: `NotFound` without such an app, `InvalidInput` for a scheme without clients, or for fields that are not
    /// the developer's.
    pub(crate) async fn keep_client(&self, slug: &str, new: NewOauthClient) -> Result<OauthClient> {
        let app = self.catalogue.app(slug)?;
        let details = client_scheme(&app.newest, new.scheme.as_ref())?;
        let values = auth::accept(details, new.credentials, Giver::Developer)?;
        auth::require_developer(details, &values)?;
        let before = self.store.oauth_client(app.slug(), &details.name).await?;
        let now = clock::now();
        let client_id = values.get("client_id").map(|id| id.expose().to_owned());
        let mut record = OauthClientRecord {
            toolkit: app.slug().to_owned(),
            scheme_name: details.name.clone(),
            client_id: client_id.unwrap_or_default(),
            sealed: Vec::new(),
            generation: before.as_ref().map_or(0, |client| client.generation) + 1,
            created_at: before.map_or(now, |client| client.created_at),
            updated_at: now,
        };
        let id = record_id(&record);
        record.sealed = self
            .vault
            .seal(place(&id, record.generation), &to_bytes(&values)?)
            .await?;
        self.store.put_oauth_client(&record).await?;
        self.leases.forget_all();
        Ok(self.shown_client(&app.newest, details, Some(record.client_id)))
    }

    /// The operator's client for a scheme of an app, or what it takes to register one.
    pub(crate) async fn client(
        &self,
        slug: &str,
        scheme: Option<&AuthScheme>,
    ) -> Result<OauthClient> {
        let app = self.catalogue.app(slug)?;
        let details = client_scheme(&app.newest, scheme)?;
        let record = self.store.oauth_client(app.slug(), &details.name).await?;
        let client_id = record.map(|record| record.client_id);
        Ok(self.shown_client(&app.newest, details, client_id))
    }

    /// Forgets the operator's client. Accounts that came through it cannot be renewed without one.
    pub(crate) async fn remove_client(
        &self,
        slug: &str,
        scheme: Option<&AuthScheme>,
    ) -> Result<()> {
        let app = self.catalogue.app(slug)?;
        let details = client_scheme(&app.newest, scheme)?;
        let done = self
            .store
            .delete_oauth_client(app.slug(), &details.name)
            .await?;
        self.leases.forget_all();
        if done {
            return Ok(());
        }
        let message = format!("there is no OAuth client for {}", app.slug());
        Err(Error::new(ErrorKind::NotFound, message).with_slug("OauthClient_NotFound"))
    }

    /// The developer's fields of an auth config; under them the operator's client, if it is a managed one.
    pub(super) async fn developer_values(&self, config: &AuthConfigRecord) -> Result<Values> {
        let own = self.open_config(config).await?;
        if !config.managed || !auth::has_client(&config.scheme) {
            return Ok(own);
        }
        let mut values = self
            .operator_values(&config.toolkit, &config.scheme_name)
            .await?;
        values.extend(own);
        Ok(values)
    }

    /// What the operator's client for a scheme brings; nothing if there is none.
    pub(super) async fn operator_values(&self, toolkit: &str, scheme: &str) -> Result<Values> {
        let Some(record) = self.store.oauth_client(toolkit, scheme).await? else {
            return Ok(Values::new());
        };
        let id = record_id(&record);
        let place = place(&id, record.generation);
        from_bytes(&self.vault.open(place, &record.sealed).await?)
    }

    /// Refuses a scheme whose client nobody has registered, and says how that is done.
    pub(super) fn ensure_client(
        &self,
        release: &Release,
        details: &AuthConfigDetails,
        values: &Values,
    ) -> Result<()> {
        if !auth::has_client(&details.mode) || values.contains_key("client_id") {
            return Ok(());
        }
        let toolkit = &release.toolkit.slug;
        let client = self.shown_client(release, details, None);
        let place = client.register_at.unwrap_or_else(|| {
            let docs = &release.toolkit.integration.docs;
            match docs.is_empty() {
                true => "the vendor".to_owned(),
                false => docs.clone(),
            }
        });
        let redirect = client
            .redirect_url
            .map(|url| format!(" with the redirect URL {url}"));
        let scopes = match client.scopes.is_empty() {
            true => String::new(),
            false => format!(" and the scopes {}", client.scopes.join(" ")),
        };
        let message = format!(
            "there is no OAuth client for {toolkit}: register one at {place}{}{scopes}; then \
             `composio apps configure {toolkit} --client-id ID`, or an auth config with client_id and client_secret of \
             its own (use_custom_auth){}",
            redirect.unwrap_or_default(),
            others(release)
        );
        Err(Error::new(ErrorKind::InvalidInput, message).with_slug("AuthConfig_ClientNeeded"))
    }

    fn shown_client(
        &self,
        release: &Release,
        details: &AuthConfigDetails,
        client_id: Option<String>,
    ) -> OauthClient {
        let scheme = release.scheme_config(&details.name);
        let own = release.toolkit.integration.callback_url.clone();
        OauthClient {
            toolkit: release.toolkit.slug.clone(),
            scheme: details.mode.clone(),
            client_id,
            redirect_url: own.or_else(|| self.callback_url().ok()),
            scopes: details.required_scopes.clone(),
            register_at: scheme.and_then(|scheme| scheme.oauth.register_at.clone()),
        }
    }
}

/// The app's ways to connect that need no client, for a message.
fn others(release: &Release) -> String {
    let modes: BTreeSet<&str> = release
        .schemes
        .iter()
        .filter(|details| !auth::has_client(&details.mode))
        .filter(|details| auth::ensure_supported(&details.mode).is_ok())
        .map(|details| details.mode.as_str())
        .collect();
    if modes.is_empty() {
        return String::new();
    }
    let modes = modes.into_iter().collect::<Vec<_>>().join(" or ");
    format!("; or connect by {modes}, which needs none")
}

fn client_scheme<'r>(
    release: &'r Release,
    wanted: Option<&AuthScheme>,
) -> Result<&'r AuthConfigDetails> {
    let found = release.schemes.iter().find(|details| {
        auth::has_client(&details.mode) && wanted.is_none_or(|mode| details.mode == *mode)
    });
    let wanted = wanted.map_or("with an OAuth client", AuthScheme::as_str);
    found.ok_or_else(|| no_scheme(&release.toolkit.slug, wanted))
}

fn record_id(record: &OauthClientRecord) -> String {
    format!("{}/{}", record.toolkit, record.scheme_name)
}

fn place(record: &str, generation: i64) -> Place<'_> {
    Place {
        project: "",
        record,
        field: "oauth_client",
        generation,
    }
}
