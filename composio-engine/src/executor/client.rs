use std::{error::Error as StdError, fmt, net::SocketAddr, sync::Arc};

use composio_core::{Error, ErrorKind, Result};
use reqwest::{
    ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::{EgressPolicy, Limits};

/// The client for vendors' APIs: it goes nowhere and sends nothing on its own account.
///
/// No proxies, redirects, cookies, decompression or retries. What remains below is hyper's: it takes another
/// connection if a kept one turns out closed before any byte of the request was written.
pub(super) fn build(egress: &EgressPolicy, limits: &Limits) -> Result<reqwest::Client> {
    builder(egress, limits)?
        .build()
        .map_err(|error| unusable(error.without_url()))
}

/// [`build`] before its last step, so that tests can speak HTTP/2 without TLS.
pub(super) fn builder(egress: &EgressPolicy, limits: &Limits) -> Result<ClientBuilder> {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_platform_verifier())
        .map_err(unusable)?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(GuardedResolver(egress.clone())))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(limits.connect)
        .pool_idle_timeout(limits.idle)
        .pool_max_idle_per_host(32)
        .user_agent(concat!("composio-engine/", env!("CARGO_PKG_VERSION"))))
}

fn unusable(source: impl StdError + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Config, "the HTTP client could not be set up").with_source(source)
}

/// Looks a name up and drops what the policy refuses, so that the address checked is the address connected to.
struct GuardedResolver(EgressPolicy);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let mut found = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .peekable();
            let nothing = found.peek().is_none();
            let permitted: Vec<SocketAddr> = found
                .filter(|address| policy.permits(address.ip()))
                .collect();
            if permitted.is_empty() && !nothing {
                return Err(Refused.into());
            }
            let addresses: Addrs = Box::new(permitted.into_iter());
            Ok(addresses)
        })
    }
}

/// Every address of the name was refused.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("every address of the name is refused by the egress policy")
    }
}

impl StdError for Refused {}

/// Whether the policy, and not the network, is why `error` came.
pub(super) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return true;
        }
        cause = error.source();
    }
    false
}
