//! `integration.yaml`: an app's facts, auth schemes and request templates, as the product documents describe it.

use composio_core::models::AuthScheme;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content of an `integration.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Integration {
    /// The app's name for people.
    pub name: String,
    /// The app's unique name; the toolkit's slug is its lower case.
    pub unique_key: String,
    /// What the app is.
    #[serde(default)]
    pub description: String,
    /// Address of a logo.
    #[serde(default)]
    pub logo: String,
    /// What the app is filed under.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Address of the app's documentation.
    #[serde(default)]
    pub docs: String,
    /// How users can connect; empty means that no credentials are needed.
    #[serde(default)]
    pub auth_schemes: Vec<SchemeConfig>,
    /// Tells whose credentials they are, and whether they are valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get_current_user_endpoint: Option<String>,
    /// Where the provider sends the user's browser back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Members of the token response that templates may use.
    #[serde(default)]
    pub token_response_metadata: Vec<String>,
    /// Templates for every scheme; a scheme's own come on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The tools to mark `important`, by slug. An extension of ours.
    #[serde(default)]
    pub important: Vec<String>,
}

/// One way to connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemeConfig {
    /// The scheme's name within the app.
    #[serde(default)]
    pub name: String,
    /// The scheme.
    pub auth_mode: AuthScheme,
    /// OAuth: where the user consents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// OAuth: where tokens are issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// OAuth 1: where request tokens are issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_url: Option<String>,
    /// OAuth 1: `HMAC-SHA1` and its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_method: Option<String>,
    /// OAuth: the scopes asked for unless others are.
    #[serde(default)]
    pub default_scopes: Vec<String>,
    /// OAuth: every scope there is.
    #[serde(default)]
    pub available_scopes: Vec<String>,
    /// OAuth: between two scopes; a space if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_separator: Option<String>,
    /// OAuth: further parameters of the authorization request.
    #[serde(default)]
    pub authorization_params: IndexMap<String, Value>,
    /// What is asked for.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// The scheme's own templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
}

/// One thing asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The name used in templates.
    pub name: String,
    /// The label of a form.
    #[serde(default)]
    pub display_name: String,
    /// What it is and where to find it.
    #[serde(default)]
    pub description: String,
    /// `string`, `boolean` or `number`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// Whether the user gives it, not the developer. A required field without this and without a default is the developer's.
    #[serde(default)]
    pub expected_from_customer: bool,
    /// Used when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether it is shown masked; by its name if absent. An extension of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_secret: Option<bool>,
}

/// Jinja templates of a request; `{{name}}` is a field, or a member of the credentials.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proxy {
    /// Where the API is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Query parameters of every request.
    #[serde(default)]
    pub query_params: IndexMap<String, String>,
    /// Placeholders of every path.
    #[serde(default)]
    pub path_params: IndexMap<String, String>,
}
