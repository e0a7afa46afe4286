use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use async_openai::{
    error::OpenAIError,
    middleware::{
        HttpRequestFactory, ReqwestService,
        retry::{OpenAIRetry, OpenAIRetryLayer},
    },
};
use bytes::Bytes;
use eventsource_stream::Eventsource as _;
use futures_util::{StreamExt as _, TryStreamExt as _, future};
use http::{HeaderMap, StatusCode, header};
use reqwest::{Body, Response};
use serde_json::{Value, json};
use tower_layer::Layer;
use tower_service::Service;

use super::sse::{Api, Repairer};
use crate::provider::repair::{Naming, completion, excerpt, response};

/// A tower layer for async-openai's `with_http_service` that repairs what servers answer before async-openai reads it.
///
/// Most servers that speak OpenAI's protocol leave something out, and async-openai then loses the whole answer. With
/// this layer everything that the client does with chat completions and responses, unary and streaming, works with
/// them: calls without `index` or id, arguments as objects, any `finish_reason`, a missing `object` or `created`,
/// content in parts, usage without a total, events and items of unknown kinds, errors of other shapes.
///
/// [`ChatModel`](crate::ChatModel) and [`ResponsesModel`](crate::ResponsesModel) understand such answers without it.
/// It is for programs that use the client by hand, and for servers that never say why a stream ended. What OpenAI
/// itself answers passes as it is.
///
/// [`repairing_service`] has it around the client's own service; a program with a tower stack of its own puts it in.
#[derive(Debug, Clone, Copy, Default)]
pub struct RepairLayer;

impl RepairLayer {
    /// The layer.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for RepairLayer {
    type Service = Repair<S>;

    fn layer(&self, inner: S) -> Repair<S> {
        Repair(inner)
    }
}

/// The client's own service, which repeats what met 429, 5xx or no connection, with repaired answers.
///
/// ```no_run
/// use composio_openai::{async_openai::Client, repairing_service};
///
/// let client = Client::new().with_http_service(repairing_service());
/// ```
#[must_use]
pub fn repairing_service() -> Repair<OpenAIRetry<ReqwestService>> {
    Repair(OpenAIRetryLayer::default().layer(ReqwestService::default()))
}

/// The service that [`RepairLayer`] makes.
#[derive(Debug, Clone)]
pub struct Repair<S>(S);

impl<S> Service<HttpRequestFactory> for Repair<S>
where
    S: Service<HttpRequestFactory, Response = Response>,
    S::Future: Send + 'static,
    S::Error: Into<OpenAIError>,
{
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move { repaired(answer.await.map_err(Into::into)?).await })
    }
}

async fn repaired(answer: Response) -> Result<Response, OpenAIError> {
    let is_success = answer.status().is_success();
    if is_success && says(answer.headers(), "text/event-stream") {
        return Ok(repaired_stream(answer));
    }
    if is_success && !says(answer.headers(), "json") {
        return Ok(answer);
    }
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.map_err(OpenAIError::Reqwest)?;
    let plain = if is_success {
        plain_answer(&body)
    } else {
        plain_error(status, &body)
    };
    let body = plain.map_or(body, |plain| plain.to_string().into());
    Ok(rebuilt(status, headers, Body::from(body)))
}

fn says(headers: &HeaderMap, kind: &str) -> bool {
    let found = headers.get(header::CONTENT_TYPE);
    let found = found.and_then(|found| found.to_str().ok());
    found.is_some_and(|found| found.contains(kind))
}

fn plain_answer(body: &[u8]) -> Option<Value> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if body.get("choices").is_some() {
        completion(body, Naming::MadeUp)
    } else {
        response(body, Naming::MadeUp)
    }
}

/// An error in OpenAI's shape, so that the client does not forget its status.
fn plain_error(status: StatusCode, body: &[u8]) -> Option<Value> {
    let read: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = read.get("error").unwrap_or(&read);
    if status.is_server_error() {
        return None;
    }
    let text = |name| error.get(name).and_then(Value::as_str);
    let message = error
        .as_str()
        .or_else(|| text("message"))
        .or_else(|| text("detail"));
    let message = message.map_or_else(|| excerpt(&String::from_utf8_lossy(body)), str::to_owned);
    let plain = json!({
        "message": message, "type": text("type"), "param": text("param"), "code": text("code"),
    });
    Some(json!({"error": plain}))
}

fn repaired_stream(answer: Response) -> Response {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut repairer = Repairer::new(Api::of(answer.url().path()));
    let events = answer.bytes_stream().eventsource();
    let events = events.map_err(io::Error::other);
    let plain = events
        .try_filter_map(move |event| future::ready(Ok(repairer.repair(&event).map(Bytes::from))));
    rebuilt(status, headers, Body::wrap_stream(plain.boxed()))
}

fn rebuilt(status: StatusCode, mut headers: HeaderMap, body: Body) -> Response {
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer.into()
}
