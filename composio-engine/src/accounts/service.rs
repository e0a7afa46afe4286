use std::sync::Arc;

use super::{lease::Leases, refresh::Refreshes};
use crate::{
    catalogue::Catalogue, executor::Executor, projects::Projects, public_url::PublicUrl,
    store::Store, vault::Vault,
};

/// Everything about auth configs and connected accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) projects: Arc<Projects>,
    pub(super) leases: Leases,
    pub(super) refreshes: Refreshes,
    pub(super) executor: Executor,
    pub(super) public_url: Arc<PublicUrl>,
}

/// What [`Accounts`] works with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Vault,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) executor: Executor,
    pub(crate) public_url: Arc<PublicUrl>,
}

impl Accounts {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            store,
            vault,
            catalogue,
            projects,
            executor,
            public_url,
        } = parts;
        Self {
            leases: Leases::new(Arc::clone(&store)),
            refreshes: Refreshes::new(executor.longest_exchange()),
            store,
            vault,
            catalogue,
            projects,
            executor,
            public_url,
        }
    }

    /// Forgets opened credentials whose time is over.
    pub(crate) async fn purge(&self) {
        self.leases.purge().await;
    }

    /// Lets refreshes end whose tokens are on their way.
    pub(crate) async fn close(&self) {
        self.refreshes.close().await;
    }

    /// Forgets all opened credentials.
    pub(crate) fn forget(&self) {
        self.leases.forget_all();
    }
}
