use std::{
    fmt,
    future::Future,
    path::Path,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, body::Body as AxumBody};
use composio_core::{Body, Error, ErrorKind, Result, Transport};
use futures_util::future::BoxFuture;
use http::{Request, Response, Uri};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt as _, service_fn};

use super::{AddedApp, ConnectRequest, EngineBuilder, encoder};
use crate::{
    api::Api,
    caller::Caller,
    operator::{self, DeletedUser, Watch},
    platform::Platform,
    public_url,
    server::{ServeOptions, Served, listen},
};

/// The platform in this process: apps, connected accounts and tool calls on one database.
///
/// Cheap to clone; all clones are one engine. It is a [`tower::Service`] that speaks Composio's API without a socket,
/// so it goes wherever a [`Transport`](composio_core::Transport) does. When the last clone is dropped, log entries
/// that wait are written; [`Engine::close`] does that without blocking.
#[derive(Clone)]
pub struct Engine {
    api: Api,
    pub(super) platform: Arc<Platform>,
}

impl Engine {
    pub(super) fn new(api: Api, platform: Arc<Platform>) -> Self {
        Self { api, platform }
    }

    /// Opens the database at `path`, or creates it, with everything else at its default.
    ///
    /// # Errors
    ///
    /// Those of [`EngineBuilder::build`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().database(path).build().await
    }

    /// Starts building an engine.
    #[must_use]
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Adds an app: its `integration.yaml` and its OpenAPI document, in JSON or YAML.
    ///
    /// Adding an app that is there makes a new version of it; connected accounts stay. Dropping the future does not
    /// stop what has begun.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if one of the two cannot be understood, [`ErrorKind::Conflict`] if one of the
    /// tools has the name of another app's, and those of the store.
    pub async fn add_app(
        &self,
        integration_yaml: impl AsRef<[u8]>,
        document: impl AsRef<[u8]>,
    ) -> Result<AddedApp> {
        let yaml = integration_yaml.as_ref().to_vec();
        let document = document.as_ref().to_vec();
        let add = |platform: Arc<Platform>| async move {
            let source = operator::Source::Given(yaml, None, Vec::new());
            let (compiled, yaml) = operator::compiled(source, document, Watch::default()).await?;
            platform.add_compiled(compiled, &yaml).await
        };
        self.platform.finish(add).await
    }

    /// Removes an app: every version of it, its auth configs and its connected accounts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such app, and those of the store.
    pub async fn remove_app(&self, app: &str) -> Result<()> {
        let app = app.to_owned();
        let remove = |platform: Arc<Platform>| async move { platform.remove_app(&app).await };
        self.platform.finish(remove).await
    }

    /// Connects a user's account to an app with credentials at hand.
    ///
    /// # Errors
    ///
    /// When awaited: [`ErrorKind::NotFound`] if there is no such app, [`ErrorKind::InvalidInput`] for missing,
    /// unknown or ill-typed fields, [`ErrorKind::NotSupported`] for a scheme this version cannot connect by,
    /// [`ErrorKind::Conflict`] if the auth config is disabled, and those of the store.
    pub fn connect(&self, app: &str) -> ConnectRequest {
        ConnectRequest::new(Arc::clone(&self.platform), app)
    }

    /// Says where the engine is served, for the addresses of files, if [`EngineBuilder::public_url`] has not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if it is not an `http` or `https` address.
    pub fn served_at(&self, url: &str) -> Result<()> {
        self.platform.public_url.set(public_url::parse(url)?);
        Ok(())
    }

    /// A transport that fetches files by their address, for
    /// [`ToolSet::fetch_uploads_by`](composio_core::ToolSet): `https` alone, hosts of the public internet alone unless
    /// the operator allows others, redirects included; at most 64 MiB.
    #[must_use]
    pub fn fetcher(&self) -> Transport {
        let platform = Arc::clone(&self.platform);
        Transport::new(service_fn(move |request: Request<Body>| {
            let platform = Arc::clone(&platform);
            async move {
                let address = request.uri().to_string();
                let bytes = platform.executions.executor.fetch(&address).await?;
                Ok::<_, Error>(Response::new(Body::from(bytes)))
            }
        }))
    }

    /// The API as a router, to be nested in a program's own: whoever comes with an API key is let in, or whom a layer
    /// of the program has given a [`Caller`](crate::Caller). Hosts and origins are the program's to check.
    pub fn routes(&self) -> Router {
        let served = self
            .served(ServeOptions::unguarded())
            .map_request(|request: Request<AxumBody>| request.map(Body::new));
        Router::new().fallback_service(served.map_response(|response| response.map(AxumBody::new)))
    }

    /// Serves the API on `listener` until `shutdown` is done; requests under way are finished.
    ///
    /// With an [encoder](EngineBuilder::encoder) it encodes the tools that are added meanwhile.
    ///
    /// HTTP/1.1 without TLS: put a proxy in front of it where the network is not your own. Beside the API it answers
    /// `/health`, `/ready` and, with an operator's key, `/metrics` for Prometheus.
    ///
    /// ```no_run
    /// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    /// use composio_engine::{Engine, ServeOptions};
    /// use tokio::net::TcpListener;
    ///
    /// let engine = Engine::open("composio.db").await?;
    /// let listener = TcpListener::bind("127.0.0.1:8080").await?;
    /// engine.serve(listener, ServeOptions::new(), std::future::pending()).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(
        &self,
        listener: TcpListener,
        options: ServeOptions,
        shutdown: impl Future<Output = ()>,
    ) {
        if let Ok(address) = listener.local_addr() {
            // An address that cannot be reached from outside is better than none: the operator can give another.
            let _ = self.served_at(&format!("http://{address}"));
        }
        let tending = encoder::tend(&self.platform);
        listen(listener, self.served(options), shutdown).await;
        if let Some(tending) = tending {
            tending.abort();
        }
    }

    pub(super) fn served(&self, options: ServeOptions) -> Served {
        Served::new(self.api.clone(), Arc::clone(&self.platform), options)
    }

    /// Removes what belongs to one user of a project: connected accounts with their credentials, log entries with what
    /// they hold, files. A user that is not known has nothing, which is no error. Calls under way end as they would, and
    /// may still log that. Dropping the future does not stop what has begun.
    ///
    /// # Errors
    ///
    /// Those of the store and of the files' folder: removing can then be begun again.
    pub async fn delete_user(&self, project: &str, user: &str) -> Result<DeletedUser> {
        let (project, user) = (project.to_owned(), user.to_owned());
        let delete =
            |platform: Arc<Platform>| async move { platform.delete_user(&project, &user).await };
        self.platform.finish(delete).await
    }

    /// Whether `user` has an account of `app` that a call would run on: active, enabled, and with credentials that open and
    /// have not run out. Nothing is sent but, if tokens have run out, the request that renews them.
    ///
    /// ```
    /// # async fn ask(engine: composio_engine::Engine) -> composio_core::Result<()> {
    /// if !engine.is_connected("github", "alice").await? {
    ///     println!("composio add github -e alice");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if the account's credentials cannot be read, [`ErrorKind::Unavailable`] if they cannot be
    /// renewed now, and those of the store.
    pub async fn is_connected(&self, app: &str, user: &str) -> Result<bool> {
        let accounts = &self.platform.accounts;
        accounts.is_usable(&Caller::default(), app, user).await
    }

    /// Seals under the key provider's active key everything that is sealed under former ones, while the engine serves;
    /// gives how many records that were. What is not reached yet opens as before, as long as the provider has its key.
    /// Dropping the future does not stop what has begun, and it can be begun again at any time.
    ///
    /// ```
    /// # async fn rotate() -> composio_core::Result<()> {
    /// use composio_engine::{Engine, FileKey};
    ///
    /// let engine = Engine::open("composio.db").await?;
    /// FileKey::rotate("composio.db.key")?;
    /// engine.reseal().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the provider lacks a key that something is sealed under, [`ErrorKind::Unavailable`] if
    /// it cannot be reached, and those of the store.
    pub async fn reseal(&self) -> Result<u64> {
        self.reseal_with(|_, _| ()).await
    }

    /// As [`Engine::reseal`], and tells `progress` after some records each how many were looked at, and of how many.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::reseal`].
    pub async fn reseal_with(
        &self,
        progress: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> Result<u64> {
        let reseal = |platform: Arc<Platform>| async move { platform.reseal(&progress).await };
        self.platform.finish(reseal).await
    }

    /// Finishes the writes under way, writes the log and lets go of the database. Later requests fail.
    pub async fn close(&self) {
        self.platform.close().await;
    }
}

impl Service<Request<Body>> for Engine {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if request.uri().scheme().is_some() {
            let Some(path) = self.platform.files.links().own_path(request.uri()) else {
                return Box::pin(async { Err(elsewhere()) });
            };
            *request.uri_mut() = Uri::from(path);
        }
        let answer = self.api.call(request);
        Box::pin(async move { answer.await.map_err(|never| match never {}) })
    }
}

// A request in absolute form is for the host it names, and this engine answers those that lead to its own files.
fn elsewhere() -> Error {
    let message = "the engine in this process sends no requests to other hosts";
    Error::new(ErrorKind::NotSupported, message)
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
