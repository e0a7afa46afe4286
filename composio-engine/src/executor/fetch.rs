use std::sync::Arc;

use composio_core::{Error, ErrorKind, Result};
use http::{HeaderMap, HeaderValue, Method, header};

use super::{Executor, Limits, Prepared, Reading, address, scrub::Scrubber, send::Sender};

/// The largest OpenAPI document that is fetched, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;
const NOT_FETCHED: &str = "Toolkit_DocumentNotFetched";
const ACCEPT: HeaderValue =
    HeaderValue::from_static("application/json, application/yaml, */*;q=0.8");

impl Executor {
    /// Fetches a public document; the egress policy holds for it and for every redirect.
    ///
    /// Errors: `InvalidInput` for an address that is none, `Forbidden` if the policy refuses it, `Timeout`,
    /// `Unavailable` if no whole answer came, `UnexpectedResponse` for an answer other than 2xx or a larger one.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Vec<u8>> {
        self.fetch_with(url, None).await
    }

    /// The same, and `reading` hears how much of it has come.
    pub(crate) async fn fetch_with(&self, url: &str, reading: Option<Reading>) -> Result<Vec<u8>> {
        let sender = self.sender();
        let url = address::of_user(url, "document_url", &sender.egress)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let sender = Sender {
            clients: Arc::clone(&sender.clients),
            egress: sender.egress.clone(),
            limits: Limits {
                response_bytes: LARGEST,
                ..sender.limits.clone()
            },
            reading,
        };
        let request = Prepared {
            method: Method::GET,
            url,
            headers: HeaderMap::from_iter([(header::ACCEPT, ACCEPT)]),
            body: None,
            repeatable: true,
            scrubber: Scrubber::default(),
            results: None,
        };
        let fetched = sender
            .send(request)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::Forbidden => error,
                _ => error.with_slug(NOT_FETCHED),
            });
        fetched?.into_bytes().map_err(|why| {
            let message = format!("the document could not be fetched from {host}: {why}");
            Error::new(ErrorKind::UnexpectedResponse, message).with_slug(NOT_FETCHED)
        })
    }
}
