//! The only place that reads the environment.

use std::{env, path::PathBuf};

use crate::{Error, ErrorKind, Result, Secret, ToolkitVersions};

/// Where hosted Composio answers.
pub const HOSTED_BASE_URL: &str = "https://backend.composio.dev";
/// How the variables begin that pin a toolkit's version.
const VERSION_OF: &str = "COMPOSIO_TOOLKIT_VERSION_";

/// How to reach a service: a key, an address and a folder for files.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `COMPOSIO_API_KEY` | the project's key | none |
/// | `COMPOSIO_BASE_URL` | the service, without `/api` | [`HOSTED_BASE_URL`] |
/// | `COMPOSIO_CACHE_DIR` | where files are kept | `~/.composio` |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The project's key.
    pub api_key: Secret,
    /// The service's address, without `/api`.
    pub base_url: String,
    /// Where files are kept.
    pub cache_dir: PathBuf,
}

impl Config {
    /// A key for the hosted service.
    #[must_use]
    pub fn new(api_key: impl Into<Secret>) -> Self {
        Self {
            api_key: api_key.into(),
            base_url: HOSTED_BASE_URL.to_owned(),
            cache_dir: default_cache_dir(),
        }
    }

    /// Sets the service's address.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets where files are kept.
    #[must_use]
    pub fn cache_dir(mut self, cache_dir: impl Into<PathBuf>) -> Self {
        self.cache_dir = cache_dir.into();
        self
    }

    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if `COMPOSIO_API_KEY` is missing or empty.
    pub fn from_env() -> Result<Self> {
        let key = variable("COMPOSIO_API_KEY").ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "COMPOSIO_API_KEY is not set: give a key, or use an engine in this process",
            )
        })?;
        let mut config = Self::new(key);
        if let Some(base_url) = variable("COMPOSIO_BASE_URL") {
            config.base_url = base_url;
        }
        Ok(config)
    }
}

impl ToolkitVersions {
    /// What the environment pins: `COMPOSIO_TOOLKIT_VERSION_GITHUB=20250905_00` is that version of the toolkit `github`,
    /// as for the official SDKs.
    #[must_use]
    pub fn from_env() -> Self {
        let pins = variables(VERSION_OF);
        let pins = pins.filter(|(_, version)| !version.is_empty());
        pins.fold(Self::latest(), |versions, (slug, version)| {
            versions.toolkit(slug, version)
        })
    }
}

/// What the environment says about a project of Descope's.
#[cfg(feature = "reqwest")]
pub(crate) struct DescopeConfig {
    pub(crate) project_id: String,
    pub(crate) management_key: Secret,
    pub(crate) base_url: Option<String>,
}

#[cfg(feature = "reqwest")]
impl DescopeConfig {
    pub(crate) fn from_env() -> Result<Self> {
        let named = |name: &str| {
            let message = format!("{name} is not set");
            variable(name).ok_or_else(|| Error::new(ErrorKind::Config, message))
        };
        Ok(Self {
            project_id: named("DESCOPE_PROJECT_ID")?,
            management_key: named("DESCOPE_MANAGEMENT_KEY")?.into(),
            base_url: variable("DESCOPE_BASE_URL"),
        })
    }
}

fn default_cache_dir() -> PathBuf {
    variable("COMPOSIO_CACHE_DIR").map_or_else(
        || PathBuf::from(variable("HOME").unwrap_or_default()).join(".composio"),
        PathBuf::from,
    )
}

/// The variables whose names begin so, each without that beginning.
fn variables(beginning: &str) -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(move |(name, value)| {
        let rest = name.to_str()?.strip_prefix(beginning)?.to_owned();
        Some((rest, value.into_string().ok()?))
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
