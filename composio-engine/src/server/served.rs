use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use composio_core::{Body, Error, ErrorKind};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header, request::Parts};
use tower::Service;

use super::{ServeOptions, guard, metrics::Asked};
use crate::{
    api::{Api, Fault, REQUEST_ID, is_callback, is_for_browsers, request_id},
    caller::Caller,
    keys::Refusal,
    platform::Platform,
};

const API_KEY: &str = "x-api-key";

/// The engine's API for whoever comes with a key.
#[derive(Clone)]
pub(crate) struct Served(Arc<Inner>);

struct Inner {
    api: Api,
    platform: Arc<Platform>,
    options: ServeOptions,
}

impl Served {
    pub(crate) fn new(api: Api, platform: Arc<Platform>, options: ServeOptions) -> Self {
        Self(Arc::new(Inner {
            api,
            platform,
            options,
        }))
    }

    pub(super) fn platform(&self) -> &Platform {
        &self.0.platform
    }

    pub(super) fn options(&self) -> &ServeOptions {
        &self.0.options
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let started = Instant::now();
        let (mut parts, body) = request.into_parts();
        let id = request_id(&parts.headers);
        let asked = Asked::of(&parts.method, parts.uri.path());
        parts.headers.insert(REQUEST_ID, id.clone());
        let mut response = match self.admitted(parts, body).await {
            Ok(response) => response,
            Err(fault) => fault.render(id.to_str().unwrap_or_default()),
        };
        let status = response.status();
        let duration = started.elapsed();
        self.platform().metrics.answered(&asked, status, duration);
        tracing::info!(
            request_id = id.to_str().unwrap_or_default(),
            method = asked.method,
            resource = asked.resource,
            status = status.as_u16(),
            duration_ms = duration.as_secs_f64() * 1e3,
            "request answered"
        );
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id);
        let nosniff = HeaderValue::from_static("nosniff");
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
        response
    }

    async fn admitted(&self, mut parts: Parts, body: Body) -> Result<Response<Body>, Fault> {
        guard::check(&self.0.options, &parts.uri, &parts.headers)?;
        if self.0.options.is_for_browsers && !is_for_browsers(parts.uri.path()) {
            let message = "nothing but the end of a connection is answered here";
            return Err(Error::new(ErrorKind::NotFound, message).into());
        }
        if let Some(answer) = self.probe(&parts).await {
            return answer;
        }
        let path = parts.uri.path();
        let caller = if path.starts_with("/api/") && !is_callback(path) {
            self.caller(&parts).await?
        } else {
            // What stands beside the API lets nobody in by who they are.
            Caller::project("")
        };
        parts.extensions.insert(caller);
        let answer = self.0.api.clone().call(Request::from_parts(parts, body));
        match answer.await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }

    /// Who asks: as the program around this service says, else as the key does.
    pub(super) async fn caller(&self, parts: &Parts) -> Result<Caller, Fault> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(caller.clone());
        }
        let key = key(&parts.headers)?;
        match self.platform().keys.authenticate(key).await? {
            Ok(known) => {
                tracing::debug!(key = known.id, "key recognised");
                Ok(known.caller.clone())
            }
            Err(refusal) => Err(refused(refusal)),
        }
    }
}

/// The key of a request: `x-api-key`, or a bearer token for those who can send nothing else.
fn key(headers: &HeaderMap) -> Result<&str, Fault> {
    // The name of the scheme is in any case (RFC 9110, section 11.1).
    let bearer = |value: &'_ HeaderValue| -> Option<usize> {
        let scheme = value.as_bytes().get(..7)?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(7)
    };
    let mut given = headers.get_all(API_KEY).iter().map(|value| (value, 0));
    let mut bearers = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .filter_map(|value| Some((value, bearer(value)?)));
    match (given.next(), given.next(), bearers.next(), bearers.next()) {
        (Some((value, from)), None, None, None) | (None, None, Some((value, from)), None) => value
            .to_str()
            .ok()
            .and_then(|text| text.get(from..))
            .ok_or_else(|| refused(Refusal::Unknown)),
        (None, _, None, _) => Err(unauthorized(
            "no API key was given: send it as x-api-key",
            "Request_NoApiKey",
        )),
        _ => Err(unauthorized(
            "more than one API key was given: send one",
            "Request_ManyApiKeys",
        )),
    }
}

fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Unknown => unauthorized("the API key is not valid", "Request_InvalidApiKey"),
        Refusal::Expired => unauthorized("the API key has expired", "Request_ExpiredApiKey"),
        Refusal::TooMany(seconds) => {
            let message = format!("this API key has made too many requests: wait {seconds} s");
            let error = Error::new(ErrorKind::RateLimited, message);
            Fault::from(error).with_retry_after(seconds)
        }
    }
}

fn unauthorized(message: &str, slug: &str) -> Fault {
    let error = Error::new(ErrorKind::Unauthorized, message)
        .with_status(StatusCode::UNAUTHORIZED)
        .with_slug(slug);
    Fault::from(error)
}

impl Service<Request<Body>> for Served {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let served = self.clone();
        Box::pin(async move { Ok(served.answer(request).await) })
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}
