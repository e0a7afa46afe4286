use std::time::Duration;

use composio_core::{Error, ErrorKind};

/// Why a token endpoint gave no tokens. The reasons hold no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// It may do better later: no answer, an overload, a fault of the provider.
    Transient {
        reason: String,
        /// Whether the provider cannot have seen the request, so that what it was asked with is still good.
        is_unsent: bool,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// The code or the refresh token is not good, or no longer: the user has to consent again (`invalid_grant`).
    InvalidGrant { reason: String },
    /// Anything else: the client is not known, the request is wrong, the answer cannot be read.
    Refused { reason: String },
}

impl TokenFault {
    /// Why, for people.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Transient { reason, .. }
            | Self::InvalidGrant { reason }
            | Self::Refused { reason } => reason,
        }
    }

    /// The fault as an error of the request that asked for tokens.
    pub(crate) fn to_error(&self) -> Error {
        let kind = match self {
            Self::Transient { .. } => ErrorKind::Unavailable,
            Self::InvalidGrant { .. } => ErrorKind::Conflict,
            Self::Refused { .. } => ErrorKind::UnexpectedResponse,
        };
        Error::new(kind, self.reason()).with_slug("Auth_TokenRefused")
    }
}
