use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{Body, into_error};
use crate::{BoxError, Error, Result};

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>>> + Send>>;

/// The service in a [`Transport`](super::Transport), as a tower layer is given it. Cloning it clones no service;
/// each request gets a clone of its own, and waits until that is ready.
#[derive(Clone)]
pub struct BoxedService(Arc<dyn Send + Sync + Exchange>);

impl BoxedService {
    pub(super) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(Each(service)))
    }

    pub(super) fn send(&self, request: Request<Body>) -> Answer {
        self.0.exchange(request)
    }
}

trait Exchange {
    fn exchange(&self, request: Request<Body>) -> Answer;
}

struct Each<S>(S);

impl<S, B> Exchange for Each<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn exchange(&self, request: Request<Body>) -> Answer {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(into_error)?;
            let answer = service.call(request);
            drop(service);
            Ok(answer.await.map_err(into_error)?.map(Body::new))
        })
    }
}

impl Service<Request<Body>> for BoxedService {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        self.send(request)
    }
}

impl fmt::Debug for BoxedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxedService")
    }
}
