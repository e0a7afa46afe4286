use std::sync::Arc;

use composio_core::{Error, Result};
use moka::future::Cache;
use tokio::task::spawn_blocking;

use super::{
    Contents,
    faults::{damaged, lost},
    release::ReleaseKey,
};
use crate::store::Store;

/// Bytes of compiled toolkits that are kept at hand, as they are stored; read tools take about as much again.
const AT_HAND: u64 = 64 * 1024 * 1024;

/// The tools of every version, some of them at hand. Clones are one shelf.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    store: Arc<dyn Store>,
    at_hand: Cache<ReleaseKey, Arc<Contents>>,
}

impl Shelf {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let at_hand = Cache::builder()
            .max_capacity(AT_HAND)
            .weigher(|_, contents: &Arc<Contents>| weight(contents))
            .build();
        Self { store, at_hand }
    }

    /// The tools of a version, read if they are not at hand.
    pub(super) async fn get(&self, key: &ReleaseKey) -> Result<Arc<Contents>> {
        let read = self.at_hand.try_get_with_by_ref(key, self.read(key));
        read.await.map_err(|shared| {
            let error = Error::new(shared.kind(), shared.message());
            let error = error.with_reader_message(shared.reader_message());
            match shared.slug() {
                Some(slug) => error.with_slug(slug),
                None => error,
            }
        })
    }

    /// The same for somebody who needs them once and all others after them: nothing else is put away for them.
    pub(super) async fn peek(&self, key: &ReleaseKey) -> Result<Arc<Contents>> {
        match self.at_hand.get(key).await {
            Some(contents) => Ok(contents),
            None => self.read(key).await,
        }
    }

    /// Puts everything away.
    pub(super) fn clear(&self) {
        self.at_hand.invalidate_all();
    }

    async fn read(&self, key: &ReleaseKey) -> Result<Arc<Contents>> {
        let stored = self.store.compiled_app(&key.slug, &key.version).await?;
        let stored = stored.ok_or_else(|| damaged(&key.slug, &key.version))?;
        let key = key.clone();
        let read = spawn_blocking(move || Contents::read(&key, stored));
        Ok(Arc::new(read.await.map_err(lost)??))
    }
}

// However large it is, one toolkit is worth keeping.
fn weight(contents: &Contents) -> u32 {
    let most = AT_HAND / 2;
    let weight = u64::try_from(contents.weight).unwrap_or(most).min(most);
    u32::try_from(weight).unwrap_or(u32::MAX)
}
