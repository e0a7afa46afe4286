use std::{error::Error as StdError, fmt, net::SocketAddr, sync::Arc};

use composio_core::{Error, ErrorKind, Result};
use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;
use thread_local::ThreadLocal;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{EgressPolicy, Limits};

/// The clients for vendors' APIs. What they trust and where they go is the same; their kept connections are not.
pub(super) struct Clients {
    make: Box<dyn Fn() -> Result<Client> + Send + Sync>,
    shared: Client,
    /// A runtime on a thread of its own keeps its connections to itself: another thread would have to be woken for
    /// every answer, and connections would end with a runtime that is not theirs.
    own: ThreadLocal<Client>,
}

impl Clients {
    /// Sets them up; nothing is sent.
    pub(super) fn new(egress: &EgressPolicy, limits: &Limits) -> Result<Self> {
        let (tls, egress, limits) = (tls()?, egress.clone(), limits.clone());
        Self::made_by(move || build(tls.clone(), &egress, &limits))
    }

    /// Those that `make` gives.
    pub(super) fn made_by(
        make: impl Fn() -> Result<Client> + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(Self {
            shared: make()?,
            make: Box::new(make),
            own: ThreadLocal::new(),
        })
    }

    /// The one for the runtime that this is called in.
    pub(super) fn here(&self) -> &Client {
        let runtime = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        match runtime {
            Ok(RuntimeFlavor::CurrentThread) => {
                self.own.get_or_try(&self.make).unwrap_or(&self.shared)
            }
            _ => &self.shared,
        }
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

/// A client that goes nowhere and sends nothing on its own account.
pub(super) fn build(tls: ClientConfig, egress: &EgressPolicy, limits: &Limits) -> Result<Client> {
    builder(tls, egress, limits)
        .build()
        .map_err(|error| unusable(error.without_url()))
}

/// TLS as the platform trusts it.
pub(super) fn tls() -> Result<ClientConfig> {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_platform_verifier())
        .map_err(unusable)?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// No proxies, redirects, cookies, decompression or retries. What remains below is hyper's: it takes another
/// connection if a kept one turns out closed before any byte of the request was written.
pub(super) fn builder(tls: ClientConfig, egress: &EgressPolicy, limits: &Limits) -> ClientBuilder {
    Client::builder()
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
        .user_agent(concat!("composio-engine/", env!("CARGO_PKG_VERSION")))
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
