use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response::Parts};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use url::Url;

/// An answer whose body is still to come. `Debug` shows status and host alone.
pub(super) struct Response {
    url: Url,
    head: Parts,
    body: Incoming,
}

impl Response {
    /// What came from `url`.
    pub(super) fn new(url: Url, response: http::Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        Self { url, head, body }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    /// How many bytes the body has, if the answer says so.
    pub(super) fn content_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next bytes of the body; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.body.frame().await {
            // What is no data is a trailer, which says nothing here.
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{} ({host})", self.head.status)
    }
}
