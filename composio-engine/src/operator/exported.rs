use composio_core::models::{AuthScheme, Fields};
use serde::{Deserialize, Serialize};

/// A connected account with its credentials readable, to be kept elsewhere or connected on another engine.
///
/// `Debug` shows the names of the fields alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportedAccount {
    /// The end user.
    pub user_id: String,
    /// The toolkit's slug.
    pub toolkit: String,
    /// The scheme whose fields they are.
    #[serde(rename = "authScheme")]
    pub auth_scheme: AuthScheme,
    /// The caller's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Words of the caller's own to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The user's fields, tokens among them, readable.
    pub val: Fields,
}
