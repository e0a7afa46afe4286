use serde::{Deserialize, Serialize};

use super::{AuthScheme, Fields, ToolkitRef, page::null_is_default};

/// How a toolkit is reached: scheme, client, scopes (wire reference 1.4). The seed calls it an integration.
///
/// Secrets in [`AuthConfig::credentials`] come masked.
#[doc(alias = "integration")]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthConfig {
    /// `ac_…`.
    pub id: String,
    /// The older name of the same thing.
    #[serde(default, deserialize_with = "null_is_default")]
    pub uuid: String,
    /// `default` (the operator's credentials) or `custom`.
    #[serde(default, rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
    /// The toolkit.
    #[serde(default)]
    pub toolkit: ToolkitRef,
    /// A name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// The scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_scheme: Option<AuthScheme>,
    /// Whether the operator's credentials are used.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_composio_managed: bool,
    /// The developer's fields, secrets masked.
    #[serde(default, deserialize_with = "null_is_default")]
    pub credentials: Fields,
    /// `ENABLED` or `DISABLED`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub status: String,
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub created_at: String,
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub last_updated_at: String,
    /// How many accounts are connected through it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub no_of_connections: u64,
    /// Which tools it is for; all if empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub restrict_to_following_tools: Vec<String>,
    /// Which tools it is for, in the newer spelling.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tool_access_config: ToolAccessConfig,
}

/// Which tools an auth config is for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolAccessConfig {
    /// The tools whose scopes a connection asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_for_connected_account_creation: Option<Vec<String>>,
    /// The tools that may be executed; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_available_for_execution: Option<Vec<String>>,
}

/// The body of `POST /auth_configs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateAuthConfigRequest {
    /// The toolkit.
    pub toolkit: ToolkitRef,
    /// How; the operator's own credentials if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_config: Option<CreateAuthConfig>,
}

impl CreateAuthConfigRequest {
    /// A request for the toolkit `slug`.
    #[must_use]
    pub fn new(slug: impl Into<String>, auth_config: Option<CreateAuthConfig>) -> Self {
        Self {
            toolkit: ToolkitRef::new(slug),
            auth_config,
        }
    }
}

/// How a new auth config reaches its toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateAuthConfig {
    /// `use_composio_managed_auth` or `use_custom_auth`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The scheme; needed for `use_custom_auth`.
    #[serde(
        default,
        rename = "authScheme",
        alias = "auth_scheme",
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_scheme: Option<AuthScheme>,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The developer's fields: client id, client secret, scopes and the toolkit's own.
    #[serde(
        default,
        skip_serializing_if = "no_fields",
        deserialize_with = "null_is_default"
    )]
    pub credentials: Fields,
    /// Which tools it is for; all if empty.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "null_is_default"
    )]
    pub restrict_to_following_tools: Vec<String>,
    /// Which tools it is for, in the newer spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_access_config: Option<ToolAccessConfig>,
    /// Fields of the user that every account connected through it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_credentials: Option<Fields>,
    /// A proxy for the vendor's API: `proxy_url`, `proxy_auth_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_config: Option<Fields>,
}

impl CreateAuthConfig {
    /// The developer's own credentials for `scheme`.
    #[must_use]
    pub fn custom(scheme: AuthScheme, credentials: impl Into<Fields>) -> Self {
        Self {
            kind: "use_custom_auth".to_owned(),
            auth_scheme: Some(scheme),
            credentials: credentials.into(),
            ..Self::default()
        }
    }

    /// The operator's credentials.
    #[must_use]
    pub fn managed() -> Self {
        Self {
            kind: "use_composio_managed_auth".to_owned(),
            ..Self::default()
        }
    }
}

/// The answer to `POST /auth_configs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedAuthConfig {
    /// The toolkit.
    pub toolkit: ToolkitRef,
    /// What was made.
    pub auth_config: CreatedAuthConfigDetails,
}

/// A new auth config, in short.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedAuthConfigDetails {
    /// `ac_…`.
    pub id: String,
    /// The scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_scheme: Option<AuthScheme>,
    /// Whether the operator's credentials are used.
    #[serde(default)]
    pub is_composio_managed: bool,
    /// The tools it is restricted to; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_to_following_tools: Option<Vec<String>>,
}

/// The body of `PATCH /auth_configs/{id}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateAuthConfig {
    /// `custom` or `default`, as the auth config is.
    #[serde(rename = "type")]
    pub kind: String,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New values of the developer's fields; those not named stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Fields>,
    /// New tool restrictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_access_config: Option<ToolAccessConfig>,
    /// The tools that may be executed; the older spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_to_following_tools: Option<Vec<String>>,
    /// New values of the fields that every account has; those not named stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_credentials: Option<Fields>,
    /// A proxy for the vendor's API: `proxy_url`, `proxy_auth_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_config: Option<Fields>,
}

/// The auth config of a new connected account, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthConfigRef {
    /// `ac_…`.
    pub id: String,
}

impl AuthConfigRef {
    /// A reference to the auth config `id`.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

fn no_fields(fields: &Fields) -> bool {
    fields.is_empty()
}
