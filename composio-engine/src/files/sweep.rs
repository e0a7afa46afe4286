use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

use super::Files;
use crate::clock;

/// How often files whose time is over are removed.
const PERIOD: Duration = Duration::from_secs(15 * 60);
/// How long nobody has written to what a crash left behind. Other processes may be writing to younger files.
const LEFT_BEHIND: Duration = Duration::from_secs(60 * 60);

/// Removes what is no longer wanted, now and from time to time, as long as `files` are there.
pub(crate) async fn sweep(files: Weak<Files>) {
    loop {
        let Some(files) = files.upgrade() else {
            return;
        };
        if files.is_closed() {
            return;
        }
        if let Err(error) = files.sweep().await {
            tracing::warn!(%error, "old files could not be removed");
        }
        drop(files);
        tokio::time::sleep(PERIOD).await;
    }
}

impl Files {
    /// Removes files whose time is over, and what crashes left in the folder.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let expired = self.store.expire_files(clock::now()).await?;
        if !expired.is_empty() {
            self.remove(expired).await?;
        }
        let folder = Arc::clone(&self.folder);
        let left = spawn_blocking(move || folder.leftovers(LEFT_BEHIND)).await;
        let left = left.map_err(|error| {
            Error::new(ErrorKind::Internal, "reading the folder failed").with_source(error)
        })?;
        for some in left.chunks(1_000) {
            let stray = self.store.stray_blobs(some).await?;
            if !stray.is_empty() {
                self.remove(stray).await?;
            }
        }
        Ok(())
    }
}
