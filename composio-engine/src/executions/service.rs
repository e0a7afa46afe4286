use std::sync::Arc;

use super::LogQueue;
use crate::{accounts::Accounts, catalogue::Catalogue, executor::Executor};

/// Runs tools and proxied requests.
#[derive(Debug)]
pub(crate) struct Executions {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) accounts: Arc<Accounts>,
    pub(crate) executor: Executor,
    pub(super) logs: Arc<LogQueue>,
}

impl Executions {
    pub(crate) fn new(
        catalogue: Arc<Catalogue>,
        accounts: Arc<Accounts>,
        executor: Executor,
        logs: Arc<LogQueue>,
    ) -> Self {
        Self {
            catalogue,
            accounts,
            executor,
            logs,
        }
    }
}
