use serde::{Deserialize, Serialize};

use super::{AuthConfigRef, AuthScheme, Fields, ToolkitRef, open_enum, page::null_is_default};

open_enum! {
    /// Where a connection stands (wire reference 1.5).
    ConnectionStatus {
        /// Made, nothing started.
        Initializing = "INITIALIZING",
        /// Waiting for the user.
        Initiated = "INITIATED",
        /// Usable.
        Active = "ACTIVE",
        /// The user or the provider refused.
        Failed = "FAILED",
        /// The credentials ran out and could not be renewed.
        Expired = "EXPIRED",
        /// Switched off.
        Inactive = "INACTIVE",
        /// Revoked at the provider.
        Revoked = "REVOKED",
    }
}

/// One user's credentials for one auth config (wire reference 1.5). The seed calls it a connection.
#[doc(alias = "connection")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectedAccount {
    /// `ca_…`.
    pub id: String,
    /// The end user.
    #[serde(default, deserialize_with = "null_is_default")]
    pub user_id: String,
    /// The toolkit.
    #[serde(default)]
    pub toolkit: ToolkitRef,
    /// The auth config.
    #[serde(default)]
    pub auth_config: ConnectedAccountAuthConfig,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// Why it stands there.
    #[serde(default)]
    pub status_reason: Option<String>,
    /// Whether it is switched off.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_disabled: bool,
    /// Its fields, secrets masked.
    #[serde(default)]
    pub state: ConnectionData,
    /// The older place of the same fields.
    #[serde(default, deserialize_with = "null_is_default")]
    pub data: Fields,
    /// Parameters of the request, on a single account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Fields>,
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub created_at: String,
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub updated_at: String,
    /// The caller's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Whose account it is, as the service itself says. An extension of our engine; others do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<AccountIdentity>,
    /// The same account in words of older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<FormerAccount>,
}

impl ConnectedAccount {
    /// An account `id` of `user_id` in `status`, everything else empty.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        user_id: impl Into<String>,
        status: ConnectionStatus,
    ) -> Self {
        Self {
            id: id.into(),
            user_id: user_id.into(),
            toolkit: ToolkitRef::default(),
            auth_config: ConnectedAccountAuthConfig::default(),
            status,
            status_reason: None,
            is_disabled: false,
            state: ConnectionData::default(),
            data: Fields::new(),
            params: None,
            created_at: String::new(),
            updated_at: String::new(),
            alias: None,
            identity: None,
            deprecated: None,
        }
    }

    /// Whether a tool may run on it now.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == ConnectionStatus::Active && !self.is_disabled
    }
}

/// Whose account it is at the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountIdentity {
    /// What stays the same as long as the account exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What a person recognises it by: a login name, an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl AccountIdentity {
    /// An identity with what the service tells.
    #[must_use]
    pub fn new(id: Option<String>, label: Option<String>) -> Self {
        Self { id, label }
    }
}

/// The auth config of a connected account, in short.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectedAccountAuthConfig {
    /// `ac_…`.
    pub id: String,
    /// The scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_scheme: Option<AuthScheme>,
    /// Whether the operator's credentials are used.
    #[serde(default)]
    pub is_composio_managed: bool,
    /// Whether the auth config is switched off.
    #[serde(default)]
    pub is_disabled: bool,
}

/// A connection's scheme and fields.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionData {
    /// The scheme.
    #[serde(
        rename = "authScheme",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_scheme: Option<AuthScheme>,
    /// The fields by name, `status` among them.
    #[serde(default, deserialize_with = "null_is_default")]
    pub val: Fields,
}

impl ConnectionData {
    /// The fields of a connection by `scheme`.
    #[must_use]
    pub fn new(scheme: AuthScheme, val: impl Into<Fields>) -> Self {
        Self {
            auth_scheme: Some(scheme),
            val: val.into(),
        }
    }
}

/// The body of `POST /connected_accounts`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateConnectedAccount {
    /// The auth config to connect through.
    pub auth_config: AuthConfigRef,
    /// The user and their fields.
    #[serde(default)]
    pub connection: ConnectionRequestBody,
    /// Whether to try the credentials first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_credentials: Option<bool>,
}

impl CreateConnectedAccount {
    /// A connection of `user_id` through the auth config `id`.
    #[must_use]
    pub fn new(id: impl Into<String>, user_id: impl Into<String>) -> Self {
        Self {
            auth_config: AuthConfigRef::new(id),
            connection: ConnectionRequestBody {
                user_id: Some(user_id.into()),
                ..ConnectionRequestBody::default()
            },
            validate_credentials: None,
        }
    }
}

/// The user's half of a new connection.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionRequestBody {
    /// The end user; `default` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The scheme and the user's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ConnectionData>,
    /// The older place of the same fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fields>,
    /// Where the user's browser goes at the end.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        alias = "redirect_uri"
    )]
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
}

/// The answer to `POST /connected_accounts`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedConnectedAccount {
    /// `ca_…`.
    pub id: String,
    /// The scheme and the fields, with `status` and `redirectUrl` where the SDKs look for them; secrets masked.
    #[serde(rename = "connectionData", default)]
    pub connection_data: ConnectionData,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// Where to send the user; `None` if there is nothing to do.
    #[serde(default)]
    pub redirect_url: Option<String>,
    /// The older spelling of the same.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// The same account in words of older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<FormerAccount>,
}

impl CreatedConnectedAccount {
    /// A new account `id` in `status`.
    #[must_use]
    pub fn new(id: impl Into<String>, status: ConnectionStatus) -> Self {
        Self {
            id: id.into(),
            connection_data: ConnectionData::default(),
            status,
            redirect_url: None,
            redirect_uri: None,
            deprecated: None,
        }
    }
}

/// What older clients read of a connected account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormerAccount {
    /// Names that older clients gave it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub labels: Vec<String>,
    /// Its id.
    #[serde(default, deserialize_with = "null_is_default")]
    pub uuid: String,
    /// The id of its auth config; only when it is made.
    #[serde(
        default,
        rename = "authConfigUuid",
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_config_uuid: Option<String>,
}

impl FormerAccount {
    /// What older clients read of the account `id`.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            uuid: id.into(),
            ..Self::default()
        }
    }
}

/// The body of `PATCH /connected_accounts/{id}`. What is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateConnectedAccount {
    /// A name of the developer's own, unique among the user's accounts of the toolkit; an empty one removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// New credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionUpdate>,
}

/// New credentials of a connected account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionUpdate {
    /// The account's scheme, and the fields to change; a field that is `null` is removed.
    pub state: ConnectionData,
}

impl ConnectionUpdate {
    /// New values `val` of an account of `scheme`.
    #[must_use]
    pub fn new(scheme: AuthScheme, val: impl Into<Fields>) -> Self {
        Self {
            state: ConnectionData::new(scheme, val),
        }
    }
}

/// What a change of a connected account leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdatedConnectedAccount {
    /// `ca_…`.
    pub id: String,
    /// Where it stands now.
    pub status: ConnectionStatus,
    /// Whether it was changed.
    #[serde(default)]
    pub success: bool,
}

impl UpdatedConnectedAccount {
    /// The account `id` was changed and is `status` now.
    #[must_use]
    pub fn new(id: impl Into<String>, status: ConnectionStatus) -> Self {
        Self {
            id: id.into(),
            status,
            success: true,
        }
    }
}

/// What a refresh of a connected account leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefreshedConnectedAccount {
    /// `ca_…`.
    pub id: String,
    /// Where it stands now.
    pub status: ConnectionStatus,
    /// Where the user must consent again; `None` where nobody needs to.
    #[serde(default)]
    pub redirect_url: Option<String>,
}

impl RefreshedConnectedAccount {
    /// The account `id` is `status` and nobody needs to consent.
    #[must_use]
    pub fn new(id: impl Into<String>, status: ConnectionStatus) -> Self {
        Self {
            id: id.into(),
            status,
            redirect_url: None,
        }
    }
}

/// What a revocation of a connected account leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevokedConnectedAccount {
    /// What the provider no longer accepts: `access_token`, `refresh_token` or `credential`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub revoked_tokens: Vec<String>,
    /// The account as it stands now.
    pub connected_account: StandingAccount,
}

impl RevokedConnectedAccount {
    /// The account `id` is `status` after `tokens` were revoked.
    #[must_use]
    pub fn new(id: impl Into<String>, status: ConnectionStatus, tokens: Vec<String>) -> Self {
        Self {
            revoked_tokens: tokens,
            connected_account: StandingAccount {
                id: id.into(),
                status,
            },
        }
    }
}

/// A connected account and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StandingAccount {
    /// `ca_…`.
    pub id: String,
    /// Where it stands.
    pub status: ConnectionStatus,
}
