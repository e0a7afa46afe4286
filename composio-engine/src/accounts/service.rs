use std::{sync::Arc, time::Duration};

use moka::future::Cache;

use super::{lease::Leases, refresh::Refreshes};
use crate::{
    audit::Audit, auth::oauth2::Metadata, catalogue::Catalogue, executor::Executor,
    projects::Projects, public_url::PublicUrl, server::Metrics, store::Store, vault::Vault,
};

/// How long what an authorization server says of itself is believed.
const DISCOVERY: Duration = Duration::from_secs(10 * 60);

/// Everything about auth configs and connected accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) projects: Arc<Projects>,
    pub(super) audit: Arc<Audit>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) leases: Leases,
    pub(super) refreshes: Refreshes,
    pub(super) executor: Executor,
    pub(super) public_url: Arc<PublicUrl>,
    /// What authorization servers say of themselves, by issuer or resource.
    pub(super) discovered: Cache<String, Arc<Metadata>>,
}

/// What [`Accounts`] works with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Vault,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) metrics: Arc<Metrics>,
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
            audit,
            metrics,
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
            audit,
            metrics,
            executor,
            public_url,
            discovered: Cache::builder()
                .max_capacity(1_000)
                .time_to_live(DISCOVERY)
                .build(),
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
