use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::Router;
use composio_core::{Body, Error, ErrorKind};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use tower::Service;

use super::{
    body::{self, Passing},
    callback, engine,
    error::Fault,
    links, pages, v3,
};
use crate::{catalogue::Catalogue, ids, platform::Platform};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A caller's own request id is kept up to this length.
const LONGEST_ID: usize = 128;

/// Every route, and what all of them have in common: request ids and the error envelope.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    router: Router,
    catalogue: Arc<Catalogue>,
}

impl Api {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        let catalogue = Arc::clone(&platform.catalogue);
        let router = Router::new()
            .merge(v3::routes("/api/v3"))
            .merge(v3::routes("/api/v3.1"))
            .merge(engine::routes("/api/v3"))
            .merge(engine::routes("/api/v3.1"))
            .merge(links::routes())
            .merge(callback::routes())
            .merge(pages::routes())
            .fallback(no_route)
            .method_not_allowed_fallback(no_method)
            .with_state(platform);
        Self { router, catalogue }
    }
}

impl Service<Request<Body>> for Api {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let id = request_id(request.headers());
        let is_head = request.method() == Method::HEAD;
        let answer = self.router.call(body::pass(request));
        let catalogue = Arc::clone(&self.catalogue);
        Box::pin(async move {
            catalogue.look().await;
            let mut response = answer.await?;
            let extensions = response.extensions_mut();
            let mut response = if let Some(fault) = extensions.remove::<Fault>() {
                let mut rendered = fault.render(id.to_str().unwrap_or_default());
                // What a path takes goes with the refusal of what it does not (RFC 9110, 15.5.6).
                if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
                    rendered.headers_mut().insert(header::ALLOW, allow);
                }
                rendered
            } else if let Some(whole) = extensions.remove::<Passing>() {
                let mut headers = std::mem::take(response.headers_mut());
                // That of the empty body that stood for the whole.
                headers.remove(header::CONTENT_LENGTH);
                let mut rendered = whole.render();
                if is_head {
                    *rendered.body_mut() = Body::empty();
                }
                rendered.headers_mut().extend(headers);
                rendered
            } else {
                response.map(Body::new)
            };
            response.headers_mut().insert(REQUEST_ID, id);
            Ok(response)
        })
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    headers
        .get(REQUEST_ID)
        .filter(|id| id.len() <= LONGEST_ID && id.to_str().is_ok_and(|id| !id.is_empty()))
        .cloned()
        .or_else(|| HeaderValue::try_from(ids::request()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("none"))
}

async fn no_route(method: Method, uri: Uri) -> Fault {
    let message = format!("there is no {method} {}", uri.path());
    Fault::from(Error::new(ErrorKind::NotFound, message).with_slug("Route_NotFound"))
}

async fn no_method(method: Method, uri: Uri) -> Fault {
    let message = format!("{} does not take {method}", uri.path());
    Fault::from(
        Error::new(ErrorKind::InvalidInput, message)
            .with_status(http::StatusCode::METHOD_NOT_ALLOWED)
            .with_slug("Route_MethodNotAllowed"),
    )
}
