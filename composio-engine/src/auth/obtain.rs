//! Tokens that the engine gets with an account's own credentials, without a user.

use composio_catalog::{Integration, SchemeConfig, TokenBody};
use composio_core::{Error, ErrorKind, Result, Secret, models::AuthScheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use super::{
    basic_with_jwt, google_service_account,
    oauth2::{
        Given, Parameters, Shape, TokenFault, Tokens, guard, read, scopes, token_headers, transient,
    },
    service_account,
};
use crate::{
    audit::Noted,
    clock,
    executor::{Exchange, Executor, Scrubber},
};

/// How the tokens are had.
pub(crate) enum Obtain {
    /// Made here: nobody has to be asked.
    Signed(Tokens),
    Ask(Box<TokenRequest>),
}

/// What a token is asked for with, and how the answer is read.
pub(crate) struct TokenRequest {
    url: Url,
    headers: HeaderMap,
    parameters: Parameters,
    shape: Shape,
    pub(super) body: TokenBody,
    pub(super) scrubber: Scrubber,
}

/// What a scheme makes its request of.
pub(crate) struct Request<'a> {
    pub(crate) executor: &'a Executor,
    pub(crate) integration: &'a Integration,
    pub(crate) scheme: &'a SchemeConfig,
    pub(crate) given: Given<'a>,
}

impl Obtain {
    /// How an account of the scheme `mode` gets its tokens.
    ///
    /// Errors: `InvalidInput` for credentials that cannot be used, `Config` for a scheme that lacks something.
    pub(crate) fn of(mode: &AuthScheme, request: &Request<'_>) -> Result<Self> {
        match mode {
            AuthScheme::BasicWithJwt => basic_with_jwt::request(request),
            AuthScheme::ServiceAccount => service_account::request(request),
            AuthScheme::GoogleServiceAccount => google_service_account::request(request),
            other => {
                let message = format!("{other} gets no tokens by itself");
                Err(Error::new(ErrorKind::Internal, message))
            }
        }
    }

    /// Who is asked; `None` if nobody has to be.
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Self::Signed(_) => None,
            Self::Ask(request) => request.url.host_str(),
        }
    }

    /// Asks once, if somebody has to be asked. Redirects are not followed, and the egress policy holds.
    pub(crate) async fn run(self, executor: &Executor, noted: Noted) -> Result<Tokens, TokenFault> {
        match self {
            Self::Signed(tokens) => Ok(tokens),
            Self::Ask(request) => request.send(executor, noted).await,
        }
    }
}

impl Request<'_> {
    /// A field that has to be there.
    pub(super) fn field(&self, name: &str) -> Result<&Secret> {
        self.given.all.get(name).ok_or_else(|| {
            let message = format!("{} needs {name}", self.integration.name);
            Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldMissing")
        })
    }

    /// A rendered text; `None` if it needs a field that is not there.
    pub(super) fn text(&self, what: &str, template: &str) -> Result<Option<String>> {
        self.executor.render_text(what, template, self.given.all)
    }

    /// The scheme's token endpoint, to which the credential in the field `secret` goes.
    pub(super) fn token_url(&self, secret: &str) -> Result<Url> {
        let source = self.scheme.token_url.as_deref().ok_or_else(|| {
            let app = &self.integration.name;
            let message = format!("the scheme of {app} has no token_url");
            Error::new(ErrorKind::Config, message)
        })?;
        guard(self.executor, self.given, source, secret)?;
        self.executor
            .render_address("token_url", source, self.given.all)
    }

    pub(super) fn scopes(&self) -> String {
        scopes(self.scheme, self.given.all)
    }
}

impl TokenRequest {
    pub(super) fn new(url: Url, request: &Request<'_>) -> Result<Self> {
        let oauth = &request.scheme.oauth;
        let rendered = token_headers(request.executor, request.integration, oauth, request.given)?;
        let mut headers = HeaderMap::new();
        headers.extend(rendered);
        let mut parameters = Parameters::default();
        for (name, template) in &oauth.token_params {
            let what = format!("token_params.{name}");
            if let Some(text) = request.text(&what, template)? {
                parameters.push(name, &text);
            }
        }
        Ok(Self {
            shape: Shape::of_own(&url, request.integration, oauth),
            url,
            headers,
            parameters,
            body: oauth.token_body(),
            scrubber: Scrubber::default(),
        })
    }

    /// Adds a member of the body, in place of one of that name.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.parameters.push(name, value);
    }

    /// Adds a header that shows who asks.
    pub(super) fn authorize(&mut self, value: &str, name: HeaderName) -> Result<()> {
        self.scrubber.add_header(value);
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            let message = "the credentials cannot stand in a header";
            Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
        })?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    async fn send(mut self, executor: &Executor, noted: Noted) -> Result<Tokens, TokenFault> {
        let json = HeaderValue::from_static("application/json");
        self.headers
            .entry(header::ACCEPT)
            .or_insert_with(|| json.clone());
        let (content_type, body) = self.parameters.into_body(self.body);
        self.headers.insert(header::CONTENT_TYPE, content_type);
        let request = Exchange {
            method: Method::POST,
            url: self.url,
            headers: self.headers,
            body: Some(body),
        };
        let reply = executor.exchange(request, noted).await;
        let reply = reply.map_err(|failure| transient(&failure))?;
        read(&reply, &self.shape, &self.scrubber, clock::now())
    }
}
