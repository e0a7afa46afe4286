use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_catalog::{ClientAuthentication, TokenBody};
use composio_core::Secret;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{Settings, TokenFault, Tokens, Verifier, response};
use crate::{
    audit::Noted,
    clock,
    executor::{Exchange, Executor, NoReply, Scrubber},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// What tokens are asked for with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grant<'a> {
    /// The code of a callback (RFC 6749, 4.1.3).
    Code {
        code: &'a Secret,
        redirect_uri: &'a str,
        verifier: Option<&'a Verifier>,
    },
    /// A refresh token (RFC 6749, 6).
    Refresh(&'a Secret),
    /// The client's own credentials (RFC 6749, 4.4).
    ClientCredentials,
}

/// Asks the token endpoint once. Redirects are not followed, and the egress policy holds.
pub(crate) async fn request_tokens(
    executor: &Executor,
    settings: &Settings,
    grant: Grant<'_>,
    noted: Noted,
) -> Result<Tokens, TokenFault> {
    let mut parameters = Parameters::default();
    let url = parameters.push_grant(settings, grant);
    let scrubber = settings.scrubber(grant.secrets());
    let request = settings.request(url, parameters);
    let reply = executor.exchange(request, noted).await;
    let reply = reply.map_err(|failure| transient(&failure))?;
    response::read(&reply, &settings.shape, &scrubber, clock::now())
}

impl Settings {
    /// Where `grant` goes.
    pub(crate) fn host_of(&self, grant: Grant<'_>) -> &str {
        let url = match grant {
            Grant::Refresh(_) => &self.refresh_url,
            _ => &self.token_url,
        };
        url.host_str().unwrap_or_default()
    }
}

pub(in crate::auth) fn transient(failure: &NoReply) -> TokenFault {
    TokenFault::Transient {
        reason: failure.error.message().to_owned(),
        is_unsent: failure.is_unsent,
        retry_after: None,
    }
}

impl<'a> Grant<'a> {
    fn secrets(self) -> Vec<&'a Secret> {
        match self {
            Self::Code { code, verifier, .. } => {
                let verifier = verifier.map(Verifier::secret);
                [Some(code), verifier].into_iter().flatten().collect()
            }
            Self::Refresh(token) => vec![token],
            Self::ClientCredentials => Vec::new(),
        }
    }
}

/// The members of a body, each name once.
#[derive(Default)]
pub(in crate::auth) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(in crate::auth) fn push(&mut self, name: &str, value: &str) {
        self.0.retain(|(own, _)| own != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    fn push_all(&mut self, pairs: &[(String, String)]) {
        for (name, value) in pairs {
            self.push(name, value);
        }
    }

    /// Adds what `grant` sends, and gives where to. The grant's own members win over the scheme's.
    fn push_grant(&mut self, settings: &Settings, grant: Grant<'_>) -> Url {
        match grant {
            Grant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                self.push_all(&settings.token_params);
                self.push("grant_type", "authorization_code");
                self.push("code", code.expose());
                self.push("redirect_uri", redirect_uri);
                if let Some(verifier) = verifier {
                    self.push("code_verifier", verifier.secret().expose());
                }
            }
            Grant::Refresh(token) => {
                self.push_all(&settings.refresh_params);
                self.push("grant_type", "refresh_token");
                self.push("refresh_token", token.expose());
            }
            Grant::ClientCredentials => {
                if !settings.scopes.is_empty() {
                    self.push(&settings.scope_parameter, &settings.scopes);
                }
                self.push_all(&settings.token_params);
                self.push("grant_type", "client_credentials");
            }
        }
        if let Some(resource) = &settings.resource {
            self.push("resource", resource);
        }
        match grant {
            Grant::Refresh(_) => settings.refresh_url.clone(),
            _ => settings.token_url.clone(),
        }
    }

    /// The body with its media type.
    pub(in crate::auth) fn into_body(self, format: TokenBody) -> (HeaderValue, String) {
        match format {
            TokenBody::Json => {
                let members = self.0.into_iter();
                let members: Map<String, Value> =
                    members.map(|(name, value)| (name, value.into())).collect();
                (JSON, Value::from(members).to_string())
            }
            _ => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                (FORM, form.extend_pairs(self.0).finish())
            }
        }
    }
}

impl Settings {
    /// A POST with `parameters` and whatever shows who the client is.
    pub(super) fn request(&self, url: Url, mut parameters: Parameters) -> Exchange {
        let mut headers = HeaderMap::new();
        headers.extend(self.headers.iter().cloned());
        headers.insert(header::ACCEPT, JSON);
        match (self.authentication, &self.client_secret) {
            (ClientAuthentication::Basic, Some(secret)) => {
                if let Ok(mut value) = HeaderValue::try_from(basic(&self.client_id, secret)) {
                    value.set_sensitive(true);
                    headers.insert(header::AUTHORIZATION, value);
                }
            }
            (ClientAuthentication::Post, Some(secret)) => {
                parameters.push("client_id", &self.client_id);
                parameters.push("client_secret", secret.expose());
            }
            _ => parameters.push("client_id", &self.client_id),
        }
        let (content_type, body) = parameters.into_body(self.body);
        headers.insert(header::CONTENT_TYPE, content_type);
        Exchange {
            method: Method::POST,
            url,
            headers,
            body: Some(body),
        }
    }

    /// Takes out of messages what was sent.
    pub(super) fn scrubber(&self, secrets: Vec<&Secret>) -> Scrubber {
        let mut scrubber = Scrubber::default();
        for secret in secrets.into_iter().chain(&self.client_secret) {
            scrubber.add(secret.expose());
        }
        for (_, value) in &self.headers {
            scrubber.add_header(&String::from_utf8_lossy(value.as_bytes()));
        }
        if let Some(secret) = &self.client_secret {
            scrubber.add_header(&basic(&self.client_id, secret));
        }
        scrubber
    }
}

/// RFC 6749, 2.3.1: both are form-encoded before they become user name and password.
fn basic(id: &str, secret: &Secret) -> String {
    let encode =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encode(id), encode(secret.expose()));
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}
