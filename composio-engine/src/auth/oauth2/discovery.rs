//! What an authorization server says of itself (RFC 8414), and the way there (RFC 9728).

use composio_core::{Error, ErrorKind};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use url::Url;

use crate::{
    audit::Noted,
    executor::{Exchange, Executor},
};

const OAUTH: &str = "oauth-authorization-server";
const OPENID: &str = "openid-configuration";
const RESOURCE: &str = "oauth-protected-resource";

/// The metadata of an authorization server, as far as it is used.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    #[serde(default, deserialize_with = "endpoint")]
    pub(super) authorization_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "endpoint")]
    pub(super) token_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "endpoint")]
    pub(super) revocation_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "endpoint")]
    pub(super) registration_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 9207: a callback without `iss` is not of this server.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

#[derive(Debug, Deserialize)]
struct Resource {
    resource: String,
    #[serde(default)]
    authorization_servers: Vec<String>,
}

/// Reads the metadata of the authorization server `issuer`.
///
/// Errors: `Config` for an issuer that is no address, `UnexpectedResponse` if there is no metadata or it is another's,
/// and those of the request.
pub(crate) async fn discover(executor: &Executor, issuer: &str) -> composio_core::Result<Metadata> {
    let base = address(issuer, "the issuer")?;
    let path = base.path().trim_end_matches('/').to_owned();
    // RFC 8414 puts the well-known part before the path, OpenID Connect behind it.
    let places = [
        format!("/.well-known/{OAUTH}{path}"),
        format!("{path}/.well-known/{OPENID}"),
        format!("/.well-known/{OPENID}{path}"),
    ];
    for place in places {
        let mut url = base.clone();
        url.set_path(&place);
        let Some(metadata) = fetch::<Metadata>(executor, url).await? else {
            continue;
        };
        // RFC 8414, 3.3: otherwise one server could speak for another.
        if metadata.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
            let message = format!("{} says that it is another issuer", host(&base));
            return Err(unexpected(message));
        }
        return Ok(metadata.without_downgrades(&base));
    }
    Err(unexpected(format!(
        "{} has no metadata of an authorization server",
        host(&base)
    )))
}

/// The issuer that a protected resource names first (RFC 9728).
///
/// Errors: as [`discover`].
pub(crate) async fn issuer_of(
    executor: &Executor,
    resource: &str,
) -> composio_core::Result<String> {
    let base = address(resource, "the resource")?;
    let mut url = base.clone();
    url.set_path(&format!(
        "/.well-known/{RESOURCE}{}",
        base.path().trim_end_matches('/')
    ));
    let found = fetch::<Resource>(executor, url).await?;
    let found = found
        .filter(|found| found.resource.trim_end_matches('/') == resource.trim_end_matches('/'));
    let issuer = found.and_then(|found| found.authorization_servers.into_iter().next());
    issuer.ok_or_else(|| {
        unexpected(format!(
            "{} does not say who authorizes its users",
            host(&base)
        ))
    })
}

/// Fetches JSON; `None` if there is nothing.
async fn fetch<T: DeserializeOwned>(
    executor: &Executor,
    url: Url,
) -> composio_core::Result<Option<T>> {
    let json = HeaderValue::from_static("application/json");
    let host = host(&url).to_owned();
    let request = Exchange {
        method: Method::GET,
        url,
        headers: HeaderMap::from_iter([(header::ACCEPT, json)]),
        body: None,
    };
    let reply = executor.exchange(request, Noted::nothing_used()).await;
    let reply = reply.map_err(|failure| failure.error)?;
    if reply.status != StatusCode::OK {
        return Ok(None);
    }
    let found = serde_json::from_slice(&reply.body);
    found.map(Some).map_err(|error| {
        unexpected(format!(
            "the metadata of {host} cannot be read at column {}",
            error.column()
        ))
    })
}

/// An endpoint; what is no plain web address is as good as absent.
fn endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let url = text.and_then(|text| Url::parse(&text).ok());
    Ok(url.filter(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    }))
}

impl Metadata {
    /// Forgets endpoints that would let secrets travel readable although the issuer does not.
    fn without_downgrades(mut self, issuer: &Url) -> Self {
        for endpoint in [
            &mut self.authorization_endpoint,
            &mut self.token_endpoint,
            &mut self.revocation_endpoint,
            &mut self.registration_endpoint,
        ] {
            endpoint.take_if(|url| issuer.scheme() == "https" && url.scheme() != "https");
        }
        self
    }
}

/// An address without anything that could lead elsewhere.
fn address(text: &str, what: &str) -> composio_core::Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            format!("{what} is not a plain web address"),
        )
    })
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn unexpected(message: String) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message).with_slug("Auth_DiscoveryFailed")
}
