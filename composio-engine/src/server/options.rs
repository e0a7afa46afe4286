use std::time::Duration;

/// How an engine is served.
///
/// ```
/// use composio_engine::ServeOptions;
///
/// let options = ServeOptions::new().allow_host("tools.example.com").max_connections(1_000);
/// ```
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub(super) hosts: Vec<String>,
    pub(super) origins: Vec<String>,
    pub(super) any_host: bool,
    /// Neither hosts nor origins are checked.
    pub(super) is_unguarded: bool,
    /// Nothing is answered but what browsers come for while they connect.
    pub(super) is_for_browsers: bool,
    pub(super) max_connections: usize,
    pub(super) threads: usize,
    pub(super) header_timeout: Duration,
    pub(super) stall_timeout: Duration,
    pub(super) drain: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            any_host: false,
            is_unguarded: false,
            is_for_browsers: false,
            max_connections: 16_384,
            threads: 0,
            header_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(30),
        }
    }
}

impl ServeOptions {
    /// The defaults: only requests that name this machine as their host, 16,384 connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For a program that checks hosts and origins itself.
    pub(crate) fn unguarded() -> Self {
        Self {
            is_unguarded: true,
            ..Self::default()
        }
    }

    /// For a port that is open for one connection.
    pub(crate) fn for_browsers() -> Self {
        Self {
            is_for_browsers: true,
            max_connections: 64,
            ..Self::default()
        }
    }

    /// Answers requests for this host too: a name without a port. `localhost` and loopback addresses always may.
    ///
    /// Without the check, a web page could reach an engine on loopback under a name of its own (DNS rebinding).
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Answers requests for every host, for engines behind a proxy that checks hosts itself.
    #[must_use]
    pub fn allow_any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Answers requests that a page of this origin makes (`https://app.example.com`). A request without `Origin` comes
    /// from a program and is not concerned; one from the host's own origin always may.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into().to_ascii_lowercase());
        self
    }

    /// The most connections at once; another one is told 503 and closed. 16,384 by default.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Serves on this many threads of its own instead of the runtime that it is started on. A call then never changes
    /// threads, which makes calls faster, as a program may want that does nothing but serve: one thread for each core.
    /// None by default.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// How long the head of a request may take, and how long a connection may idle. 15 s by default.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How long a peer may leave what is sent to it unread before the connection is dropped. 60 s by default.
    #[must_use]
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// How long requests under way may take to finish after the shutdown began. 30 s by default.
    #[must_use]
    pub fn drain(mut self, timeout: Duration) -> Self {
        self.drain = timeout;
        self
    }
}
