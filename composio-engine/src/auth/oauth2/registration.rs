//! Clients that register themselves (RFC 7591).

use composio_catalog::ClientAuthentication;
use composio_core::{Error, ErrorKind, Result, Secret};
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{discovery::Metadata, response::excerpt};
use crate::{
    audit::Noted,
    auth::Values,
    clock,
    executor::{Exchange, Executor},
};

/// Where a registered client's redirect address is kept: with another one it is registered anew.
const REDIRECT: &str = "registered_redirect_uri";
const EXPIRES: &str = "client_secret_expires_at";
const METHOD: &str = "token_endpoint_auth_method";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Registration<'a> {
    /// Where, if the metadata does not say.
    pub(crate) url: Option<Url>,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: &'a str,
}

#[derive(Deserialize)]
struct Registered {
    client_id: String,
    client_secret: Option<Secret>,
    /// Seconds since 1970; 0 for never.
    #[serde(default)]
    client_secret_expires_at: i64,
    token_endpoint_auth_method: Option<String>,
}

/// Whether the client among `values` is good for `redirect_uri` now. One that a developer gave is.
pub(crate) fn is_registered(values: &Values, redirect_uri: &str, now: i64) -> bool {
    let fits = values
        .get(REDIRECT)
        .is_none_or(|own| own.expose() == redirect_uri);
    let expires = values
        .get(EXPIRES)
        .and_then(|text| text.expose().parse::<i64>().ok());
    let is_over = expires.is_some_and(|at| at != 0 && at <= now / 1_000_000);
    values.contains_key("client_id") && fits && !is_over
}

/// Registers a client and puts it among `values`.
///
/// Errors: `NotSupported` if the server takes no registrations, `UnexpectedResponse` if it refuses this one, and those of
/// the request.
pub(crate) async fn register(
    executor: &Executor,
    metadata: &Metadata,
    asked: Registration<'_>,
    values: &mut Values,
) -> Result<()> {
    let url = asked.url.or_else(|| metadata.registration_endpoint.clone());
    let url = url.ok_or_else(|| {
        let message = format!("{} takes no registrations of clients", metadata.issuer);
        Error::new(ErrorKind::NotSupported, message).with_slug("Auth_RegistrationNotSupported")
    })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let json = HeaderValue::from_static("application/json");
    let request = Exchange {
        method: Method::POST,
        url,
        headers: HeaderMap::from_iter([
            (header::ACCEPT, json.clone()),
            (header::CONTENT_TYPE, json),
        ]),
        body: Some(body(metadata, asked.redirect_uri, asked.scopes)),
    };
    let reply = executor.exchange(request, Noted::nothing_used()).await;
    let reply = reply.map_err(|failure| failure.error)?;
    let registered = serde_json::from_slice::<Registered>(&reply.body).ok();
    let registered = registered.filter(|_| reply.status.is_success());
    let Some(registered) = registered else {
        let said = excerpt(&String::from_utf8_lossy(&reply.body));
        let status = reply.status.as_u16();
        let message = format!("{host} answered {status} to the registration of a client: {said}");
        return Err(Error::new(ErrorKind::UnexpectedResponse, message)
            .with_slug("Auth_RegistrationRefused"));
    };
    values.remove("client_secret");
    let method = registered.token_endpoint_auth_method;
    let known = [
        ("client_id", Some(Secret::from(registered.client_id))),
        ("client_secret", registered.client_secret),
        (
            EXPIRES,
            Some(Secret::from(
                registered.client_secret_expires_at.to_string(),
            )),
        ),
        (METHOD, method.map(Secret::from)),
        (REDIRECT, Some(Secret::from(asked.redirect_uri))),
    ];
    for (name, value) in known {
        values.extend(value.map(|value| (name.to_owned(), value)));
    }
    tracing::info!(host, at = clock::now(), "a client was registered");
    Ok(())
}

fn body(metadata: &Metadata, redirect_uri: &str, scopes: &str) -> String {
    let method = match metadata.authentication() {
        ClientAuthentication::Basic => "client_secret_basic",
        ClientAuthentication::Post => "client_secret_post",
        _ => "none",
    };
    let mut body = json!({
        "client_name": "Composio engine",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
    });
    if let Some(members) = body.as_object_mut().filter(|_| !scopes.is_empty()) {
        members.insert("scope".to_owned(), scopes.into());
    }
    body.to_string()
}

impl Metadata {
    /// How clients show who they are: the first way of ours that the server takes. Without a list it is `Basic`
    /// (RFC 8414, 2).
    pub(super) fn authentication(&self) -> ClientAuthentication {
        let methods = &self.token_endpoint_auth_methods_supported;
        let takes = |name: &str| methods.iter().any(|own| own == name);
        if methods.is_empty() || takes("client_secret_basic") {
            ClientAuthentication::Basic
        } else if takes("client_secret_post") {
            ClientAuthentication::Post
        } else {
            ClientAuthentication::None
        }
    }
}

/// How a registered client shows who it is.
pub(super) fn authentication(values: &Values) -> Option<ClientAuthentication> {
    match values.get(METHOD)?.expose() {
        "client_secret_basic" => Some(ClientAuthentication::Basic),
        "client_secret_post" => Some(ClientAuthentication::Post),
        "none" => Some(ClientAuthentication::None),
        _ => None,
    }
}
