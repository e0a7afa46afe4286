use std::{
    fmt,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use tower_service::Service;

use crate::{Body, Config, Error, ErrorKind, Result, Secret};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A service over HTTP: hosted Composio, or a served engine.
///
/// The key goes to the service alone: requests in absolute form, such as presigned URLs, travel without it.
/// Redirects are not followed and nothing is sent twice. Connecting may take 10 s and an answer 180 s,
/// unless [`HttpTransport::timeout`] says otherwise.
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    base: Arc<str>,
    api_key: Secret,
    timeout: Duration,
}

impl HttpTransport {
    /// Connects to what `config` names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the address is not a URL, or is plain `http` to another machine: the key would
    /// travel readable.
    pub fn new(config: &Config) -> Result<Self> {
        let base = config.base_url.trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|error| {
            Error::new(ErrorKind::Config, "the base URL is not a URL").with_source(error)
        })?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => {}
            (Some("http"), Some(host)) if is_loopback(host) => {}
            (Some("http"), Some(_)) => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "the base URL must be https, since the key travels with it",
                ));
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "the base URL must be an http or https address",
                ));
            }
        }
        if HeaderValue::from_str(config.api_key.expose()).is_err() {
            return Err(Error::new(
                ErrorKind::Config,
                "the API key has characters that no key has",
            ));
        }
        Ok(Self {
            client: client()?,
            base: base.into(),
            api_key: config.api_key.clone(),
            timeout: Duration::from_secs(180),
        })
    }

    /// Connects to what the environment names: [`Config::from_env`].
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`] and [`HttpTransport::new`].
    pub fn from_env() -> Result<Self> {
        Self::new(&Config::from_env()?)
    }

    /// Sets how long an answer may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn prepare(&self, request: Request<Body>) -> Result<reqwest::Request> {
        let (mut parts, mut body) = request.into_parts();
        if parts.uri.host().is_none() {
            let target = format!("{}{}", self.base, parts.uri);
            parts.uri = target.parse().map_err(|error| {
                Error::new(ErrorKind::InvalidInput, "the path is not a path").with_source(error)
            })?;
            let mut key = HeaderValue::from_str(self.api_key.expose()).map_err(|_| {
                Error::new(
                    ErrorKind::Config,
                    "the API key has characters that no key has",
                )
            })?;
            key.set_sensitive(true);
            parts.headers.insert(API_KEY, key);
        }
        parts
            .headers
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!(
                "composio-core/",
                env!("CARGO_PKG_VERSION")
            )));
        // What is at hand goes with its length: not every server takes chunks.
        let body = match body.at_hand() {
            Some(bytes) => reqwest::Body::from(bytes),
            None => reqwest::Body::wrap_stream(http_body_util::BodyDataStream::new(body)),
        };
        let request = Request::from_parts(parts, body);
        request.try_into().map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the request has no address")
                .with_source(without_url(error))
        })
    }
}

impl Service<Request<Body>> for HttpTransport {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let prepared = self.prepare(request);
        let client = self.client.clone();
        let timeout = self.timeout;
        Box::pin(async move {
            let mut request = prepared?;
            *request.timeout_mut() = Some(timeout);
            let response = client.execute(request).await.map_err(unanswered)?;
            Ok(Response::from(response).map(Body::new))
        })
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

fn client() -> Result<reqwest::Client> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| {
            Error::new(ErrorKind::Config, "TLS could not be set up").with_source(error)
        })?
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(10))
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Config, "the HTTP client could not be set up").with_source(error)
        })
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

// A presigned URL is a credential: it must not be in an error.
fn without_url(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}

fn unanswered(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "the service did not answer in time")
    } else {
        (ErrorKind::Unavailable, "the service could not be reached")
    };
    Error::new(kind, message).with_source(without_url(error))
}
