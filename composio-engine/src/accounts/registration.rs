//! What authorization servers say of themselves, and clients that register themselves there.

use std::sync::Arc;

use composio_catalog::{Integration, SchemeConfig};
use composio_core::{Error, ErrorKind, Result, models::AuthScheme};
use url::Url;

use super::{
    Accounts,
    faults::{changed_meanwhile, no_auth_config, no_scheme},
};
use crate::{
    auth::{
        self, Values,
        oauth2::{Metadata, Registration, discover, is_registered, issuer_of, register},
    },
    clock,
    store::AuthConfigRecord,
};

/// How often a write is tried that others get in the way of.
const ATTEMPTS: usize = 5;

impl Accounts {
    /// The metadata of a scheme's authorization server, where the scheme leaves an address to it.
    pub(super) async fn metadata(
        &self,
        integration: &Integration,
        scheme: &SchemeConfig,
        values: &Values,
    ) -> Result<Option<Arc<Metadata>>> {
        let is_told = scheme.token_url.is_some()
            && (scheme.authorization_url.is_some() || auth::fetches_tokens(&scheme.auth_mode));
        if is_told {
            return Ok(None);
        }
        let render = |what: &str, source: Option<&str>| match source {
            Some(source) => self.executor.render_text(what, source, values),
            None => Ok(None),
        };
        let issuer = render("issuer", scheme.oauth.issuer.as_deref())?;
        let resource = render("resource", scheme.oauth.resource.as_deref())?;
        let key = issuer.clone().or_else(|| resource.clone());
        let Some(key) = key else {
            let message = format!(
                "{} says neither its addresses nor its issuer",
                integration.name
            );
            return Err(Error::new(ErrorKind::Config, message));
        };
        if let Some(known) = self.discovered.get(&key).await {
            return Ok(Some(known));
        }
        let issuer = match (issuer, resource) {
            (Some(issuer), _) => issuer,
            (None, resource) => issuer_of(&self.executor, &resource.unwrap_or_default()).await?,
        };
        let found = Arc::new(discover(&self.executor, &issuer).await?);
        self.discovered.insert(key, Arc::clone(&found)).await;
        Ok(Some(found))
    }

    /// The auth config with a client of its own, which is registered if there is none for this address yet.
    ///
    /// All accounts of an auth config share it, so the issuer cannot depend on what a user gives.
    pub(super) async fn with_client(&self, config: &AuthConfigRecord) -> Result<AuthConfigRecord> {
        let mut config = config.clone();
        if config.scheme != AuthScheme::DcrOauth {
            return Ok(config);
        }
        let app = self.catalogue.app(&config.toolkit)?;
        let missing = || no_scheme(&config.toolkit, &config.scheme_name);
        let details = app
            .newest
            .scheme(&config.scheme_name)
            .ok_or_else(missing)?
            .clone();
        let scheme = app.newest.scheme_config(&config.scheme_name);
        let scheme = scheme.ok_or_else(missing)?.clone();
        let integration = &app.newest.toolkit.integration;
        for _ in 0..ATTEMPTS {
            let mut values = self.open_config(&config).await?;
            let all = auth::complete(&details, values.clone(), Values::new());
            let redirect_uri = match all.get("oauth_redirect_uri") {
                Some(own) => own.expose().to_owned(),
                None => self.callback_url()?,
            };
            if is_registered(&values, &redirect_uri, clock::now()) {
                return Ok(config);
            }
            let metadata = self.metadata(integration, &scheme, &all).await?;
            let metadata = metadata.ok_or_else(|| no_issuer(&config.toolkit))?;
            let asked = Registration {
                url: self.registration_url(&scheme, &all)?,
                redirect_uri: &redirect_uri,
                scopes: &scheme.default_scopes.join(" "),
            };
            register(&self.executor, &metadata, asked, &mut values).await?;
            config.generation += 1;
            config.updated_at = clock::now();
            self.seal_config(&mut config, &values).await?;
            let done = self.store.update_auth_config(&config).await?;
            self.leases.forget_all();
            if done {
                return Ok(config);
            }
            // Somebody else has registered one at the same time.
            let id = config.id.clone();
            let found = self.store.auth_config(&config.project, &id).await?;
            config = found.ok_or_else(|| no_auth_config(&id))?;
        }
        Err(changed_meanwhile(&config.id))
    }

    fn registration_url(&self, scheme: &SchemeConfig, values: &Values) -> Result<Option<Url>> {
        let source = scheme.oauth.registration_url.as_deref();
        source
            .map(|source| {
                self.executor
                    .render_address("registration_url", source, values)
            })
            .transpose()
    }
}

fn no_issuer(toolkit: &str) -> Error {
    let message = format!("the scheme of {toolkit} names no issuer to register a client at");
    Error::new(ErrorKind::Config, message)
}
