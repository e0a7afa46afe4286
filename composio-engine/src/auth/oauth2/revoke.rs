use composio_core::Secret;

use super::{Settings, TokenFault, response::excerpt, token::Parameters};
use crate::{
    audit::Noted,
    executor::{Executor, retry_after},
};

/// Which token is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Access,
    Refresh,
}

impl TokenKind {
    /// As RFC 7009, 2.1 and the wire have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
        }
    }
}

impl Settings {
    /// Whether the provider takes tokens back (RFC 7009).
    pub(crate) fn can_revoke(&self) -> bool {
        self.revoke_url.is_some()
    }

    /// Where.
    pub(crate) fn revoke_host(&self) -> Option<&str> {
        self.revoke_url.as_ref()?.host_str()
    }
}

/// Takes a token back at the provider (RFC 7009). One that it does not know is as good as taken back.
pub(crate) async fn revoke(
    executor: &Executor,
    settings: &Settings,
    kind: TokenKind,
    token: &Secret,
    noted: Noted,
) -> Result<(), TokenFault> {
    let host = settings.host();
    let Some(url) = settings.revoke_url.clone() else {
        return Err(TokenFault::Refused {
            reason: format!("{host} does not say where tokens are revoked"),
        });
    };
    let mut parameters = Parameters::default();
    parameters.push("token", token.expose());
    parameters.push("token_type_hint", kind.as_str());
    let request = settings.request(url, parameters);
    let reply = executor.exchange(request, noted).await;
    let reply = reply.map_err(|failure| TokenFault::Transient {
        reason: failure.error.message().to_owned(),
        is_unsent: failure.is_unsent,
        retry_after: None,
    })?;
    if reply.status.is_success() {
        return Ok(());
    }
    let scrubber = settings.scrubber(vec![token]);
    let said = excerpt(&scrubber.scrub(String::from_utf8_lossy(&reply.body)));
    let reason = format!(
        "{host} answered {} to a revocation: {said}",
        reply.status.as_u16()
    );
    Err(
        if reply.status.is_server_error() || reply.status.as_u16() == 429 {
            TokenFault::Transient {
                reason,
                is_unsent: false,
                retry_after: retry_after(&reply.headers),
            }
        } else {
            TokenFault::Refused { reason }
        },
    )
}
