use std::collections::BTreeSet;

use composio_catalog::{ClientAuthentication, Integration, OauthConfig, SchemeConfig, TokenBody};
use composio_core::{Error, ErrorKind, Result, Secret};
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{Metadata, Shape, registration};
use crate::{auth::Values, executor::Executor};

/// The fields of an account while an OAuth scheme is rendered: who gave what decides where a secret may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    /// Everything: defaults, the developer's fields, the account's own.
    pub(crate) all: &'a Values,
    /// The account's own.
    pub(crate) own: &'a Values,
}

/// What one provider expects, rendered for one account.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) client_id: String,
    pub(super) client_secret: Option<Secret>,
    /// `None` where no user takes part (client credentials).
    pub(super) authorization_url: Option<Url>,
    pub(super) authorization_params: Vec<(String, String)>,
    pub(super) token_url: Url,
    pub(super) refresh_url: Url,
    pub(super) revoke_url: Option<Url>,
    pub(super) authentication: ClientAuthentication,
    pub(super) body: TokenBody,
    pub(super) uses_pkce: bool,
    /// As they are sent.
    pub(super) scopes: String,
    pub(super) scope_parameter: String,
    pub(super) token_params: Vec<(String, String)>,
    pub(super) refresh_params: Vec<(String, String)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) shape: Shape,
    pub(super) issuer: Option<String>,
    /// Whether every callback says the issuer.
    pub(super) names_issuer: bool,
    pub(super) resource: Option<String>,
    /// Where the provider sends the user back to, if the developer or the toolkit has said so.
    pub(crate) redirect_uri: Option<String>,
}

impl Settings {
    /// Renders `scheme` of `integration` with what an account was given.
    ///
    /// Errors: `Config` for templates that lack a field or give no address, `InvalidInput` for fields that form no host.
    pub(crate) fn render(
        executor: &Executor,
        integration: &Integration,
        scheme: &SchemeConfig,
        given: Given<'_>,
        metadata: Option<&Metadata>,
    ) -> Result<Self> {
        let rendering = Rendering {
            executor,
            app: &integration.name,
            given,
        };
        let oauth = &scheme.oauth;
        let endpoints = rendering.endpoints(scheme, metadata)?;
        let redirect_uri = given
            .all
            .get("oauth_redirect_uri")
            .map(|own| own.expose().to_owned());
        Ok(Self {
            client_id: rendering.client_id()?,
            client_secret: given.all.get("client_secret").cloned(),
            authorization_url: endpoints.authorization,
            authorization_params: rendering.values(&scheme.authorization_params)?,
            shape: Shape::of_oauth(&endpoints.token, integration, oauth),
            token_url: endpoints.token,
            refresh_url: endpoints.refresh,
            revoke_url: endpoints.revoke,
            authentication: rendering.authentication(
                oauth
                    .client_authentication
                    .or_else(|| registration::authentication(given.all))
                    .or_else(|| Some(metadata?.authentication()))
                    .unwrap_or_default(),
            ),
            body: oauth.token_body(),
            uses_pkce: oauth.uses_pkce(),
            scopes: scopes(scheme, given.all),
            scope_parameter: oauth
                .scope_parameter
                .clone()
                .unwrap_or_else(|| "scope".to_owned()),
            token_params: rendering.texts("token_params", &oauth.token_params)?,
            refresh_params: rendering.texts("refresh_params", &oauth.refresh_params)?,
            headers: token_headers(executor, integration, oauth, given)?,
            issuer: match metadata {
                Some(metadata) => Some(metadata.issuer.clone()),
                None => rendering.optional("issuer", oauth.issuer.as_deref())?,
            },
            names_issuer: metadata
                .is_some_and(|own| own.authorization_response_iss_parameter_supported),
            resource: rendering.optional("resource", oauth.resource.as_deref())?,
            redirect_uri: redirect_uri.or_else(|| integration.callback_url.clone()),
        })
    }

    /// Whether a callback that names `issuer`, or none, is of this authorization server (RFC 9207, 2.4).
    pub(crate) fn is_from(&self, issuer: Option<&str>) -> bool {
        match (&self.issuer, issuer) {
            (Some(own), Some(named)) => own == named,
            (Some(_), None) => !self.names_issuer,
            (None, _) => true,
        }
    }

    /// The host of the token endpoint, for messages.
    pub(crate) fn host(&self) -> &str {
        &self.shape.host
    }
}

struct Rendering<'a> {
    executor: &'a Executor,
    app: &'a str,
    given: Given<'a>,
}

/// Where a provider is spoken to.
struct Endpoints {
    authorization: Option<Url>,
    token: Url,
    refresh: Url,
    revoke: Option<Url>,
}

impl Rendering<'_> {
    /// The scheme's own addresses, else those of the metadata.
    fn endpoints(&self, scheme: &SchemeConfig, metadata: Option<&Metadata>) -> Result<Endpoints> {
        let oauth = &scheme.oauth;
        // Whoever chooses the issuer chooses where its metadata sends the client's secret.
        for (what, source) in [("issuer", &oauth.issuer), ("resource", &oauth.resource)] {
            if let (Some(source), Some(_)) = (source, metadata) {
                self.guarded(what, source)?;
            }
        }
        let told = |pick: fn(&Metadata) -> &Option<Url>| metadata.and_then(|own| pick(own).clone());
        let token = match (&scheme.token_url, told(|own| &own.token_endpoint)) {
            (None, Some(url)) => url,
            (source, _) => self.required("token_url", source.as_deref())?,
        };
        let authorization = match scheme.authorization_url.as_deref() {
            Some(url) => {
                let all = self.given.all;
                Some(
                    self.executor
                        .render_address("authorization_url", url, all)?,
                )
            }
            None => told(|own| &own.authorization_endpoint),
        };
        Ok(Endpoints {
            authorization,
            refresh: match oauth.refresh_url.as_deref() {
                Some(url) => self.guarded("refresh_url", url)?,
                None => token.clone(),
            },
            token,
            revoke: match oauth.revoke_url.as_deref() {
                Some(url) => Some(self.guarded("revoke_url", url)?),
                None => told(|own| &own.revocation_endpoint),
            },
        })
    }

    fn client_id(&self) -> Result<String> {
        let id = self.given.all.get("client_id");
        id.map(|id| id.expose().to_owned()).ok_or_else(|| {
            let message = format!("{} needs a client_id", self.app);
            Error::new(ErrorKind::Config, message).with_slug("Auth_FieldMissing")
        })
    }

    fn authentication(&self, asked: ClientAuthentication) -> ClientAuthentication {
        if self.given.all.contains_key("client_secret") {
            asked
        } else {
            ClientAuthentication::None
        }
    }

    fn required(&self, what: &str, source: Option<&str>) -> Result<Url> {
        let source = source.ok_or_else(|| {
            let message = format!("the scheme of {} has no {what}", self.app);
            Error::new(ErrorKind::Config, message)
        })?;
        self.guarded(what, source)
    }

    /// An address that the client's secret goes to.
    fn guarded(&self, what: &str, source: &str) -> Result<Url> {
        guard(self.executor, self.given, source, "client_secret")?;
        let all = self.given.all;
        self.executor.render_address(what, source, all)
    }

    fn optional(&self, what: &str, source: Option<&str>) -> Result<Option<String>> {
        match source {
            Some(source) => self.executor.render_text(what, source, self.given.all),
            None => Ok(None),
        }
    }

    /// Parameters whose values are texts, numbers or flags; what lacks a field is left out.
    fn values(&self, params: &indexmap::IndexMap<String, Value>) -> Result<Vec<(String, String)>> {
        let mut rendered = Vec::with_capacity(params.len());
        for (name, value) in params {
            let text = match value {
                Value::Null => None,
                Value::String(source) => {
                    let what = format!("authorization_params.{name}");
                    self.executor.render_text(&what, source, self.given.all)?
                }
                other => Some(other.to_string()),
            };
            rendered.extend(text.map(|text| (name.clone(), text)));
        }
        Ok(rendered)
    }

    fn texts(
        &self,
        member: &str,
        params: &indexmap::IndexMap<String, String>,
    ) -> Result<Vec<(String, String)>> {
        let mut rendered = Vec::with_capacity(params.len());
        for (name, source) in params {
            let what = format!("{member}.{name}");
            let text = self.executor.render_text(&what, source, self.given.all)?;
            rendered.extend(text.map(|text| (name.clone(), text)));
        }
        Ok(rendered)
    }
}

/// Refuses an address of a token endpoint if the account decides about its host and not about the `secret` that goes
/// there: whoever chooses the host must own the secret too.
pub(in crate::auth) fn guard(
    executor: &Executor,
    given: Given<'_>,
    source: &str,
    secret: &str,
) -> Result<()> {
    let Given { all, own } = given;
    let is_developers = all.contains_key(secret) && !own.contains_key(secret);
    let from_user = executor.host_fields(source);
    let from_user = from_user.iter().find(|name| own.contains_key(*name));
    match from_user.filter(|_| is_developers) {
        None => Ok(()),
        Some(field) => {
            let secret = secret.replace('_', " ");
            let message = format!(
                "{field} decides which host the {secret} goes to: set it on the auth config, as shared_credentials"
            );
            Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldNotAllowed"))
        }
    }
}

/// The headers that a scheme adds to every token request.
pub(in crate::auth) fn token_headers(
    executor: &Executor,
    integration: &Integration,
    oauth: &OauthConfig,
    given: Given<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let unusable = |name: &str| {
        let app = &integration.name;
        let message = format!("the token header {name} of {app} is none");
        Error::new(ErrorKind::Config, message)
    };
    let mut headers = Vec::with_capacity(oauth.token_headers.len());
    for (name, source) in &oauth.token_headers {
        let what = format!("token_headers.{name}");
        let Some(text) = executor.render_text(&what, source, given.all)? else {
            continue;
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| unusable(name))?;
        value.set_sensitive(true);
        headers.push((
            HeaderName::try_from(name).map_err(|_| unusable(name))?,
            value,
        ));
    }
    Ok(headers)
}

/// The scopes as they are sent: those of the field `scopes`, else the scheme's own, each once.
pub(in crate::auth) fn scopes(scheme: &SchemeConfig, values: &Values) -> String {
    let separator = scheme.scope_separator.as_deref().unwrap_or(" ");
    let asked = values.get("scopes").map(Secret::expose);
    let mut seen = BTreeSet::new();
    let split = |text: &str| -> Vec<String> {
        // People write both; no scope in use has either in it.
        let parts = text.split(|c: char| c.is_whitespace() || c == ',');
        parts.map(str::to_owned).collect()
    };
    let scopes = match asked {
        Some(text) => split(text),
        None => scheme.default_scopes.clone(),
    };
    let scopes: Vec<String> = scopes
        .into_iter()
        .filter(|scope| !scope.is_empty() && seen.insert(scope.clone()))
        .collect();
    scopes.join(separator)
}
