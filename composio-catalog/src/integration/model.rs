//! The shape of an `integration.yaml`.

use composio_core::models::AuthScheme;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AssertionConfig, CuratedTool, Identity, OauthConfig, Overlay, lenient};

/// The content of an `integration.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Integration {
    /// The app's name for people.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// The app's unique name; the toolkit's slug is its lower case.
    #[serde(deserialize_with = "lenient::text")]
    pub unique_key: String,
    /// What the app is.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// Address of a logo.
    #[serde(default, deserialize_with = "lenient::text")]
    pub logo: String,
    /// What the app is filed under.
    #[serde(default, deserialize_with = "lenient::names")]
    pub categories: Vec<String>,
    /// Address of the app's documentation.
    #[serde(default, deserialize_with = "lenient::text")]
    pub docs: String,
    /// How users can connect; empty means that no credentials are needed.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub auth_schemes: Vec<SchemeConfig>,
    /// Tells whose credentials they are, and whether they are valid.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub get_current_user_endpoint: Option<String>,
    /// How that endpoint is asked and its answer read. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::null_is_default"
    )]
    pub identity: Option<Identity>,
    /// Where the provider sends the user's browser back to.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub callback_url: Option<String>,
    /// Members of the token response that templates may use.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub token_response_metadata: Vec<String>,
    /// Templates for every scheme; a scheme's own come on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The OpenAPI document of the app: the vendor's address of it, or a file beside the `integration.yaml`. An extension
    /// of ours.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub spec: Option<String>,
    /// Hosts beside that of `base_url` to which the credentials may go, each a name or `*.` and a name. An extension of
    /// ours.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::texts"
    )]
    pub hosts: Vec<String>,
    /// The tools to mark `important`, by slug. An extension of ours.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub important: Vec<String>,
    /// Other names of tools: an alias, and the slug of the tool that it means. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "IndexMap::is_empty",
        deserialize_with = "lenient::text_map"
    )]
    pub aliases: IndexMap<String, String>,
    /// Repairs of the document, applied in their order before it is read. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::overlays"
    )]
    pub overlays: Vec<Overlay>,
    /// Actions that are not one operation of the document. A compiled toolkit has them among its tools instead. An
    /// extension of ours.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::null_is_default"
    )]
    pub tools: Vec<CuratedTool>,
}

/// One way to connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemeConfig {
    /// The scheme's name within the app.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// The scheme.
    #[serde(deserialize_with = "lenient::auth_scheme")]
    pub auth_mode: AuthScheme,
    /// OAuth: where the user consents.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub authorization_url: Option<String>,
    /// OAuth: where tokens are issued.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub token_url: Option<String>,
    /// OAuth 1: where request tokens are issued.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub request_url: Option<String>,
    /// OAuth 1: `HMAC-SHA1` and its siblings.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub signature_method: Option<String>,
    /// OAuth: the scopes asked for unless others are.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub default_scopes: Vec<String>,
    /// OAuth: every scope there is.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub available_scopes: Vec<String>,
    /// OAuth: between two scopes; a space if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub scope_separator: Option<String>,
    /// OAuth: further parameters of the authorization request.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub authorization_params: IndexMap<String, Value>,
    /// OAuth: where the provider leaves the common path. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "OauthConfig::is_default",
        deserialize_with = "lenient::null_is_default"
    )]
    pub oauth: OauthConfig,
    /// Service accounts: what an account signs to get its tokens. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "AssertionConfig::is_default",
        deserialize_with = "lenient::null_is_default"
    )]
    pub assertion: AssertionConfig,
    /// What is asked for.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
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
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// The label of a form.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: String,
    /// What it is and where to find it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// `string`, `boolean` or `number`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: String,
    /// Whether it must be given.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub required: bool,
    /// Whether the user gives it, not the developer. A required field without this and without a default is the developer's.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub expected_from_customer: bool,
    /// Used when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether it is shown masked; by its name if absent. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_flag"
    )]
    pub is_secret: Option<bool>,
    /// The values it may have; any if empty. An extension of ours.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::texts"
    )]
    pub options: Vec<String>,
}

/// Jinja templates of a request; `{{name}}` is a field, or a member of the credentials.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proxy {
    /// Where the API is.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub base_url: Option<String>,
    /// Headers of every request.
    #[serde(default, deserialize_with = "lenient::text_map")]
    pub headers: IndexMap<String, String>,
    /// Query parameters of every request.
    #[serde(default, deserialize_with = "lenient::text_map")]
    pub query_params: IndexMap<String, String>,
    /// Placeholders of every path.
    #[serde(default, deserialize_with = "lenient::text_map")]
    pub path_params: IndexMap<String, String>,
}
