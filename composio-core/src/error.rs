//! One error for the whole family.

use std::{error::Error as StdError, fmt};

use http::StatusCode;

/// A [`Result`](std::result::Result) whose error defaults to [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error of somebody else's, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What went wrong, in terms a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is missing or wrong; nothing was sent.
    Config,
    /// The input is not acceptable: bad arguments, a bad document, HTTP 400.
    InvalidInput,
    /// The API key or the user's credentials were rejected: HTTP 401.
    Unauthorized,
    /// The caller may not do this, or the egress policy refused it: HTTP 403.
    Forbidden,
    /// The tool, toolkit, auth config or connected account does not exist: HTTP 404 or 410.
    NotFound,
    /// The state does not allow it, such as a duplicate or a disabled connection: HTTP 409 or 422.
    Conflict,
    /// Too many requests: HTTP 429.
    RateLimited,
    /// A time limit ran out before the answer came.
    Timeout,
    /// The network, or the service behind it, failed: HTTP 5xx or no answer.
    Unavailable,
    /// The answer is not what this version understands.
    UnexpectedResponse,
    /// This service cannot do it, such as free-text arguments without a model: HTTP 501.
    NotSupported,
    /// A gate stopped the run.
    Stopped,
    /// A call waits for a decision that its gate does not make now.
    AwaitsDecision,
    /// The caller cancelled it.
    Cancelled,
    /// A limit of the run, such as its step count, was reached.
    LimitReached,
    /// The tool was executed and failed: what the app answered stands in the message.
    ToolFailed,
    /// A processor of the program's own failed.
    Processor,
    /// A defect of this library or of its store.
    Internal,
}

// One row per kind: stable name, retryable, HTTP status. A kind cannot have one and miss another.
macro_rules! kinds {
    ($($kind:ident => ($name:literal, $retryable:literal, $status:ident)),+ $(,)?) => {
        impl ErrorKind {
            /// Stable, machine-readable name, as it appears in logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The kind that [`as_str`](ErrorKind::as_str) names so.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)+
                    _ => None,
                }
            }

            /// Whether the same call may succeed later without any change by the caller.
            ///
            /// This says nothing about whether repeating it is safe: that is the method's business.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$kind => $retryable,)+ }
            }

            /// The HTTP status a server answers with for this kind.
            #[must_use]
            pub const fn http_status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)+ }
            }
        }
    };
}

kinds! {
    Config => ("config", false, BAD_REQUEST),
    InvalidInput => ("invalid_input", false, BAD_REQUEST),
    Unauthorized => ("unauthorized", false, UNAUTHORIZED),
    Forbidden => ("forbidden", false, FORBIDDEN),
    NotFound => ("not_found", false, NOT_FOUND),
    Conflict => ("conflict", false, UNPROCESSABLE_ENTITY),
    RateLimited => ("rate_limited", true, TOO_MANY_REQUESTS),
    Timeout => ("timeout", true, GATEWAY_TIMEOUT),
    Unavailable => ("unavailable", true, BAD_GATEWAY),
    UnexpectedResponse => ("unexpected_response", false, BAD_GATEWAY),
    NotSupported => ("not_supported", false, NOT_IMPLEMENTED),
    Stopped => ("stopped", false, CONFLICT),
    AwaitsDecision => ("awaits_decision", false, CONFLICT),
    Cancelled => ("cancelled", false, CONFLICT),
    LimitReached => ("limit_reached", false, UNPROCESSABLE_ENTITY),
    ToolFailed => ("tool_failed", false, BAD_GATEWAY),
    Processor => ("processor", false, INTERNAL_SERVER_ERROR),
    Internal => ("internal", false, INTERNAL_SERVER_ERROR),
}

impl ErrorKind {
    /// The kind an HTTP status stands for.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 | 504 => Self::Timeout,
            409 | 422 => Self::Conflict,
            429 => Self::RateLimited,
            501 => Self::NotSupported,
            400..=499 => Self::InvalidInput,
            500..=599 => Self::Unavailable,
            _ => Self::UnexpectedResponse,
        }
    }
}

/// The error returned by every fallible function of the family.
///
/// It carries two messages. [`Display`](fmt::Display) is for the operator: one line, with the kind.
/// [`Error::reader_message`] is for whoever made the call, a model or an API client, and never holds
/// what a source of ours or of a third party said. Neither holds a secret.
///
/// ```
/// use composio_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotFound, "no tool GITHUB_FLY");
/// assert_eq!(error.to_string(), "not_found: no tool GITHUB_FLY");
/// assert!(!error.is_retryable());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    reader: Option<String>,
    status: Option<StatusCode>,
    slug: Option<String>,
    request_id: Option<String>,
    source: Option<BoxError>,
}

impl Error {
    /// Creates an error of `kind`; `message` serves both operator and reader.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            reader: None,
            status: None,
            slug: None,
            request_id: None,
            source: None,
        }))
    }

    /// Sets what the reader is told in place of the operator's message.
    #[must_use]
    pub fn with_reader_message(mut self, message: impl Into<String>) -> Self {
        self.0.reader = Some(message.into());
        self
    }

    /// Attaches the HTTP status the service answered with.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Attaches the service's own name for the error, such as `ConnectedAccount_NotFound`.
    #[must_use]
    pub fn with_slug(mut self, slug: impl Into<String>) -> Self {
        self.0.slug = Some(slug.into());
        self
    }

    /// Attaches the service's request id, for support tickets.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Attaches the underlying cause. It is shown to the operator only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operator's message, without the kind.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What a model or an API client may read.
    #[must_use]
    pub fn reader_message(&self) -> &str {
        self.0.reader.as_deref().unwrap_or(&self.0.message)
    }

    /// The HTTP status, when the service answered at all.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's own name for the error.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        self.0.slug.as_deref()
    }

    /// The service's request id.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether the same call may succeed later unchanged: [`ErrorKind::is_retryable`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.as_str(), self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .field("slug", &self.0.slug)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind};

    #[test]
    fn error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_reader_is_not_told_the_source() {
        let error = Error::new(ErrorKind::Internal, "store failed")
            .with_reader_message("try again")
            .with_source("disk on fire");
        assert_eq!(error.reader_message(), "try again");
        assert_eq!(error.to_string(), "internal: store failed");
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_by_no_other() {
        for kind in [
            ErrorKind::Stopped,
            ErrorKind::Unavailable,
            ErrorKind::InvalidInput,
        ] {
            assert_eq!(ErrorKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(ErrorKind::from_name("Stopped"), None);
    }

    #[test]
    fn every_status_has_a_kind_that_answers_with_the_same_class() {
        for code in 400..600 {
            let status = http::StatusCode::from_u16(code).unwrap();
            let kind = ErrorKind::from_status(status);
            assert_eq!(
                kind.http_status().is_server_error() || kind == ErrorKind::Timeout,
                status.is_server_error() || code == 408,
                "{code}"
            );
        }
    }
}
