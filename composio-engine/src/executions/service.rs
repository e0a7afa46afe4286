use std::sync::Arc;

use super::LogQueue;
use crate::{accounts::Accounts, catalogue::Catalogue, executor::Executor, projects::Projects};

/// Runs tools and proxied requests.
#[derive(Debug)]
pub(crate) struct Executions {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) accounts: Arc<Accounts>,
    pub(crate) executor: Executor,
    pub(super) logs: Arc<LogQueue>,
    pub(super) projects: Arc<Projects>,
}

impl Executions {
    pub(crate) fn new(
        catalogue: Arc<Catalogue>,
        accounts: Arc<Accounts>,
        executor: Executor,
        logs: Arc<LogQueue>,
        projects: Arc<Projects>,
    ) -> Self {
        Self {
            catalogue,
            accounts,
            executor,
            logs,
            projects,
        }
    }
}
