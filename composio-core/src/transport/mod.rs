//! The one seam between the family and whatever answers it.

mod body;
mod edge;
#[cfg(feature = "reqwest")]
mod http_transport;
mod json;

use std::fmt;

use tower_layer::Layer;
use tower_service::Service;

use crate::{BoxError, Error, ErrorKind, Result};
pub use body::Body;
pub use edge::BoxedService;
#[cfg(feature = "reqwest")]
pub use http_transport::HttpTransport;

/// Carries one HTTP request to a service and brings its answer back.
///
/// Any `tower::Service<http::Request<Body>>` that can be cloned becomes one: `HttpTransport`, an engine in this
/// process, or either below tower layers. The rules every such service keeps:
///
/// - a request in origin form (`/api/v3.1/tools`) goes to the service, with the key;
/// - a request in absolute form goes to that host, without the key (presigned URLs);
/// - it fails only when there is no answer: a 404 or a 500 is an answer;
/// - dropping the future cancels the request.
///
/// ```
/// # use composio_core::{Transport, Body, Error};
/// # use tower::service_fn;
/// let service = service_fn(|_request: http::Request<Body>| async {
///     Ok::<_, Error>(http::Response::new(Body::from("{}")))
/// });
/// let transport = Transport::new(service);
/// ```
#[derive(Clone)]
pub struct Transport(BoxedService);

impl Transport {
    /// Boxes `service`.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(BoxedService::new(service))
    }

    /// Puts a tower layer, such as tracing or a rate limit, in front.
    #[must_use]
    pub fn layer<L, B>(self, layer: &L) -> Self
    where
        L: Layer<BoxedService>,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<http::Request<Body>>>::Future: Send,
        <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::new(layer.layer(self.0))
    }

    /// Sends `request`.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer away, usually [`ErrorKind::Unavailable`] or [`ErrorKind::Timeout`].
    pub async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>> {
        self.0.send(request).await
    }
}

impl<S, B> From<S> for Transport
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn from(service: S) -> Self {
        Self::new(service)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

// A layer's own error, such as a rate limit's, is still a reason why no answer came.
fn into_error<E: Into<BoxError>>(error: E) -> Error {
    match error.into().downcast::<Error>() {
        Ok(error) => *error,
        Err(other) => Error::new(ErrorKind::Unavailable, "the transport failed").with_source(other),
    }
}

#[cfg(test)]
mod tests;
