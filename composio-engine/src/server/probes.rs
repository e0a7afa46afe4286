use composio_core::{Body, Error, ErrorKind};
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use super::Served;
use crate::api::Fault;

/// The text format that Prometheus reads.
const METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

impl Served {
    /// Answers what is asked by machines that watch over this one; `None` for everything else.
    pub(super) async fn probe(&self, parts: &Parts) -> Option<Result<Response<Body>, Fault>> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return None;
        }
        match parts.uri.path() {
            "/health" => Some(Ok(state(StatusCode::OK, "ok"))),
            "/ready" => Some(Ok(self.ready().await)),
            "/metrics" => Some(self.scraped(parts).await),
            _ => None,
        }
    }

    async fn ready(&self) -> Response<Body> {
        match self.platform().store.meta("ready").await {
            Ok(_) => state(StatusCode::OK, "ready"),
            Err(error) => {
                tracing::error!(%error, "the store does not answer");
                state(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer")
            }
        }
    }

    // What is used how much is nobody's business but the operator's.
    async fn scraped(&self, parts: &Parts) -> Result<Response<Body>, Fault> {
        self.caller(parts).await?.check_operator()?;
        let text = self.platform().metrics.render().map_err(|error| {
            Error::new(ErrorKind::Internal, "the metrics cannot be written").with_source(error)
        })?;
        let mut response = Response::new(Body::from(text));
        response.headers_mut().insert(header::CONTENT_TYPE, METRICS);
        Ok(response)
    }
}

fn state(status: StatusCode, text: &str) -> Response<Body> {
    let value: Value = json!({ "status": text });
    let mut response = Response::new(Body::json(value));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
