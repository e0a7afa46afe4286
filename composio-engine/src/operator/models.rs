use std::collections::BTreeMap;

use composio_catalog::{Report, VersionDiff};
use composio_core::models::{AuthScheme, Fields};
use serde::{Deserialize, Serialize};

use crate::keys::KeyInfo;

/// An app to add: its `integration.yaml` and its OpenAPI document, as text or as an address.
///
/// ```
/// use composio_engine::NewApp;
///
/// let app = NewApp::new("name: Demo\nunique_key: demo").document_url("https://api.example.com/openapi.json");
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewApp {
    /// The `integration.yaml`; derived from the document if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub integration: String,
    /// The app's name. It is needed where the `integration.yaml` is derived; elsewhere it must fit the `unique_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The document, in JSON or YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Whether the `integration.yaml` is the one that comes with the engine for the app `name`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shipped: bool,
    /// Whether the app may lead to other hosts than its last version did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_hosts: bool,
    /// Where the engine fetches the document; its egress policy must permit the host. If neither a document nor this is
    /// given, `spec` of the `integration.yaml` says where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_url: Option<String>,
    /// What [`LintedApp::digest`] said of the toolkit that is to be added; another is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The overlays that the `integration.yaml` names, by those names. One that is an `https` address and not here is
    /// fetched.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overlays: BTreeMap<String, String>,
}

impl NewApp {
    /// An app with this `integration.yaml` and no document yet.
    #[must_use]
    pub fn new(integration: impl Into<String>) -> Self {
        Self {
            integration: integration.into(),
            ..Self::default()
        }
    }

    /// An app `name` whose `integration.yaml` is derived from its document:
    /// [`Integration::of_document`](composio_catalog::Integration::of_document).
    #[must_use]
    pub fn derived(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// The app `name` as it comes with the engine: [`shipped_apps`](crate::shipped_apps). Its document is fetched from the
    /// vendor unless one is given.
    ///
    /// ```
    /// use composio_engine::NewApp;
    ///
    /// let app = NewApp::shipped("github");
    /// ```
    #[must_use]
    pub fn shipped(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            shipped: true,
            ..Self::default()
        }
    }

    /// Lets a new version of the app lead to hosts that its last one did not lead to. Without it that is refused: users
    /// gave their credentials for the hosts of then.
    #[must_use]
    pub fn accept_hosts(mut self) -> Self {
        self.accept_hosts = true;
        self
    }

    /// Gives the OpenAPI document, in JSON or YAML.
    #[must_use]
    pub fn document(mut self, document: impl Into<String>) -> Self {
        self.document = Some(document.into());
        self
    }

    /// Takes the toolkit with this digest alone: the one that [`Operator::lint_app`](crate::Operator::lint_app) told of,
    /// should the vendor's document change meanwhile.
    #[must_use]
    pub fn only(mut self, digest: impl Into<String>) -> Self {
        self.digest = Some(digest.into());
        self
    }

    /// Gives an overlay that the `integration.yaml` names.
    #[must_use]
    pub fn overlay(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.overlays.insert(name.into(), text.into());
        self
    }

    /// Has the engine fetch the OpenAPI document, and those that it refers to.
    #[must_use]
    pub fn document_url(mut self, url: impl Into<String>) -> Self {
        self.document_url = Some(url.into());
        self
    }
}

/// An app of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct App {
    /// Such as `github`.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The newest version, `YYYYMMDD_NN`.
    pub version: String,
    /// All versions, oldest first.
    pub versions: Vec<String>,
    /// The deprecated ones of them, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deprecated: Vec<Deprecation>,
    /// How many tools the newest version has.
    pub tools: usize,
    /// The `integration.yaml` that the newest version was made from; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
}

/// The operator's own OAuth client for an app: auth configs that bring none are reached through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OauthClient {
    /// The app's slug.
    pub toolkit: String,
    /// The scheme it is for.
    pub scheme: AuthScheme,
    /// The client's name at the vendor; `None` while there is no client.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Where the vendor has to send users back to; `None` if the engine cannot be reached by a browser.
    #[serde(default)]
    pub redirect_url: Option<String>,
    /// The scopes that are asked for unless an auth config says others.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The vendor's page where a client is registered, if the app says.
    #[serde(default)]
    pub register_at: Option<String>,
}

/// An OAuth client of the operator's, as it was registered at the vendor.
///
/// ```
/// use composio_engine::NewOauthClient;
///
/// let client = NewOauthClient::new("Iv1.8a61f9b3a7aba766").secret("…");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewOauthClient {
    /// The scheme it is for; the app's first with clients if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<AuthScheme>,
    /// `client_id`, `client_secret`, and whatever else the app asks of developers, such as `scopes`.
    pub credentials: Fields,
}

impl NewOauthClient {
    /// A client by its id.
    #[must_use]
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            scheme: None,
            credentials: Fields::new(),
        }
        .field("client_id", client_id)
    }

    /// Gives the client's secret.
    #[must_use]
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.field("client_secret", secret)
    }

    /// Gives another of the developer's fields, such as `scopes`.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value: String = value.into();
        self.credentials.insert(name.into(), value.into());
        self
    }
}

/// A version of an app that people should leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deprecation {
    /// The version, `YYYYMMDD_NN`.
    pub version: String,
    /// Since when; RFC 3339.
    pub deprecated_at: String,
    /// When it may stop working; RFC 3339. Nothing is refused then: it is a promise to the callers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset_at: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is said when a version of an app is deprecated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewDeprecation {
    /// When it may stop working: a date, `2026-12-31`, or a time of RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset_at: Option<String>,
    /// Why, in at most 500 characters; callers read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl NewDeprecation {
    /// Deprecated from now on, with no end and no reason yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says when it may stop working.
    #[must_use]
    pub fn sunset_at(mut self, date: impl Into<String>) -> Self {
        self.sunset_at = Some(date.into());
        self
    }

    /// Says why.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// What adding an app would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LintedApp {
    /// The slug it would have.
    pub toolkit: String,
    /// How many tools it would have.
    pub tools: usize,
    /// The schemes that users could connect by.
    #[serde(default)]
    pub schemes: Vec<AuthScheme>,
    /// What would be skipped, repaired or guessed, and where.
    pub report: Report,
    /// What would be different for who uses the app, if it is there already; its `to` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<VersionDiff>,
    /// For [`NewApp::only`]; absent if there was no document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The apps of an engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppList {
    /// By slug.
    pub items: Vec<App>,
}

/// The keys of an engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyList {
    /// Oldest first.
    pub items: Vec<KeyInfo>,
}

/// What was removed with a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedUser {
    /// Connected accounts.
    #[serde(default)]
    pub connections: u64,
    /// Log entries.
    #[serde(default)]
    pub logs: u64,
    /// Files.
    #[serde(default)]
    pub files: u64,
    /// API keys that were for this user alone.
    #[serde(default)]
    pub keys: u64,
}

impl AppList {
    pub(crate) fn new(items: Vec<App>) -> Self {
        Self { items }
    }
}

impl KeyList {
    pub(crate) fn new(items: Vec<KeyInfo>) -> Self {
        Self { items }
    }
}
