//! Sending: attempts, waits and redirects under one deadline.

use std::{sync::Arc, time::Duration};

use composio_core::{Body, Error, ErrorKind, Result};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use hyper_util::client::legacy;
use jiff::{Timestamp, fmt::rfc2822};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::{
    EgressPolicy, Limits, Prepared, Reading,
    answer::{self, Answer},
    client::{self, Clients},
    egress,
    payload::Payload,
    response::Response,
    scrub::Scrubber,
};

/// A call's longest time, whatever the limits say; a deadline beyond it could not be computed with.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("composio-engine/", env!("CARGO_PKG_VERSION")));

/// What sending needs besides the request.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) clients: Arc<Clients>,
    pub(super) egress: EgressPolicy,
    pub(super) limits: Limits,
    /// Hears how much of an answer has come.
    pub(super) reading: Option<Reading>,
}

impl Sender {
    /// Sends `request` and reads the whole answer.
    ///
    /// A request that is not repeatable is written to the network once at most; it is tried a second time only if no
    /// connection came about at all.
    pub(super) async fn send(&self, request: Prepared) -> Result<Answer> {
        let deadline = Instant::now() + self.limits.total.min(LONGEST);
        let host = host_of(&request.url).to_owned();
        let trip = self.travel(request, deadline);
        timeout_at(deadline, trip).await.unwrap_or_else(|_| {
            let seconds = self.limits.total.as_secs_f32();
            Err(Error::new(
                ErrorKind::Timeout,
                format!("{host} did not answer within {seconds} s"),
            ))
        })
    }

    async fn travel(&self, request: Prepared, deadline: Instant) -> Result<Answer> {
        let Prepared {
            method,
            url,
            headers,
            body,
            repeatable,
            scrubber,
            results,
        } = request;
        let mut hop = Hop {
            method,
            url,
            headers,
            body,
        };
        let mut redirects = 0;
        let mut attempt = 0;
        loop {
            self.egress.check(&hop.url)?;
            attempt += 1;
            let last = attempt >= self.limits.attempts.max(1);
            let response = match self.once(&hop).await {
                Ok(response) => response,
                Err(failure) => {
                    let is_safe = repeatable || (failure.is_unsent && attempt < 2);
                    if last || !is_safe || !failure.is_transient {
                        return Err(failure.error);
                    }
                    sleep(backoff(attempt)).await;
                    continue;
                }
            };
            if repeatable
                && !last
                && let Some(wait) = self.wait_before_retry(&hop.method, &response, attempt)
                && Instant::now() + wait < deadline
            {
                drop(response);
                sleep(wait).await;
                continue;
            }
            let Some(location) = location(&response) else {
                let reading = self.reading.as_ref();
                return answer::read(response, &self.limits, scrubber, results, reading).await;
            };
            redirects += 1;
            match hop.follow(
                &location,
                response.status(),
                redirects <= self.limits.redirects,
                &scrubber,
            )? {
                Ok(()) => attempt = 0,
                Err(why) => return Ok(Answer::refused(response.status(), why, scrubber)),
            }
        }
    }

    /// Sends one request once.
    pub(super) async fn once(&self, hop: &Hop) -> Result<Response, Failure> {
        let host = host_of(&hop.url);
        let request = hop.request().ok_or_else(|| Failure::unwritable(host))?;
        let start = Instant::now();
        let result = self.clients.here().request(request).await;
        tracing::debug!(
            host,
            method = hop.method.as_str(),
            status = result
                .as_ref()
                .map_or(0, |response| response.status().as_u16()),
            duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request sent"
        );
        match result {
            Ok(response) => Ok(Response::new(hop.url.clone(), response)),
            Err(error) => Err(Failure::of(error, host, &self.limits)),
        }
    }

    /// How long to wait before sending again, if the answer asks for it or is likely to pass.
    fn wait_before_retry(
        &self,
        method: &Method,
        response: &Response,
        attempt: usize,
    ) -> Option<Duration> {
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                retry_after(response.headers()).filter(|wait| *wait <= self.limits.retry_after)
            }
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT if method.is_safe() => {
                Some(backoff(attempt))
            }
            _ => None,
        }
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or_default())
}

/// 200 ms, doubled with each attempt, of which a random half is taken off.
fn backoff(attempt: usize) -> Duration {
    let exponent = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(5);
    let whole = Duration::from_millis(200 * 2_u64.pow(exponent));
    whole.mul_f64(rand::random_range(0.5..=1.0))
}

/// Where a redirect points; `None` if the answer is none.
fn location(response: &Response) -> Option<String> {
    match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => {
            let location = response.headers().get(header::LOCATION)?;
            Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
        }
        _ => None,
    }
}

pub(super) fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// One request of a chain of redirects.
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Payload>,
}

impl Hop {
    /// The request; `None` if its address cannot be written.
    fn request(&self) -> Option<Request<Body>> {
        let body = self.body.as_ref().map_or_else(Body::empty, Payload::body);
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.as_str().parse().ok()?;
        let mut headers = self.headers.clone();
        headers.entry(header::ACCEPT).or_insert(ANYTHING);
        headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
        *request.headers_mut() = headers;
        Some(request)
    }

    /// Goes on to where a redirect points (RFC 9110, section 15.4), or says why not.
    ///
    /// Only reads and, on the same origin, idempotent methods are sent again; after a 303 anything continues as a GET.
    /// When the origin changes, nothing but `accept` goes along.
    fn follow(
        &mut self,
        location: &str,
        status: StatusCode,
        within_limit: bool,
        scrubber: &Scrubber,
    ) -> Result<Result<(), String>> {
        if !within_limit {
            return Ok(Err("too many redirects".to_owned()));
        }
        let Ok(url) = self.url.join(location) else {
            return Ok(Err(
                "the redirect leads to something that is not an address".to_owned(),
            ));
        };
        if !matches!(url.scheme(), "http" | "https")
            || url.password().is_some()
            || !url.username().is_empty()
        {
            return Ok(Err(
                "the redirect leads to something that is not a plain web address".to_owned(),
            ));
        }
        let same_origin = url.origin() == self.url.origin();
        let keeps_method = self.method.is_safe()
            || (same_origin && self.method.is_idempotent() && matches!(status.as_u16(), 307 | 308));
        if status == StatusCode::SEE_OTHER {
            self.become_get();
        } else if !keeps_method {
            return Ok(Err(format!(
                "redirected to {}; a {} is not sent again, and whether it took effect is not known",
                host_of(&url),
                self.method
            )));
        }
        if same_origin {
            self.url = url;
            return Ok(Ok(()));
        }
        self.body = None;
        self.headers = self
            .headers
            .get(header::ACCEPT)
            .map(|accept| HeaderMap::from_iter([(header::ACCEPT, accept.clone())]))
            .unwrap_or_default();
        self.url = without_credentials(url, scrubber)?;
        Ok(Ok(()))
    }

    fn become_get(&mut self) {
        if self.method != Method::HEAD {
            self.method = Method::GET;
        }
        self.body = None;
        self.headers.remove(header::CONTENT_TYPE);
        self.headers.remove(header::CONTENT_LENGTH);
    }
}

/// Takes credentials out of the query of an address on another origin, where the service has put them itself.
fn without_credentials(mut url: Url, scrubber: &Scrubber) -> Result<Url> {
    if !scrubber.finds(url.as_str()) {
        return Ok(url);
    }
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| !scrubber.finds(value) && !scrubber.finds(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    if scrubber.finds(url.as_str()) {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "a redirect to another origin carries the credentials in its path",
        ));
    }
    Ok(url)
}

/// Why no answer came.
pub(super) struct Failure {
    pub(super) error: Error,
    /// No connection came about, so nothing was sent.
    pub(super) is_unsent: bool,
    /// Another attempt may do better.
    pub(super) is_transient: bool,
}

impl Failure {
    fn unwritable(host: &str) -> Self {
        let message = format!("the request to {host} cannot be written");
        Self {
            error: Error::new(ErrorKind::InvalidInput, message),
            is_unsent: true,
            is_transient: false,
        }
    }

    fn of(error: legacy::Error, host: &str, limits: &Limits) -> Self {
        let is_unsent = error.is_connect();
        if client::is_refusal(&error) {
            return Self {
                error: egress::refused(host),
                is_unsent,
                is_transient: false,
            };
        }
        let (kind, message) = if is_unsent && client::is_timeout(&error) {
            let seconds = limits.connect.as_secs_f32();
            (
                ErrorKind::Timeout,
                format!("no connection to {host} within {seconds} s"),
            )
        } else if is_unsent {
            (ErrorKind::Unavailable, format!("{host} cannot be reached"))
        } else {
            let message = format!(
                "{host} ended the connection before it answered; it may have acted on the request"
            );
            (ErrorKind::Unavailable, message)
        };
        Self {
            error: Error::new(kind, message).with_source(error),
            is_unsent,
            is_transient: true,
        }
    }
}
