//! Record and replay of calls.

mod difference;
mod exchange;
mod redact;
mod tape;

use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use crate::{Body, Error, Result, Secret, Transport};
use exchange::{Asked, Exchange};
use redact::Redaction;
use tape::{Recorder, Tape};

const LIMIT: usize = 64 * 1024 * 1024;

/// Calls that are recorded once, through any transport, and replayed from then on: without network, key or service.
///
/// A request is matched by its method, path, query and body; members of JSON may stand in any order. Each recorded
/// exchange is played once, equal ones in their order. A request that was not recorded is an error of kind
/// [`ErrorKind::Config`](crate::ErrorKind::Config), which ends a run, and says what differs.
///
/// The file is JSON, one exchange a line, and holds no secret that can be known as one: no header at all; in bodies no
/// value of a member called `api_key`, `token`, `password` and the like, no credentials of connections and calls, no
/// `Bearer` token and no signature of an address. What else is secret is said by [`Cassette::redact`]. Read it before
/// you commit it: results are kept as the service gave them.
///
/// ```no_run
/// # async fn example(backend: composio_core::Transport) -> composio_core::Result<()> {
/// use composio_core::{Plain, ToolSet, testing::Cassette};
///
/// let path = "tests/cassettes/notes.jsonl";
/// let cassette = if std::env::var_os("RECORD").is_some() {
///     Cassette::record(path, backend)?
/// } else {
///     Cassette::replay(path)?
/// };
/// let toolset: ToolSet<Plain> = ToolSet::new(cassette);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Cassette {
    path: Arc<Path>,
    mode: Mode,
    redaction: Redaction,
}

#[derive(Clone)]
enum Mode {
    Record(Transport, Arc<Recorder>),
    Replay(Arc<Tape>),
}

impl Cassette {
    /// Records what `backend` is asked and answers to a new file at `path`, in place of one that is there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the file cannot be written.
    pub fn record(path: impl Into<PathBuf>, backend: impl Into<Transport>) -> Result<Self> {
        let path: Arc<Path> = Arc::from(path.into());
        let recorder = Arc::new(Recorder::create(&path)?);
        Ok(Self {
            path,
            mode: Mode::Record(backend.into(), recorder),
            redaction: Redaction::default(),
        })
    }

    /// Replays the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the file cannot be read or is no cassette; the message names
    /// the line.
    pub fn replay(path: impl Into<PathBuf>) -> Result<Self> {
        let path: Arc<Path> = Arc::from(path.into());
        let tape = Arc::new(Tape::read(&path)?);
        Ok(Self {
            path,
            mode: Mode::Replay(tape),
            redaction: Redaction::default(),
        })
    }

    /// Keeps `secret` out of the file, wherever it stands in a path or a body. Say the same when it is replayed, unless
    /// the test uses another secret there.
    #[must_use]
    pub fn redact(mut self, secret: impl Into<Secret>) -> Self {
        self.redaction.add_secret(secret.into());
        self
    }

    /// Keeps the values of members called `name` out of the file, in requests and answers.
    #[must_use]
    pub fn redact_field(mut self, name: impl Into<String>) -> Self {
        self.redaction.add_field(&name.into());
        self
    }

    /// What was recorded and not asked for, as method and path; nothing while it records.
    #[must_use]
    pub fn unplayed(&self) -> Vec<String> {
        match &self.mode {
            Mode::Replay(tape) => tape.unplayed(),
            Mode::Record(..) => Vec::new(),
        }
    }

    async fn exchange(self, request: Request<Body>) -> Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let bytes = body.bytes(LIMIT).await?;
        let asked = Asked::new(&parts, &bytes, &self.redaction);
        match &self.mode {
            Mode::Replay(tape) => tape.play(&asked),
            Mode::Record(backend, recorder) => {
                let request = Request::from_parts(parts, Body::from(bytes));
                let (head, body) = backend.send(request).await?.into_parts();
                let bytes = body.bytes(LIMIT).await?;
                recorder.keep(&Exchange::new(asked, &head, &bytes, &self.redaction))?;
                Ok(Response::from_parts(head, Body::from(bytes)))
            }
        }
    }
}

impl Service<Request<Body>> for Cassette {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match &self.mode {
            Mode::Record(..) => "records",
            Mode::Replay(_) => "replays",
        };
        write!(f, "Cassette({mode} {})", self.path.display())
    }
}
