use std::sync::Arc;

use super::lease::Leases;
use crate::{
    catalogue::Catalogue, executor::Executor, public_url::PublicUrl, store::Store, vault::Vault,
};

/// Everything about auth configs and connected accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) leases: Leases,
    pub(super) executor: Executor,
    pub(super) public_url: Arc<PublicUrl>,
}

impl Accounts {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        catalogue: Arc<Catalogue>,
        executor: Executor,
        public_url: Arc<PublicUrl>,
    ) -> Self {
        Self {
            leases: Leases::new(Arc::clone(&store)),
            store,
            vault,
            catalogue,
            executor,
            public_url,
        }
    }

    /// Forgets opened credentials whose time is over.
    pub(crate) async fn purge(&self) {
        self.leases.purge().await;
    }

    /// Forgets all opened credentials.
    pub(crate) fn forget(&self) {
        self.leases.forget_all();
    }
}
