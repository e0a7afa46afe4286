use composio_core::{Error, ErrorKind, Result, models::AuthScheme};

use super::{
    api_key, basic, basic_with_jwt, bearer, fields::Values, google_service_account, no_auth,
    oauth1, oauth2, service_account,
};

/// What a scheme adds to the toolkit's own fields.
#[derive(Debug)]
pub(super) struct Scheme {
    /// Names of one and the same value. A value given under one of them goes to the one that the toolkit asks for.
    pub(super) names: &'static [&'static str],
    /// What an account may bring besides the toolkit's own fields.
    pub(super) members: &'static [&'static str],
    /// What the values must look like.
    pub(super) check: fn(&Values) -> Result<()>,
}

/// The scheme's rules, for the schemes of this version.
pub(super) fn scheme(scheme: &AuthScheme) -> Result<&'static Scheme> {
    match scheme {
        AuthScheme::NoAuth => Ok(&no_auth::SCHEME),
        AuthScheme::ApiKey => Ok(&api_key::SCHEME),
        AuthScheme::BearerToken => Ok(&bearer::SCHEME),
        AuthScheme::Basic => Ok(&basic::SCHEME),
        AuthScheme::Oauth1 => Ok(&oauth1::SCHEME),
        AuthScheme::Oauth2 | AuthScheme::S2sOauth2 | AuthScheme::DcrOauth => Ok(&oauth2::SCHEME),
        AuthScheme::BasicWithJwt => Ok(&basic_with_jwt::SCHEME),
        AuthScheme::GoogleServiceAccount => Ok(&google_service_account::SCHEME),
        AuthScheme::ServiceAccount => Ok(&service_account::SCHEME),
        other => {
            let message = format!("the engine cannot connect accounts by {other} yet");
            Err(Error::new(ErrorKind::NotSupported, message).with_slug("Auth_SchemeNotSupported"))
        }
    }
}

/// Whether this version can connect accounts by `mode`.
pub(crate) fn ensure_supported(mode: &AuthScheme) -> Result<()> {
    scheme(mode).map(|_| ())
}

/// Whether `mode` is reached through a client that a developer registers at the provider.
pub(crate) fn has_client(mode: &AuthScheme) -> bool {
    matches!(mode, AuthScheme::Oauth2 | AuthScheme::S2sOauth2)
}

/// Whether the engine gets the tokens of `mode` itself, without a user.
pub(crate) fn fetches_tokens(mode: &AuthScheme) -> bool {
    matches!(
        mode,
        AuthScheme::S2sOauth2
            | AuthScheme::BasicWithJwt
            | AuthScheme::GoogleServiceAccount
            | AuthScheme::ServiceAccount
    )
}

/// Whether a user of `mode` consents at the provider.
pub(crate) fn has_consent(mode: &AuthScheme) -> bool {
    matches!(
        mode,
        AuthScheme::Oauth1 | AuthScheme::Oauth2 | AuthScheme::DcrOauth
    )
}

/// Whether an account of `mode` with these fields is usable only after its user has consented at the provider.
pub(crate) fn needs_consent(mode: &AuthScheme, values: &Values) -> bool {
    let token = match mode {
        AuthScheme::Oauth1 => "oauth_token",
        _ => "access_token",
    };
    has_consent(mode) && !values.contains_key(token)
}

pub(super) fn anything(_values: &Values) -> Result<()> {
    Ok(())
}
