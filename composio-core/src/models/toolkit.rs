use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AuthScheme, page::null_is_default};

/// An external service with its tools (wire reference 1.2). The seed calls it an app.
///
/// A list gives the short form; the fields after [`Toolkit::meta`] come with the single toolkit.
#[doc(alias = "app")]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Toolkit {
    /// The unique name, lower case: `github`.
    pub slug: String,
    /// A name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// How users can connect.
    #[serde(default, deserialize_with = "null_is_default")]
    pub auth_schemes: Vec<AuthScheme>,
    /// The schemes for which the operator has default credentials.
    #[serde(default, deserialize_with = "null_is_default")]
    pub composio_managed_auth_schemes: Vec<AuthScheme>,
    /// Whether the tools run on the caller's machine.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_local_toolkit: bool,
    /// Whether the tools need no connection.
    #[serde(default, deserialize_with = "null_is_default")]
    pub no_auth: bool,
    /// `native` or `custom`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether the toolkit may be used at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What people want to know.
    #[serde(default, deserialize_with = "null_is_default")]
    pub meta: ToolkitMeta,
    /// Where the API is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Tells whose credentials they are, and whether they are valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get_current_user_endpoint: Option<String>,
    /// What each auth scheme asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_config_details: Option<Vec<AuthConfigDetails>>,
    /// The same toolkit in words of older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<FormerToolkit>,
}

/// What older clients read of a toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormerToolkit {
    /// The toolkit's slug.
    #[serde(default, rename = "toolkitId", deserialize_with = "null_is_default")]
    pub toolkit_id: String,
    /// Templates of older versions; nobody needs them now.
    #[serde(
        default,
        rename = "rawProxyInfoByAuthSchemes",
        deserialize_with = "null_is_default"
    )]
    pub raw_proxy_info: Vec<Value>,
}

impl FormerToolkit {
    /// What older clients read of the toolkit `slug`.
    #[must_use]
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            toolkit_id: slug.into(),
            raw_proxy_info: Vec::new(),
        }
    }
}

/// What people want to know about a toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolkitMeta {
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub created_at: String,
    /// RFC 3339.
    #[serde(default, deserialize_with = "null_is_default")]
    pub updated_at: String,
    /// What the service is.
    #[serde(default, deserialize_with = "null_is_default")]
    pub description: String,
    /// Address of a logo.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logo: String,
    /// Address of the service's own site or documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_url: Option<String>,
    /// What it is filed under.
    #[serde(default, deserialize_with = "null_is_default")]
    pub categories: Vec<Category>,
    /// How many trigger types it has.
    #[serde(default, deserialize_with = "null_is_default")]
    pub triggers_count: u64,
    /// How many tools it has.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tools_count: u64,
    /// The newest version, `YYYYMMDD_NN`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub version: String,
    /// The versions that can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_versions: Option<Vec<String>>,
}

/// What a toolkit is filed under. Lists say `id`, the single toolkit says `slug`; both are kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Category {
    /// The unique name in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The unique name in a single toolkit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// A name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
}

impl Category {
    /// A category with both spellings of its unique name.
    #[must_use]
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            slug: Some(id.to_owned()),
            name: name.to_owned(),
        }
    }
}

/// The toolkit of an auth config or a connected account, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolkitRef {
    /// The toolkit's slug, lower case.
    pub slug: String,
    /// Address of a logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

impl ToolkitRef {
    /// A reference to the toolkit `slug`.
    #[must_use]
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            logo: None,
        }
    }
}

/// What one auth scheme of a toolkit asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthConfigDetails {
    /// The scheme.
    pub mode: AuthScheme,
    /// The scheme's name within the toolkit.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// Scopes every connection needs.
    #[serde(default, deserialize_with = "null_is_default")]
    pub required_scopes: Vec<String>,
    /// What is asked for, by whom it is answered.
    #[serde(default)]
    pub fields: FieldGroups,
}

impl AuthConfigDetails {
    /// Details of `mode` with no fields.
    #[must_use]
    pub fn new(mode: AuthScheme, name: impl Into<String>) -> Self {
        Self {
            mode,
            name: name.into(),
            required_scopes: Vec::new(),
            fields: FieldGroups::default(),
        }
    }

    /// What is asked for under `name`, of the developer or of the user.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&AuthField> {
        let FieldGroups {
            auth_config_creation: developers,
            connected_account_initiation: users,
        } = &self.fields;
        developers.get(name).or_else(|| users.get(name))
    }
}

/// Fields by who fills them in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldGroups {
    /// The developer's, when the auth config is made.
    #[serde(default)]
    pub auth_config_creation: AuthFields,
    /// The user's, when the account is connected.
    #[serde(default)]
    pub connected_account_initiation: AuthFields,
}

/// Fields by necessity.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthFields {
    /// Without these it does not work.
    #[serde(default)]
    pub required: Vec<AuthField>,
    /// These have a default or may be left out.
    #[serde(default)]
    pub optional: Vec<AuthField>,
}

impl AuthFields {
    /// The field `name`, required or not.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AuthField> {
        let mut all = self.required.iter().chain(&self.optional);
        all.find(|field| field.name == name)
    }
}

/// One thing asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthField {
    /// The name used in templates.
    pub name: String,
    /// The label of a form.
    #[serde(default, rename = "displayName", deserialize_with = "null_is_default")]
    pub display_name: String,
    /// `string`, `boolean` or `number`.
    #[serde(default, rename = "type", deserialize_with = "null_is_default")]
    pub kind: String,
    /// What it is and where to find it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub description: String,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// Used when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether it is shown masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_secret: Option<bool>,
    /// The values it may have; any if empty.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "null_is_default"
    )]
    pub options: Vec<String>,
}

/// The body of `POST /toolkits/multi`: as the query of the list, and which toolkits.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListToolkitsRequest {
    /// These toolkits alone; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkits: Option<Vec<String>>,
    /// Those of a category, by its id or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `composio`, `project` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// `usage` or `alphabetically`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// Entries of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Where the page starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The versions of every toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Changelog {
    /// One entry for each toolkit.
    #[serde(default)]
    pub items: Vec<ChangelogEntry>,
}

/// The versions of one toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangelogEntry {
    /// The toolkit's slug.
    pub slug: String,
    /// The toolkit's name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// The name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub display_name: String,
    /// Newest first.
    #[serde(default, deserialize_with = "null_is_default")]
    pub versions: Vec<ChangelogVersion>,
}

/// One version of a toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangelogVersion {
    /// `YYYYMMDD_NN`.
    pub version: String,
    /// What changed, in words.
    #[serde(default, deserialize_with = "null_is_default")]
    pub changelog: String,
}

impl Changelog {
    /// The entries `items`.
    #[must_use]
    pub fn new(items: Vec<ChangelogEntry>) -> Self {
        Self { items }
    }
}

impl ChangelogEntry {
    /// The versions of the toolkit `slug`, newest first.
    #[must_use]
    pub fn new(slug: &str, name: &str, versions: Vec<ChangelogVersion>) -> Self {
        Self {
            slug: slug.to_owned(),
            name: name.to_owned(),
            display_name: name.to_owned(),
            versions,
        }
    }
}

impl ChangelogVersion {
    /// What changed in `version`.
    #[must_use]
    pub fn new(version: impl Into<String>, changelog: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            changelog: changelog.into(),
        }
    }
}
