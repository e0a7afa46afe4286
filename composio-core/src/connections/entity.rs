use serde_json::Value;

use super::{GetConnectedAccounts, InitiateConnection, newest_active};
use crate::{ExecuteAction, Provider, Result, ToolSet, models::ConnectedAccount};

/// One end user of the program: what they are connected to, and what is done for them. From [`ToolSet::get_entity`].
#[doc(alias = "user")]
#[derive(Debug, Clone)]
pub struct Entity<P> {
    toolset: ToolSet<P>,
    id: String,
}

impl<P: Provider> Entity<P> {
    pub(crate) fn new(toolset: ToolSet<P>, id: String) -> Self {
        Self { toolset, id }
    }

    /// The program's own id of the user.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The toolset bound to this user, to fetch tools for a model.
    pub fn toolset(&self) -> &ToolSet<P> {
        &self.toolset
    }

    /// Begins to connect the user's account of `app`.
    pub fn initiate_connection(&self, app: impl Into<String>) -> InitiateConnection {
        self.toolset.initiate_connection(app)
    }

    /// The user's connections that can be used now, newest first.
    #[doc(alias = "get_connections")]
    pub fn connections(&self) -> GetConnectedAccounts {
        self.toolset.get_connected_accounts()
    }

    /// The user's newest connection to `app` that can be used now: the one that an action without an explicit
    /// connection runs on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none.
    #[doc(alias = "get_connection")]
    pub async fn connection(&self, app: &str) -> Result<ConnectedAccount> {
        newest_active(self.toolset.client(), &self.id, app).await
    }

    /// Executes an action for the user, by the program's own decision.
    pub fn execute(&self, action: impl Into<String>, params: impl Into<Value>) -> ExecuteAction<P> {
        self.toolset.execute_action(action, params)
    }
}
