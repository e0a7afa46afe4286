use composio_core::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an API key may do. The default is a key for the project `default` and all its users.
///
/// ```
/// use composio_engine::NewKey;
///
/// let key = NewKey::new().name("support bot").user("alice").apps(["github"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewKey {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The project whose things it opens; `default` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The one user it may act for; every user of the project if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The apps it may use; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apps: Option<Vec<String>>,
    /// Whether it may also add apps, make keys and delete users: `/api/v3/engine/…`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub operator: bool,
    /// Requests it may make per minute; as many as the server lets anybody make if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// When it ends; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key for the project `default` and all its users.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names it for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The project whose things it opens.
    #[must_use]
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// Narrows it to one user.
    #[must_use]
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Narrows it to these apps.
    #[must_use]
    pub fn apps(mut self, apps: impl IntoIterator<Item: Into<String>>) -> Self {
        self.apps = Some(apps.into_iter().map(Into::into).collect());
        self
    }

    /// Lets it add apps, make keys and delete users too.
    #[must_use]
    pub fn operator(mut self) -> Self {
        self.operator = true;
        self
    }

    /// Limits its requests.
    #[must_use]
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.requests_per_minute = Some(requests);
        self
    }

    /// Ends it at this time.
    #[must_use]
    pub fn expires_at(mut self, time: Timestamp) -> Self {
        self.expires_at = Some(time);
        self
    }
}

/// A key as it is listed: everything but the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyInfo {
    /// Such as `key_…`; what it is revoked by.
    pub id: String,
    /// The first characters of the key.
    pub hint: String,
    /// What it may do; `project` is always there.
    #[serde(flatten)]
    pub scope: NewKey,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A new key. The key itself is shown this once and stored nowhere.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct CreatedKey {
    /// What it is revoked by.
    pub id: String,
    /// The key: `ak_` and 32 letters and digits. `Debug` hides it.
    pub key: Secret,
}
