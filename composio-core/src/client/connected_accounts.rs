use serde_json::json;

use super::{Client, Query, paging::list_builder, query::segment};
use crate::{
    Result, WaitUntilActive,
    models::{
        Acknowledgement, CompleteAuth, CompletedAuth, ConnectLink, ConnectedAccount,
        CreateConnectLink, CreateConnectedAccount, CreatedConnectedAccount, Fields,
        RefreshedConnectedAccount, RevokedConnectedAccount, UpdateConnectedAccount,
        UpdatedConnectedAccount,
    },
};

/// Requests about connected accounts (wire reference 1.5). From [`Client::connected_accounts`].
///
/// Every method fails as [`Client`] says; with an id that does not exist the kind is
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
#[derive(Debug, Clone)]
pub struct ConnectedAccounts {
    client: Client,
}

impl ConnectedAccounts {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists connected accounts.
    pub fn list(&self) -> ListConnectedAccounts {
        ListConnectedAccounts::new(self.client.clone())
    }

    /// One connected account, secrets masked.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    pub async fn get(&self, id: &str) -> Result<ConnectedAccount> {
        self.client.get(&path(id), Query::default()).await
    }

    /// Connects a user. Schemes without a consent page are active at once.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    pub async fn create(
        &self,
        request: &CreateConnectedAccount,
    ) -> Result<CreatedConnectedAccount> {
        self.client
            .post("/connected_accounts", request.clone())
            .await
    }

    /// Makes a page on which the user connects: it starts the consent, or asks for keys.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says; `Config` if the service has no address that a browser can open.
    pub async fn link(&self, request: &CreateConnectLink) -> Result<ConnectLink> {
        self.client
            .post("/connected_accounts/link", request.clone())
            .await
    }

    /// Says who came back from a page, where the project asks for it
    /// ([`ProjectConfig::oauth_callback_verifier_url`](crate::models::ProjectConfig::oauth_callback_verifier_url)). The
    /// account is usable only if that is the user whom the page was made for.
    ///
    /// # Errors
    ///
    /// `NotFound` if the session is not known, over or used; `Forbidden` if the user is another one: then what they
    /// gave is forgotten and the account is `FAILED`.
    pub async fn complete_auth(&self, request: &CompleteAuth) -> Result<CompletedAuth> {
        self.client
            .post("/connected_accounts/complete_auth", request.clone())
            .await
    }

    /// Lets the account be used again.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    pub async fn enable(&self, id: &str) -> Result<Acknowledgement> {
        self.client
            .patch(&format!("{}/status", path(id)), json!({"enabled": true}))
            .await
    }

    /// Keeps the account from being used.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    pub async fn disable(&self, id: &str) -> Result<Acknowledgement> {
        self.client
            .patch(&format!("{}/status", path(id)), json!({"enabled": false}))
            .await
    }

    /// Changes the alias or the credentials; what `update` does not name stays.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such account, `InvalidInput` for fields the scheme does not take.
    pub async fn update(
        &self,
        id: &str,
        update: &UpdateConnectedAccount,
    ) -> Result<UpdatedConnectedAccount> {
        self.client.patch(&path(id), update.clone()).await
    }

    /// Asks for fresh credentials, where the scheme has such.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such account.
    pub async fn refresh(&self, id: &str) -> Result<RefreshedConnectedAccount> {
        self.client
            .post(&format!("{}/refresh", path(id)), json!({}))
            .await
    }

    /// Asks the user for consent anew; the account keeps its id. The answer says where to send the user, who ends at
    /// `redirect_url`. Without one, an account that still works is refreshed instead, and nobody needs to consent.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    #[doc(alias = "reconnect")]
    pub async fn reinitiate(
        &self,
        id: &str,
        redirect_url: Option<&str>,
    ) -> Result<RefreshedConnectedAccount> {
        let mut body = Fields::new();
        if let Some(url) = redirect_url {
            body.insert("redirect_url".to_owned(), url.into());
        }
        self.client
            .post(&format!("{}/refresh", path(id)), body)
            .await
    }

    /// Waits until the account can be used: until its user has consented.
    #[doc(alias = "wait_for_connection")]
    pub fn wait_until_active(&self, id: impl Into<String>) -> WaitUntilActive {
        WaitUntilActive::new(self.client.clone(), id.into())
    }

    /// Revokes the account's credentials at the provider; the account itself stays.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the scheme or the provider has no revocation, `Conflict` if there is nothing to revoke.
    pub async fn revoke(&self, id: &str) -> Result<RevokedConnectedAccount> {
        self.client.post(&format!("{}/revoke", path(id)), ()).await
    }

    /// Deletes the account and its credentials.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    pub async fn delete(&self, id: &str) -> Result<Acknowledgement> {
        self.client.delete(&path(id)).await
    }

    /// As [`ConnectedAccounts::delete`], and revokes the credentials at the provider.
    ///
    /// # Errors
    ///
    /// As [`ConnectedAccounts`] says.
    #[doc(alias = "revoke_on_delete")]
    pub async fn delete_and_revoke(&self, id: &str) -> Result<Acknowledgement> {
        let path = format!("{}?revoke_on_delete=true", path(id));
        self.client.delete(&path).await
    }
}

fn path(id: &str) -> String {
    format!("/connected_accounts/{}", segment(id))
}

list_builder! {
    /// A list of connected accounts, newest first. Await it for one page, or [`ListConnectedAccounts::stream`] it.
    ListConnectedAccounts -> ConnectedAccount, "/connected_accounts";
    /// Only accounts of these users.
    list users = "user_ids";
    /// Only accounts of these toolkits.
    list toolkits = "toolkit_slugs";
    /// Only accounts through these auth configs.
    list auth_configs = "auth_config_ids";
    /// Only these accounts.
    list ids = "connected_account_ids";
    /// Only accounts in these states, such as `ACTIVE`.
    list statuses = "statuses";
    /// `created_at` or `updated_at`.
    text order_by = "order_by";
    /// `asc` or `desc`.
    text order_direction = "order_direction";
}
