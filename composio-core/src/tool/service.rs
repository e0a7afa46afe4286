use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower_layer::Layer;
use tower_service::Service;

use super::ToolRequest;
use crate::{BoxError, Error, ErrorKind, Result, models::ToolResult};

type Answer = Pin<Box<dyn Future<Output = Result<ToolResult>> + Send>>;

/// What makes a call, as a tower layer is given it: the service, and the layers inside. Cloning it clones no service;
/// each call gets a clone of its own, and waits until that is ready.
#[derive(Clone)]
pub struct ToolService(Arc<dyn Send + Sync + Fn(ToolRequest) -> Answer>);

impl ToolService {
    /// Sends the call.
    pub(crate) fn innermost() -> Self {
        Self(Arc::new(|request| Box::pin(request.send())))
    }

    pub(crate) fn send(&self, request: ToolRequest) -> Answer {
        (self.0)(request)
    }
}

/// A tower layer that fits around calls.
///
/// It is any whose service takes a [`ToolRequest`], answers with a [`ToolResult`], and can be cloned. tower's own that cannot, such as its `RateLimit`, fit below its `Buffer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tower layer for calls of tools",
    note = "its service takes a `ToolRequest`, answers with a `ToolResult`, and is `Clone + Send + Sync`"
)]
pub trait ToolLayer {
    /// Puts the layer around `service`.
    fn around(&self, service: ToolService) -> ToolService;
}

impl<L> ToolLayer for L
where
    L: Layer<ToolService>,
    L::Service: Service<ToolRequest, Response = ToolResult> + Clone + Send + Sync + 'static,
    <L::Service as Service<ToolRequest>>::Future: Send,
    <L::Service as Service<ToolRequest>>::Error: Into<BoxError>,
{
    fn around(&self, service: ToolService) -> ToolService {
        let service = self.layer(service);
        ToolService(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|context| service.poll_ready(context))
                    .await
                    .map_err(into_error)?;
                service.call(request).await.map_err(into_error)
            })
        }))
    }
}

impl Service<ToolRequest> for ToolService {
    type Response = ToolResult;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ToolRequest) -> Answer {
        self.send(request)
    }
}

impl fmt::Debug for ToolService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToolService")
    }
}

// A layer is the program's own, so what it says is written for whoever reads the refusal.
fn into_error<E: Into<BoxError>>(error: E) -> Error {
    match error.into().downcast::<Error>() {
        Ok(error) => *error,
        Err(other) => Error::new(ErrorKind::Processor, other.to_string()).with_source(other),
    }
}
