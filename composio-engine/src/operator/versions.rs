use std::sync::Arc;

use composio_catalog::{Toolkit, VersionDiff};
use composio_core::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinError, spawn_blocking};

use crate::platform::Platform;

impl Platform {
    /// What is different in the version `to` of an app, the newest if absent, after the version `from`, the one before
    /// it if absent.
    pub(crate) async fn diff_app(
        &self,
        slug: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<VersionDiff> {
        let app = self.catalogue.app(slug)?;
        let after = self.catalogue.contents_of(&app, to).await?;
        let newer = &after.toolkit().version;
        let place = app.versions.iter().position(|version| version == newer);
        let before = place.and_then(|place| app.versions.get(place.checked_sub(1)?));
        let from = from.or(before.map(String::as_str)).ok_or_else(|| {
            let message = format!("{} {newer} is the first version of the app", app.slug());
            Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_OnlyVersion")
        })?;
        let before = self.catalogue.contents_of(&app, Some(from)).await?;
        let diff = move || VersionDiff::between(before.toolkit(), after.toolkit());
        spawn_blocking(diff).await.map_err(lost)
    }

    /// What `toolkit` would change of the app that is there; `None` if none is, or if it cannot be read.
    pub(super) async fn changes_by(&self, toolkit: &Arc<Toolkit>) -> Result<Option<VersionDiff>> {
        let Ok(app) = self.catalogue.app(&toolkit.slug) else {
            return Ok(None);
        };
        let Ok(before) = self.catalogue.contents_of(&app, None).await else {
            return Ok(None);
        };
        let toolkit = Arc::clone(toolkit);
        let diff = move || {
            let mut diff = VersionDiff::between(before.toolkit(), &toolkit);
            diff.to.clear();
            diff
        };
        spawn_blocking(diff).await.map(Some).map_err(lost)
    }
}

/// Tells a toolkit from any other, whatever version it becomes.
pub(super) fn digest(toolkit: &Toolkit) -> Result<String> {
    let digest = Sha256::digest(toolkit.to_stored()?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Refuses a toolkit that is not the one with the digest `expected`.
pub(super) fn ensure_same(toolkit: &Toolkit, expected: &str) -> Result<()> {
    if digest(toolkit)? == expected {
        return Ok(());
    }
    let message = "the document is no longer the one that was looked at: look at it again";
    Err(Error::new(ErrorKind::Conflict, message).with_slug("Toolkit_DocumentChanged"))
}

fn lost(error: JoinError) -> Error {
    Error::new(ErrorKind::Internal, "a task of the engine failed").with_source(error)
}
