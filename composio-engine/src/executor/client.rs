use std::{
    error::Error as StdError,
    fmt, io, iter,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use composio_core::{Body, BoxError, Error, ErrorKind, Result};
use futures_util::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{
        self, Builder,
        connect::{HttpConnector, dns::Name},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;
use thread_local::ThreadLocal;
use tokio::{
    net::TcpStream,
    runtime::{Handle, RuntimeFlavor},
    time::{error::Elapsed, timeout},
};
use tower::Service;

use super::{EgressPolicy, Limits};

/// Kept connections to one host.
const KEPT: usize = 32;
/// How long a connection may be silent before it is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// It sends requests as they are: no proxies, redirects, cookies, decompression or retries. What remains is hyper's: it
/// takes another connection if a kept one turns out closed before any byte of the request was written.
pub(super) type Client = legacy::Client<Connector, Body>;

/// The clients for vendors' APIs. What they trust and where they go is the same; their kept connections are not.
pub(super) struct Clients {
    make: Box<dyn Fn() -> Client + Send + Sync>,
    shared: Client,
    /// A runtime on a thread of its own keeps its connections to itself: another thread would have to be woken for
    /// every answer, and connections would end with a runtime that is not theirs.
    own: ThreadLocal<Client>,
}

impl Clients {
    /// Sets them up; nothing is sent.
    pub(super) fn new(egress: &EgressPolicy, limits: &Limits) -> Result<Self> {
        let connector = Connector::new(tls()?, egress, limits);
        let idle = limits.idle;
        Ok(Self::made_by(move || {
            builder(idle).build(connector.clone())
        }))
    }

    /// Those that `make` gives.
    pub(super) fn made_by(make: impl Fn() -> Client + Send + Sync + 'static) -> Self {
        Self {
            shared: make(),
            make: Box::new(make),
            own: ThreadLocal::new(),
        }
    }

    /// The one for the runtime that this is called in.
    pub(super) fn here(&self) -> &Client {
        let runtime = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        match runtime {
            Ok(RuntimeFlavor::CurrentThread) => self.own.get_or(&self.make),
            _ => &self.shared,
        }
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

/// TLS as the platform trusts it.
pub(super) fn tls() -> Result<ClientConfig> {
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_platform_verifier())
            .map_err(unusable)?
            .with_no_client_auth(),
    )
}

/// A client whose connections stay for `idle` after their last answer.
pub(super) fn builder(idle: Duration) -> Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(idle)
        .pool_max_idle_per_host(KEPT);
    builder
}

fn unusable(source: impl StdError + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Config, "the HTTP client could not be set up").with_source(source)
}

/// Makes connections, TLS included, within one limit of time.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector<GuardedResolver>>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, egress: &EgressPolicy, limits: &Limits) -> Self {
        let mut http = HttpConnector::new_with_resolver(GuardedResolver(egress.clone()));
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(KEEP_ALIVE));
        http.set_keepalive_interval(Some(KEEP_ALIVE));
        // Of several addresses each has its part of the time.
        http.set_connect_timeout(Some(limits.connect));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(http);
        Self {
            https,
            limit: limits.connect,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connection = timeout(self.limit, self.https.call(uri));
        Box::pin(async move { connection.await? })
    }
}

/// Looks a name up and drops what the policy refuses, so that the address checked is the address connected to.
#[derive(Clone)]
struct GuardedResolver(EgressPolicy);

impl Service<Name> for GuardedResolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
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
            Ok(permitted.into_iter())
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
pub(super) fn is_refusal(error: &legacy::Error) -> bool {
    causes(error).any(|cause| cause.is::<Refused>())
}

/// Whether a connection did not come about in time.
pub(super) fn is_timeout(error: &legacy::Error) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        cause.is::<Elapsed>() || io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
    })
}

fn causes(error: &legacy::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut cause = error.source();
    iter::from_fn(move || {
        let this = cause?;
        cause = this.source();
        Some(this)
    })
}
