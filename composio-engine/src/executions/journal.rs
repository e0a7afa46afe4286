use std::{collections::HashMap, sync::Arc};

use composio_core::Result;

use crate::{caller::Caller, store::Store};

/// What was executed, as it can be read afterwards.
#[derive(Debug)]
pub(crate) struct Journal {
    store: Arc<dyn Store>,
}

impl Journal {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// How often each toolkit stands among the newest entries of the caller's project.
    pub(crate) async fn calls_by_toolkit(&self, caller: &Caller) -> Result<HashMap<String, i64>> {
        let calls = self.store.calls_by_toolkit(caller.project_id()).await?;
        Ok(calls.into_iter().collect())
    }
}
