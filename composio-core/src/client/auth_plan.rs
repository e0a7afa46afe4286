//! Which scheme and which auth config a connection goes through, and what is written of it on the wire.

use serde_json::Value;

use crate::{
    Error, ErrorKind, Result,
    models::{AuthConfigDetails, AuthScheme, ConnectionData, CreateAuthConfig, Fields, Toolkit},
};

/// The scheme that is named, else the first whose fields the given ones are.
pub(super) fn scheme<'t>(
    toolkit: &'t Toolkit,
    wanted: Option<&AuthScheme>,
    given: &Fields,
) -> Result<&'t AuthConfigDetails> {
    let slug = &toolkit.slug;
    let all = toolkit.auth_config_details.as_deref().unwrap_or_default();
    let named = |details: &&AuthConfigDetails| match wanted {
        Some(scheme) => details.mode == *scheme,
        None => details.mode != AuthScheme::NoAuth,
    };
    let mut candidates = all.iter().filter(named);
    let fits = |details: &&AuthConfigDetails| {
        let mut names = given.keys();
        names.all(|name| details.field(name).is_some()) && missing(details, given).is_empty()
    };
    let Some(first) = candidates.clone().next() else {
        let message = match wanted {
            Some(scheme) => format!("the toolkit {slug} has no scheme {scheme}"),
            None => format!("the toolkit {slug} needs no connected account"),
        };
        return Err(Error::new(ErrorKind::InvalidInput, message));
    };
    // A service that says nothing about the fields decides itself.
    if let Some(details) = candidates.find(fits).or(wanted.map(|_| first)) {
        return Ok(details);
    }
    let message = match missing(first, given).as_slice() {
        [] => format!("no scheme of {slug} asks for just these fields"),
        missing => format!("{slug} needs {}", missing.join(", ")),
    };
    Err(Error::new(ErrorKind::InvalidInput, message))
}

/// What the user must give and has not given.
fn missing<'d>(details: &'d AuthConfigDetails, given: &Fields) -> Vec<&'d str> {
    let asked = details.fields.connected_account_initiation.required.iter();
    asked
        .filter(|field| field.default.as_ref().is_none_or(Value::is_null))
        .map(|field| field.name.as_str())
        .filter(|name| !given.contains_key(*name))
        .collect()
}

/// The given fields, by whom they are asked of: the developer, the user.
pub(super) fn shared_out(details: &AuthConfigDetails, given: Fields) -> (Fields, Fields) {
    let mut shared = (Fields::new(), Fields::new());
    for (name, value) in given.into_map() {
        let is_developers = details.fields.auth_config_creation.get(&name).is_some();
        let side = if is_developers {
            &mut shared.0
        } else {
            &mut shared.1
        };
        side.insert(name, value);
    }
    shared
}

/// How a new auth config reaches the toolkit. With nothing said about `managed`, a consent page whose client nobody
/// gave is the operator's: the service says what is missing if there is none.
pub(super) fn new_config(
    toolkit: &Toolkit,
    details: &AuthConfigDetails,
    developers: Fields,
    managed: Option<bool>,
) -> CreateAuthConfig {
    let is_offered = toolkit
        .composio_managed_auth_schemes
        .contains(&details.mode);
    let is_managed = managed.unwrap_or_else(|| {
        let asks = &details.fields.auth_config_creation.required;
        developers.is_empty() && (is_offered || (needs_consent(&details.mode) && !asks.is_empty()))
    });
    if is_managed {
        CreateAuthConfig::managed()
    } else {
        CreateAuthConfig::custom(details.mode.clone(), developers)
    }
}

/// The user's half of the request, with the `status` that the wire asks for in it (wire reference 2.7). `None` where
/// the service is to start a consent page and was given nothing.
pub(super) fn state(scheme: AuthScheme, mut fields: Fields) -> Option<ConnectionData> {
    let consent = needs_consent(&scheme);
    if consent && fields.is_empty() {
        return None;
    }
    let has_token = fields.contains_key("access_token") || fields.contains_key("oauth_token");
    let status = if consent && !has_token {
        "INITIALIZING"
    } else {
        "ACTIVE"
    };
    fields
        .entry("status")
        .or_insert_with(|| Value::from(status));
    Some(ConnectionData::new(scheme, fields))
}

/// Whether a person must agree on a page of the vendor's.
fn needs_consent(scheme: &AuthScheme) -> bool {
    matches!(
        scheme,
        AuthScheme::Oauth2 | AuthScheme::Oauth1 | AuthScheme::DcrOauth
    )
}
