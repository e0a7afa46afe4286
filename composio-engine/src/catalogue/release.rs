use std::sync::{Arc, OnceLock};

use composio_catalog::{SchemeConfig, ToolPlan, Toolkit};
use composio_core::{
    Error, ErrorKind, Result,
    models::{AuthConfigDetails, AuthScheme},
};
use jsonschema::{Draft, Validator};
use serde_json::Value;

/// Faults of one set of arguments that are told at once.
const FAULTS: usize = 5;

/// One version of an app, ready to run.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) toolkit: Toolkit,
    /// What each auth scheme asks for, in the order of the integration's schemes.
    pub(crate) schemes: Vec<AuthConfigDetails>,
    // One for each tool, by its place in the toolkit; `None` for a schema that does not compile.
    validators: Box<[OnceLock<Option<Validator>>]>,
}

/// A tool of a version.
#[derive(Debug, Clone)]
pub(crate) struct FoundTool {
    pub(crate) release: Arc<Release>,
    place: usize,
}

impl Release {
    pub(crate) fn new(toolkit: Toolkit) -> Self {
        Self {
            schemes: toolkit.integration.auth_config_details(),
            validators: toolkit.tools.keys().map(|_| OnceLock::new()).collect(),
            toolkit,
        }
    }

    /// Reads what [`Toolkit::to_stored`] wrote.
    pub(crate) fn read(slug: &str, version: &str, stored: String) -> Result<Self> {
        Toolkit::from_stored(stored)
            .map(Self::new)
            .map_err(|error| {
                let message = format!("the stored app {slug} {version} is damaged: add it again");
                Error::new(ErrorKind::Internal, message)
                    .with_reader_message("the store failed")
                    .with_source(error)
            })
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

impl FoundTool {
    pub(crate) fn new(release: &Arc<Release>, slug: &str) -> Option<Self> {
        Some(Self {
            place: release.toolkit.tools.get_index_of(slug)?,
            release: Arc::clone(release),
        })
    }

    /// The tool at `place` of the version's list.
    pub(crate) fn at(release: &Arc<Release>, place: usize) -> Option<Self> {
        release.toolkit.tools.get_index(place)?;
        Some(Self {
            release: Arc::clone(release),
            place,
        })
    }

    pub(crate) fn plan(&self) -> Result<&ToolPlan> {
        let plan = self.release.toolkit.tools.get_index(self.place);
        plan.ok_or_else(|| Error::new(ErrorKind::Internal, "a tool lost its plan"))
    }

    /// Checks `arguments` against the tool's own schema (JSON Schema 2020-12).
    pub(crate) fn validate(&self, arguments: &Value) -> Result<()> {
        let plan = self.plan()?;
        let validator = self
            .release
            .validators
            .get(self.place)
            .and_then(|cell| cell.get_or_init(|| self.compile(plan)).as_ref());
        let Some(validator) = validator else {
            return Ok(());
        };
        if validator.is_valid(arguments) {
            return Ok(());
        }
        let faults: Vec<String> = validator
            .iter_errors(arguments)
            .take(FAULTS)
            .map(|fault| describe(&fault))
            .collect();
        let message = format!("invalid arguments for {}: {}", plan.slug, faults.join("; "));
        Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Tool_InvalidArguments"))
    }

    // A schema that does not compile is the vendor's fault; the vendor then judges the arguments.
    fn compile(&self, plan: &ToolPlan) -> Option<Validator> {
        let schema = self.release.toolkit.input_schema(plan).to_value();
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .build(&schema)
            .inspect_err(|error| {
                tracing::warn!(tool = plan.slug, %error, "the schema does not compile; arguments go unchecked");
            })
            .ok()
    }
}

// The value itself is left out: it is the user's.
fn describe(fault: &jsonschema::ValidationError<'_>) -> String {
    let place = fault.instance_path().to_string();
    let text = fault.masked_with("the value").to_string();
    if place.is_empty() {
        text
    } else {
        format!("{place}: {text}")
    }
}
