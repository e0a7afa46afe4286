//! The one mapping from an error to its answer (wire reference 1.1).

use std::sync::Arc;

use axum::response::IntoResponse;
use composio_core::{
    Body, Error, ErrorKind,
    models::{ErrorBody, ErrorEnvelope},
};
use http::{HeaderValue, Response, StatusCode, header};

/// An error on its way out of a handler. The outermost service renders it, since it knows the request's id.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    error: Arc<Error>,
    /// Seconds.
    retry_after: Option<u64>,
}

pub(super) type Answer<T> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self {
            error: Arc::new(error),
            retry_after: None,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> axum::response::Response {
        let mut response = status_of(&self.error).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Fault {
    /// Says when the client may come again.
    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn render(&self, request_id: &str) -> Response<Body> {
        let error = &self.error;
        let status = status_of(error);
        if status.is_server_error() {
            tracing::error!(request_id, %error, cause = cause(error), "a request failed");
        }
        let mut body = ErrorBody::default();
        error.reader_message().clone_into(&mut body.message);
        body.code = i64::from(status.as_u16());
        body.slug = Some(slug_of(error).to_owned());
        body.status = status.as_u16();
        body.request_id = Some(request_id.to_owned());
        let mut envelope = ErrorEnvelope::default();
        envelope.error = body;
        let text = serde_json::to_string(&envelope).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

// A status that came from elsewhere and is no refusal says nothing here.
fn status_of(error: &Error) -> StatusCode {
    error
        .status()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or_else(|| error.kind().http_status())
}

fn slug_of(error: &Error) -> &str {
    error.slug().unwrap_or(match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Config => "Request_Invalid",
        ErrorKind::Unauthorized => "Request_Unauthorized",
        ErrorKind::Forbidden => "Request_Forbidden",
        ErrorKind::NotFound => "Resource_NotFound",
        ErrorKind::Conflict => "Resource_Conflict",
        ErrorKind::RateLimited => "Request_RateLimited",
        ErrorKind::Timeout => "Upstream_Timeout",
        ErrorKind::Unavailable | ErrorKind::UnexpectedResponse => "Upstream_Unavailable",
        ErrorKind::NotSupported => "Request_NotSupported",
        _ => "Server_Internal",
    })
}

fn cause(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}
