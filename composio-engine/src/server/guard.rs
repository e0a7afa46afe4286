use composio_core::{Error, ErrorKind, Result};
use http::{HeaderMap, Uri, header};
use url::{Host, Url};

use super::ServeOptions;

/// Refuses requests that a web page has smuggled in: for a host that is not ours, or from a foreign origin.
pub(super) fn check(options: &ServeOptions, uri: &Uri, headers: &HeaderMap) -> Result<()> {
    if options.is_unguarded {
        return Ok(());
    }
    let host = host(uri, headers)?;
    if !options.any_host && !is_ours(options, &host) {
        let message = "this host is not served here: allow it where the server is started";
        return Err(Error::new(ErrorKind::Forbidden, message).with_slug("Request_HostNotAllowed"));
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if origins.all(|origin| {
        origin
            .to_str()
            .is_ok_and(|origin| may_ask(options, &host, origin))
    }) {
        return Ok(());
    }
    let message = "pages of this origin may not ask: allow it where the server is started";
    Err(Error::new(ErrorKind::Forbidden, message).with_slug("Request_OriginNotAllowed"))
}

fn host(uri: &Uri, headers: &HeaderMap) -> Result<String> {
    let mut given = headers.get_all(header::HOST).iter();
    let host = match (uri.authority(), given.next(), given.next()) {
        (Some(authority), _, None) => Some(authority.as_str()),
        (None, Some(host), None) => host.to_str().ok(),
        _ => None,
    };
    host.map(str::to_ascii_lowercase).ok_or_else(|| {
        let message = "the request must name one host";
        Error::new(ErrorKind::InvalidInput, message).with_slug("Request_InvalidHost")
    })
}

fn is_ours(options: &ServeOptions, host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    let name = url.host_str().unwrap_or_default();
    let is_plain = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    is_plain && (is_loopback || options.hosts.iter().any(|own| own == name))
}

// `null` is the origin of sandboxed pages and of files: it is nobody's own.
fn may_ask(options: &ServeOptions, host: &str, origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    let own = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    own == Some(host) || options.origins.contains(&origin)
}
