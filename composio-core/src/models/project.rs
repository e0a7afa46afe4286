use serde::{Deserialize, Deserializer, Serialize};

use super::page::null_is_default;

/// What holds for a whole project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectConfig {
    /// Whether people sign in with a second factor.
    #[serde(
        default,
        rename = "is_2FA_enabled",
        deserialize_with = "null_is_default"
    )]
    pub is_2fa_enabled: bool,
    /// Address of a logo for pages that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// The name that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether credentials are shown masked.
    #[serde(default, deserialize_with = "null_is_default")]
    pub mask_secret_keys_in_connected_account: bool,
    /// `show_all` if the log keeps arguments and results, `dont_store_data` if not.
    #[serde(default, deserialize_with = "null_is_default")]
    pub log_visibility_setting: String,
    /// Whether an MCP server asks for an API key too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_mcp_api_key: Option<bool>,
    /// Where people are sent once they have connected, so that the application says who they are before the account
    /// can be used; nowhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth_callback_verifier_url: Option<String>,
}

/// The body of `PATCH /org/project/config`. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateProjectConfig {
    /// Whether people sign in with a second factor.
    #[serde(
        default,
        rename = "is_2FA_enabled",
        skip_serializing_if = "Option::is_none"
    )]
    pub is_2fa_enabled: Option<bool>,
    /// Address of a logo for pages that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// The name that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether credentials are shown masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_secret_keys_in_connected_account: Option<bool>,
    /// `show_all` to keep arguments and results in the log, `dont_store_data` not to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_visibility_setting: Option<String>,
    /// Whether an MCP server asks for an API key too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_mcp_api_key: Option<bool>,
    /// `https` address (`http` on loopback) of the application's page that confirms who has connected; an empty text or
    /// `null` for none.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub oauth_callback_verifier_url: Option<String>,
}

// What is absent stays, so what is null has to be told from it.
fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}
