use std::sync::Arc;

use composio_catalog::{Facts, SchemeConfig, Toolkit};
use composio_core::models::{AuthConfigDetails, AuthScheme};

/// One version of an app without its tools: what is known of every app from the start.
#[derive(Debug)]
pub(crate) struct Release {
    /// Its facts. The tools and schemas are not in it but in [`Contents`](super::Contents).
    pub(crate) toolkit: Toolkit,
    /// How many tools it has.
    pub(crate) tools: usize,
    /// What each auth scheme asks for, in the order of the integration's schemes.
    pub(crate) schemes: Vec<AuthConfigDetails>,
}

/// By what the contents of a version are known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ReleaseKey {
    pub(super) slug: Arc<str>,
    pub(super) version: Arc<str>,
    /// When the app was first added: one that was removed and added again may have the same versions.
    pub(super) since: i64,
}

impl Release {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            schemes: facts.toolkit.integration.auth_config_details(),
            toolkit: facts.toolkit,
            tools: facts.tools,
        }
    }

    /// The scheme named `name`.
    pub(crate) fn scheme(&self, name: &str) -> Option<&AuthConfigDetails> {
        self.schemes.iter().find(|scheme| scheme.name == name)
    }

    /// The first scheme of the kind `mode`.
    pub(crate) fn scheme_of(&self, mode: &AuthScheme) -> Option<&AuthConfigDetails> {
        self.schemes.iter().find(|scheme| scheme.mode == *mode)
    }

    /// The integration's own entry of the scheme named `name`.
    pub(crate) fn scheme_config(&self, name: &str) -> Option<&SchemeConfig> {
        let place = self.schemes.iter().position(|scheme| scheme.name == name)?;
        self.toolkit.integration.auth_schemes.get(place)
    }
}
