//! Small requests of the engine's own, such as those to a token endpoint, by the same guarded client.

use std::{fmt, time::Duration};

use composio_core::{Error, ErrorKind};
use http::{HeaderMap, Method, StatusCode, header};
use tokio::time::timeout;
use url::Url;

use super::{
    Executor, answer,
    payload::Payload,
    send::{Failure, Hop, Sender, host_of},
};
use crate::audit::Noted;

/// The longest time of one exchange, shorter than any lease that is held meanwhile.
const LONGEST: Duration = Duration::from_secs(20);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// A request that is sent once, and whose redirects are not followed. `Debug` shows method and host alone.
pub(crate) struct Exchange {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<String>,
}

/// What came back, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(crate) struct NoReply {
    pub(crate) error: Error,
    /// Whether the other side cannot have seen the request.
    pub(crate) is_unsent: bool,
}

impl Executor {
    /// How long an exchange takes at most.
    pub(crate) fn longest_exchange(&self) -> Duration {
        self.sender().limits.total.min(LONGEST)
    }

    /// Sends `request` once; a connection that does not come about is tried a second time.
    pub(crate) async fn exchange(&self, request: Exchange, _: Noted) -> Result<Reply, NoReply> {
        let sender = self.sender();
        let limit = self.longest_exchange();
        let host = host_of(&request.url).to_owned();
        match timeout(limit, sender.exchange(request)).await {
            Ok(result) => result,
            Err(_) => {
                let seconds = limit.as_secs_f32();
                let message = format!("{host} did not answer within {seconds} s");
                Err(NoReply {
                    error: Error::new(ErrorKind::Timeout, message),
                    is_unsent: false,
                })
            }
        }
    }
}

impl Sender {
    async fn exchange(&self, request: Exchange) -> Result<Reply, NoReply> {
        let unsent = |error| NoReply {
            error,
            is_unsent: true,
        };
        let Exchange {
            method,
            url,
            headers,
            body,
        } = request;
        self.egress.check(&url).map_err(unsent)?;
        let hop = Hop {
            method,
            url,
            headers,
            body: body.map(|text| Payload::Whole(text.into())),
        };
        let mut response = match self.once(&hop).await {
            Err(failure) if failure.is_unsent && failure.is_transient => self.once(&hop).await,
            other => other,
        }
        .map_err(NoReply::from)?;
        let body = answer::whole(&mut response, LARGEST).await;
        let body = body.map_err(|error| NoReply {
            error,
            is_unsent: false,
        })?;
        Ok(Reply {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

impl Reply {
    /// Whether the body says by its media type that it is `kind`: `json` or `x-www-form-urlencoded`, say.
    pub(crate) fn is(&self, kind: &str) -> bool {
        let media_type = self.headers.get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        media_type.is_some_and(|text| {
            let essence = text.split(';').next().unwrap_or_default().trim();
            let subtype = essence.split('/').nth(1).unwrap_or_default();
            subtype.eq_ignore_ascii_case(kind)
                || subtype
                    .rsplit('+')
                    .next()
                    .is_some_and(|suffix| suffix.eq_ignore_ascii_case(kind))
        })
    }
}

impl From<Failure> for NoReply {
    fn from(failure: Failure) -> Self {
        Self {
            error: failure.error,
            is_unsent: failure.is_unsent,
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}",
            self.method,
            self.url.host_str().unwrap_or_default()
        )
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}
