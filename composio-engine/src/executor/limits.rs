use std::time::Duration;

/// How long a tool call may take and how much it may bring back.
///
/// ```
/// use composio_engine::Limits;
/// use std::time::Duration;
///
/// let limits = Limits::default().total(Duration::from_secs(20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Name look-up, TCP and TLS together; 10 s.
    pub connect: Duration,
    /// The whole call, its retries, waits and redirects included; 60 s.
    pub total: Duration,
    /// Bytes of an answer's body; 10,000,000.
    pub response_bytes: usize,
    /// Redirects followed in one call; 5.
    pub redirects: usize,
    /// Times a repeatable request is sent at most; 3. A POST is sent once whatever this says.
    pub attempts: usize,
    /// The longest `Retry-After` that is waited for; 30 s. After a longer one the failure is returned at once.
    pub retry_after: Duration,
    /// How long an unused connection is kept; 30 s.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(60),
            response_bytes: 10_000_000,
            redirects: 5,
            attempts: 3,
            retry_after: Duration::from_secs(30),
            idle: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Sets the time for connecting.
    #[must_use]
    pub fn connect(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// Sets the time for the whole call.
    #[must_use]
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the bytes of an answer's body.
    #[must_use]
    pub fn response_bytes(mut self, bytes: usize) -> Self {
        self.response_bytes = bytes;
        self
    }

    /// Sets how many redirects are followed.
    #[must_use]
    pub fn redirects(mut self, redirects: usize) -> Self {
        self.redirects = redirects;
        self
    }

    /// Sets how often a repeatable request is sent at most; 0 counts as 1.
    #[must_use]
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the longest `Retry-After` that is waited for.
    #[must_use]
    pub fn retry_after(mut self, longest: Duration) -> Self {
        self.retry_after = longest;
        self
    }

    /// Sets how long an unused connection is kept.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}
