use composio_core::models::AuthScheme;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::{alias_limits, budget, options};

use super::{Integration, SchemeConfig, check};
use crate::{CompileError, yaml::with_own_stack};

/// An `integration.yaml` is a page of text; what is larger is a mistake or an attack.
const MAX_BYTES: usize = 1 << 20;

impl Integration {
    /// Reads an `integration.yaml`. Unknown members are ignored; so is a missing optional one.
    ///
    /// # Errors
    ///
    /// [`CompileError::Integration`], with line and column, if it is not YAML of that shape, if `unique_key`
    /// has other characters than letters, digits, `_` and `-`, or if a template's braces do not match.
    pub fn parse(yaml: &[u8]) -> Result<Self, CompileError> {
        if yaml.len() > MAX_BYTES {
            return Err(fault(format!("larger than {MAX_BYTES} bytes")));
        }
        let text = std::str::from_utf8(yaml)
            .map_err(|error| fault(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
        let integration: Self = with_own_stack(|| read(text), fault)?;
        integration.validate()?;
        Ok(integration)
    }

    /// The toolkit's unique name: `unique_key` in lower case.
    #[must_use]
    pub fn slug(&self) -> String {
        self.unique_key.to_ascii_lowercase()
    }

    /// The settings of one way to connect; the first, if there are several of that mode.
    #[must_use]
    pub fn scheme(&self, mode: &AuthScheme) -> Option<&SchemeConfig> {
        self.auth_schemes
            .iter()
            .find(|scheme| scheme.auth_mode == *mode)
    }

    /// Whether its tools run without credentials.
    #[must_use]
    pub fn needs_no_auth(&self) -> bool {
        self.auth_schemes
            .iter()
            .all(|scheme| scheme.auth_mode == AuthScheme::NoAuth)
    }

    pub(super) fn validate(&self) -> Result<(), CompileError> {
        if self.name.trim().is_empty() {
            return Err(fault("name is empty"));
        }
        let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        if !self.unique_key.chars().all(is_safe)
            || !self
                .unique_key
                .contains(|letter: char| letter.is_ascii_alphanumeric())
            || self.unique_key.len() > 64
        {
            return Err(fault(
                "unique_key must be 1 to 64 letters, digits, `_` or `-`",
            ));
        }
        check::templates(self, &mut |place, template, _| {
            super::template::placeholders(template)
                .map(|_| ())
                .map_err(|problem| fault(format!("{place}: {problem}")))
        })
    }
}

/// The text as a tree, with everything that [`Integration::parse`] ignores.
pub(super) fn tree(text: &str) -> Result<Value, CompileError> {
    with_own_stack(|| read(text), fault)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, CompileError> {
    let options = options! {
        with_snippet: false,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        budget: budget! { max_depth: 32, max_nodes: 50_000, max_aliases: 1_000 },
        alias_limits: alias_limits! { max_total_replayed_events: 50_000 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| fault(error.to_string()))
}

fn fault(problem: impl Into<String>) -> CompileError {
    CompileError::Integration(problem.into())
}
