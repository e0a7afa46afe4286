use std::time::Duration;

/// How large files may be and how long they are kept.
///
/// ```
/// use composio_engine::FileLimits;
///
/// let limits = FileLimits::default().file_bytes(100_000_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLimits {
    /// Bytes of one file; 2,000,000,000.
    pub file_bytes: u64,
    /// Bytes of all files of a project; 20,000,000,000.
    pub project_bytes: u64,
    /// Files of a project that are awaited at once; 10,000.
    pub awaited: u32,
    /// How long an upload may take from its request to its last byte; 1 hour.
    pub upload: Duration,
    /// How long the address of a file can be used; 24 hours.
    pub link: Duration,
    /// How long an uploaded file is kept after it was last used; 30 days.
    pub uploads_kept: Duration,
    /// How long a file that a tool gave is kept; 7 days.
    pub results_kept: Duration,
}

const HOUR: Duration = Duration::from_secs(60 * 60);

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            file_bytes: 2_000_000_000,
            project_bytes: 20_000_000_000,
            awaited: 10_000,
            upload: HOUR,
            link: HOUR * 24,
            uploads_kept: HOUR * 24 * 30,
            results_kept: HOUR * 24 * 7,
        }
    }
}

impl FileLimits {
    /// Sets the bytes of one file.
    #[must_use]
    pub fn file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }

    /// Sets the bytes of all files of a project.
    #[must_use]
    pub fn project_bytes(mut self, bytes: u64) -> Self {
        self.project_bytes = bytes;
        self
    }

    /// Sets how many files of a project are awaited at once.
    #[must_use]
    pub fn awaited(mut self, files: u32) -> Self {
        self.awaited = files;
        self
    }

    /// Sets how long an upload may take.
    #[must_use]
    pub fn upload(mut self, time: Duration) -> Self {
        self.upload = time;
        self
    }

    /// Sets how long the address of a file can be used.
    #[must_use]
    pub fn link(mut self, time: Duration) -> Self {
        self.link = time;
        self
    }

    /// Sets how long an uploaded file is kept after it was last used.
    #[must_use]
    pub fn uploads_kept(mut self, time: Duration) -> Self {
        self.uploads_kept = time;
        self
    }

    /// Sets how long a file that a tool gave is kept.
    #[must_use]
    pub fn results_kept(mut self, time: Duration) -> Self {
        self.results_kept = time;
        self
    }
}
