use composio_core::{Error, ErrorKind};
use http::StatusCode;

use crate::auth::oauth2::TokenFault;

pub(super) fn no_auth_config(id: &str) -> Error {
    let message = format!("there is no auth config {}", quoted(id));
    Error::new(ErrorKind::NotFound, message).with_slug("AuthConfig_NotFound")
}

pub(super) fn no_account(id: &str) -> Error {
    let message = format!("there is no connected account {}", quoted(id));
    Error::new(ErrorKind::NotFound, message).with_slug("ConnectedAccount_NotFound")
}

/// The user has no account of the toolkit.
pub(super) fn not_connected(user: &str, toolkit: &str) -> Error {
    let message = format!(
        "the user {} has no connected account of the toolkit {toolkit}: connect one first, or give credentials with the call",
        quoted(user)
    );
    Error::new(ErrorKind::NotFound, message).with_slug("ConnectedAccount_NotFound")
}

pub(super) fn disabled_account(id: &str) -> Error {
    let message = format!("the connected account {id} is disabled: enable it, or connect another");
    Error::new(ErrorKind::Conflict, message).with_slug("ConnectedAccount_Disabled")
}

pub(super) fn inactive_account(id: &str, status: &str, reason: Option<&str>) -> Error {
    let reason = reason
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    let message =
        format!("the connected account {id} is {status}, not ACTIVE{reason}: connect it again");
    Error::new(ErrorKind::Conflict, message).with_slug("ConnectedAccount_NotActive")
}

/// The provider gives no new tokens now; the account stays as it is.
pub(super) fn not_renewed(id: &str, fault: &TokenFault) -> Error {
    let message = format!(
        "the tokens of {id} have run out and cannot be renewed now: {}",
        fault.reason()
    );
    let kind = match fault {
        TokenFault::Transient { .. } => ErrorKind::Unavailable,
        _ => ErrorKind::UnexpectedResponse,
    };
    Error::new(kind, message).with_slug("ConnectedAccount_RefreshFailed")
}

/// Why an account expired whose provider was asked for new tokens.
pub(super) fn no_longer_accepted(said: &str) -> String {
    format!("the provider no longer accepts the refresh token; {said}")
}

/// Why an account expired whose refresh token may have been spent by somebody who died over it.
pub(super) fn interrupted(said: &str) -> String {
    format!("a refresh was interrupted before the new tokens were kept; {said}")
}

/// Why an account expired for which nobody could be asked.
pub(super) fn ran_out() -> String {
    "the access token has run out, and the provider gave nothing to renew it with".to_owned()
}

pub(super) fn disabled_auth_config(id: &str) -> Error {
    let message = format!("the auth config {id} is disabled: enable it, or use another");
    Error::new(ErrorKind::Conflict, message).with_slug("AuthConfig_Disabled")
}

pub(super) fn other_toolkit(id: &str, own: &str, wanted: &str) -> Error {
    let message = format!("{id} belongs to the toolkit {own}, not to {wanted}");
    Error::new(ErrorKind::InvalidInput, message).with_slug("ConnectedAccount_ToolkitMismatch")
}

/// The account is not one of the user that the request names.
pub(super) fn other_user(id: &str) -> Error {
    let message = format!("the user has no connected account {}", quoted(id));
    Error::new(ErrorKind::NotFound, message).with_slug("ConnectedAccount_NotFound")
}

pub(super) fn no_validation() -> Error {
    let message = "the app has no endpoint that tells whether credentials are right: leave validate_credentials out";
    Error::new(ErrorKind::NotSupported, message).with_slug("Auth_ValidationNotSupported")
}

/// The form has no such field.
pub(super) fn not_asked(name: &str) -> Error {
    let message = format!("{} is not asked for here", quoted(name));
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldNotAllowed")
}

pub(super) fn no_session() -> Error {
    let message = "the session is not known, over or used already: connect again";
    Error::new(ErrorKind::NotFound, message).with_slug("ConnectedAccount_SessionNotFound")
}

/// Whoever came back is not whom the account was made for.
pub(super) fn other_person() -> Error {
    let message = "the account was made for another user: what this one gave was forgotten";
    Error::new(ErrorKind::Forbidden, message).with_slug("ConnectedAccount_UserMismatch")
}

pub(super) fn no_revocation(scheme: &str) -> Error {
    let message = format!(
        "credentials of {scheme} cannot be revoked from here: revoke them at the provider, then delete the account"
    );
    Error::new(ErrorKind::InvalidInput, message).with_slug("ConnectedAccount_RevokeNotSupported")
}

/// The account has no credentials to give back.
pub(super) fn not_revocable(id: &str, status: &str) -> Error {
    let message = format!("the connected account {id} is {status}: there is nothing to revoke");
    Error::new(ErrorKind::Conflict, message)
        .with_status(StatusCode::CONFLICT)
        .with_slug("ConnectedAccount_NotRevocable")
}

pub(super) fn no_such_kind() -> Error {
    let message = "type must be use_composio_managed_auth or use_custom_auth";
    Error::new(ErrorKind::InvalidInput, message).with_slug("AuthConfig_InvalidType")
}

pub(super) fn no_proxy() -> Error {
    let message = "the engine sends requests to no proxy of an auth config: leave proxy_config out";
    Error::new(ErrorKind::InvalidInput, message).with_slug("AuthConfig_ProxyNotSupported")
}

pub(super) fn other_scheme(id: &str, own: &str, given: &str) -> Error {
    let message = format!("{id} is for {own}, not {}", quoted(given));
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_SchemeMismatch")
}

/// The account is not one of the user that the caller is narrowed to.
pub(super) fn not_for_account(id: &str) -> Error {
    let message = format!("the caller may not use {}", quoted(id));
    Error::new(ErrorKind::Forbidden, message).with_slug("Caller_UserMismatch")
}

/// The caller is narrowed to a user, and this is for the whole project.
pub(super) fn not_for_users() -> Error {
    let message = "a caller that acts for one user may not change auth configs";
    Error::new(ErrorKind::Forbidden, message).with_slug("Caller_NotAllowed")
}

pub(super) fn no_scheme(toolkit: &str, scheme: &str) -> Error {
    let message = format!(
        "the toolkit {toolkit} has no auth scheme {}",
        quoted(scheme)
    );
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_SchemeNotFound")
}

/// A callback whose state is missing, unknown, used or too old. Which of them is nobody's business.
pub(super) fn unknown_flow() -> Error {
    let message = "this authorization is not known, was used already or took too long: begin again";
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FlowUnknown")
}

/// Nobody has said where a provider can send a user back to.
pub(super) fn no_public_url() -> Error {
    let message = "the engine cannot be reached by a browser: serve it, give it a public_url, or nest its routes";
    Error::new(ErrorKind::Config, message).with_slug("Auth_NoPublicUrl")
}

/// Why an answer of another issuer is not taken (RFC 9207).
pub(super) fn mixed_up() -> String {
    "the answer came from another authorization server than the one that was asked".to_owned()
}

/// The scheme takes its user to the provider first, which this way of connecting cannot.
pub(super) fn needs_consent(scheme: &str) -> Error {
    let message = format!(
        "{scheme} needs the user's consent at the provider: begin with POST /connected_accounts, or give an access_token"
    );
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_ConsentNeeded")
}

pub(super) fn changed_meanwhile(id: &str) -> Error {
    let message = format!("{id} was changed by somebody else at the same time: read it again");
    Error::new(ErrorKind::Conflict, message)
}

// A name from outside, cut to what a name can be.
pub(super) fn quoted(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
