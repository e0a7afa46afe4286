use std::sync::Arc;

use super::LogQueue;
use crate::{
    accounts::Accounts, audit::Audit, catalogue::Catalogue, executor::Executor, files::Files,
    projects::Projects,
};

/// Runs tools and proxied requests.
#[derive(Debug)]
pub(crate) struct Executions {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) executor: Executor,
    pub(crate) files: Arc<Files>,
    pub(crate) logs: Arc<LogQueue>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) projects: Arc<Projects>,
}
