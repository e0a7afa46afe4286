use serde::{Deserialize, Serialize};

use super::{ConnectionData, page::null_is_default};

/// The body of `POST /connected_accounts/link` (wire reference 1.5).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateConnectLink {
    /// `ac_…`: the auth config to connect through.
    pub auth_config_id: String,
    /// The end user who will open the link.
    pub user_id: String,
    /// Where the user's browser goes at the end; a page that says how it went if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// The caller's own name for the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Words of the caller's own to find the connection by. An extension of our engine; others ignore it.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "null_is_default"
    )]
    pub labels: Vec<String>,
    /// Fields that are known already; the page asks for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_data: Option<ConnectionData>,
}

impl CreateConnectLink {
    /// A link for `user_id` through the auth config `auth_config_id`.
    #[must_use]
    pub fn new(auth_config_id: impl Into<String>, user_id: impl Into<String>) -> Self {
        Self {
            auth_config_id: auth_config_id.into(),
            user_id: user_id.into(),
            ..Self::default()
        }
    }

    /// Sets where the user's browser goes at the end.
    #[must_use]
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        self.callback_url = Some(url.into());
        self
    }

    /// Sets the caller's own name for the connection.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// Sets the words that the caller finds the connection by.
    #[must_use]
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.labels = labels.into_iter().map(Into::into).collect();
        self
    }

    /// Gives fields that are known already.
    #[must_use]
    pub fn connection_data(mut self, data: ConnectionData) -> Self {
        self.connection_data = Some(data);
        self
    }
}

/// A page on which one user connects one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectLink {
    /// Names the link. Whoever has it may connect that account, so it is as good as a key until it is used.
    pub link_token: String,
    /// Where to send the user.
    pub redirect_url: String,
    /// RFC 3339. Afterwards the link leads nowhere.
    pub expires_at: String,
    /// `ca_…`: the account that waits for the user, `INITIATED`.
    pub connected_account_id: String,
}

impl ConnectLink {
    /// The link `link_token` at `redirect_url`, for the account `connected_account_id`.
    #[must_use]
    pub fn new(
        link_token: impl Into<String>,
        redirect_url: impl Into<String>,
        expires_at: impl Into<String>,
        connected_account_id: impl Into<String>,
    ) -> Self {
        Self {
            link_token: link_token.into(),
            redirect_url: redirect_url.into(),
            expires_at: expires_at.into(),
            connected_account_id: connected_account_id.into(),
        }
    }
}

/// The body of `POST /connected_accounts/complete_auth` (wire reference 1.5).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompleteAuth {
    /// Who is signed in where the browser came back to.
    pub user_id: String,
    /// What came with the browser, as it came.
    pub session_uri: String,
}

impl CompleteAuth {
    /// `user_id` came back with `session_uri`.
    #[must_use]
    pub fn new(user_id: impl Into<String>, session_uri: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            session_uri: session_uri.into(),
        }
    }
}

/// An account that the application has confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompletedAuth {
    /// `ca_…`, `ACTIVE` now.
    pub connected_account_id: String,
    /// Its toolkit.
    pub toolkit_slug: String,
}

impl CompletedAuth {
    /// The account `connected_account_id` of `toolkit_slug`.
    #[must_use]
    pub fn new(connected_account_id: impl Into<String>, toolkit_slug: impl Into<String>) -> Self {
        Self {
            connected_account_id: connected_account_id.into(),
            toolkit_slug: toolkit_slug.into(),
        }
    }
}
