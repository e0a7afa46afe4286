use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Json, body::Body as AxumBody, extract::FromRequest, response::IntoResponse};
use bytes::Bytes;
use composio_core::{Body, Error, ErrorKind, models::ExecuteRequestBody};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::{Serialize, de::DeserializeOwned};

use super::error::Fault;

/// The largest JSON body that is read, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A JSON body. Only a handler that asks for one reads the request's body at all.
#[derive(Debug)]
pub(super) struct JsonBody<T, const LARGEST: usize = LIMIT>(pub(super) T);

impl<T, S, const LARGEST: usize> FromRequest<S> for JsonBody<T, LARGEST>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
    S: Sync,
{
    type Rejection = Fault;

    async fn from_request(mut request: Request<AxumBody>, _state: &S) -> Result<Self, Fault> {
        if let Some(Given(value)) = request.extensions_mut().remove() {
            return Ok(Self(value));
        }
        let bytes = read(request.into_body(), LARGEST).await?;
        let text = match bytes.trim_ascii_start() {
            [] => b"{}",
            // A list would pass for an object whose members are all optional.
            text if !text.starts_with(b"{") => return Err(no_object()),
            text => text,
        };
        let value = serde_json::from_slice(text).map_err(|error| not_readable(&error))?;
        Ok(Self(value))
    }
}

/// An answer with status 201.
pub(super) fn created<T: Serialize>(value: T) -> impl IntoResponse {
    (StatusCode::CREATED, Json(value))
}

/// An answer that stays a value: the outermost service makes it the body, and in one process nobody need parse it.
#[derive(Debug, Clone)]
pub(super) struct Whole<T>(pub(super) T);

/// The body of such an answer on its way past the router, which knows bodies of bytes alone.
#[derive(Debug, Clone)]
pub(super) struct Passing(Arc<Mutex<Option<Body>>>);

impl Passing {
    pub(super) fn render(self) -> Response<Body> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut response = Response::new(body.unwrap_or_default());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl<T: Serialize + Send + 'static> IntoResponse for Whole<T> {
    fn into_response(self) -> Response<AxumBody> {
        let mut response = Response::default();
        let passing = Passing(Arc::new(Mutex::new(Some(Body::json(self.0)))));
        response.extensions_mut().insert(passing);
        response
    }
}

/// A body that came as a value, on its way past the router to the handler.
#[derive(Debug, Clone)]
struct Given<T>(T);

/// Lets the bodies of executions pass the router as the values that they are.
pub(super) fn pass(mut request: Request<Body>) -> Request<AxumBody> {
    if let Some(body) = request.body_mut().take_json::<ExecuteRequestBody>() {
        request.extensions_mut().insert(Given(body));
    }
    request.map(AxumBody::new)
}

/// The whole of a body of `limit` bytes at most.
pub(super) async fn read(body: AxumBody, limit: usize) -> Result<Bytes, Fault> {
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let whole = Limited::new(body, limit).collect();
    let Ok(whole) = tokio::time::timeout(PATIENCE, whole).await else {
        return Err(too_slow());
    };
    match whole {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(error) => {
            let message = "the request's body broke off";
            Err(Fault::from(
                Error::new(ErrorKind::InvalidInput, message).with_source(error),
            ))
        }
    }
}

fn too_slow() -> Fault {
    let seconds = PATIENCE.as_secs();
    let message = format!("the request's body did not arrive within {seconds} s");
    Fault::from(
        Error::new(ErrorKind::Timeout, message)
            .with_status(StatusCode::REQUEST_TIMEOUT)
            .with_slug("Request_Timeout"),
    )
}

fn too_large(limit: usize) -> Fault {
    let message = format!("the request's body is larger than {limit} bytes");
    Fault::from(
        Error::new(ErrorKind::InvalidInput, message)
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            .with_slug("Request_TooLarge"),
    )
}

fn no_object() -> Fault {
    let message = "the request's body must be a JSON object";
    Fault::from(Error::new(ErrorKind::InvalidInput, message).with_slug("Request_InvalidBody"))
}

// The parser's own message may quote the body, and the body may hold a secret. What is absent is not in the body.
fn not_readable(error: &serde_json::Error) -> Fault {
    let whole = error.to_string();
    let absent = whole
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    let what = match (error.classify(), absent) {
        (serde_json::error::Category::Data, Some((name, _))) => format!("lacks `{name}`"),
        (serde_json::error::Category::Data, None) => "does not have the expected shape".to_owned(),
        _ => "is not JSON".to_owned(),
    };
    let (line, column) = (error.line(), error.column());
    let message = format!("the request's body {what} (line {line}, column {column})");
    Fault::from(Error::new(ErrorKind::InvalidInput, message).with_slug("Request_InvalidBody"))
}
