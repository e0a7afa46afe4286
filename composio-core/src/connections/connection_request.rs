use std::time::Duration;

use super::WaitUntilActive;
use crate::{
    client::Client,
    models::{ConnectionStatus, CreatedConnectedAccount, RefreshedConnectedAccount},
};

/// A connection that was begun: active at once for keys, waiting for the user's consent for OAuth.
///
/// ```no_run
/// # async fn example(toolset: composio_core::ToolSet<composio_core::Plain>) -> composio_core::Result<()> {
/// use std::time::Duration;
///
/// let request = toolset.get_entity("alice").initiate_connection("github").await?;
/// if let Some(url) = request.redirect_url() {
///     println!("Open {url}");
/// }
/// let connection = request.wait_until_active(Duration::from_secs(120)).await?;
/// println!("{} is {}", connection.id, connection.status);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ConnectionRequest {
    client: Client,
    id: String,
    status: ConnectionStatus,
    redirect_url: Option<String>,
}

impl ConnectionRequest {
    pub(super) fn created(client: Client, created: CreatedConnectedAccount) -> Self {
        let val = &created.connection_data.val;
        let places = [
            created.redirect_url.as_deref(),
            created.redirect_uri.as_deref(),
            val.text("redirectUrl"),
            val.text("redirect_url"),
        ];
        let mut urls = places.into_iter().flatten();
        let redirect_url = urls.find(|url| !url.is_empty()).map(ToOwned::to_owned);
        Self {
            client,
            id: created.id,
            status: created.status,
            redirect_url,
        }
    }

    pub(crate) fn begun_anew(client: Client, refreshed: RefreshedConnectedAccount) -> Self {
        Self {
            client,
            id: refreshed.id,
            status: refreshed.status,
            redirect_url: refreshed.redirect_url.filter(|url| !url.is_empty()),
        }
    }

    /// The connection's id, `ca_…`. It stays the same for as long as the connection exists.
    #[must_use]
    pub fn connected_account_id(&self) -> &str {
        &self.id
    }

    /// Where the connection stood when it was begun.
    #[must_use]
    pub fn connection_status(&self) -> &ConnectionStatus {
        &self.status
    }

    /// Where to send the user's browser; `None` if nobody needs to consent.
    #[must_use]
    pub fn redirect_url(&self) -> Option<&str> {
        self.redirect_url.as_deref()
    }

    /// Waits, for at most `timeout`, until the user has consented and the connection can be used.
    pub fn wait_until_active(&self, timeout: Duration) -> WaitUntilActive {
        WaitUntilActive::new(self.client.clone(), self.id.clone())
            .begun_as(self.status.clone())
            .timeout(timeout)
    }
}
