use std::{
    ptr,
    sync::{Arc, OnceLock},
};

use composio_catalog::{Entries, Facts, ToolModels, ToolPlan, Toolkit};
use composio_core::{Error, ErrorKind, Result, models::Tool};
use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{App, Release, faults::damaged, release::ReleaseKey};

/// Faults of one set of arguments that are told at once.
const FAULTS: usize = 5;

/// The tools of one version of an app, read when somebody first asks for one.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) release: Arc<Release>,
    toolkit: Toolkit,
    // One for each tool, by its place in the toolkit; `None` for a schema that does not compile.
    validators: Box<[OnceLock<Option<Validator>>]>,
    /// The length of the text it was read from.
    pub(super) weight: usize,
}

/// A tool of a version.
#[derive(Debug, Clone)]
pub(crate) struct FoundTool {
    pub(crate) release: Arc<Release>,
    contents: Arc<Contents>,
    place: usize,
}

impl Contents {
    /// Reads what [`Toolkit::to_stored`] wrote of the version `key`.
    pub(super) fn read(key: &ReleaseKey, stored: String) -> Result<Self> {
        let weight = stored.len();
        Toolkit::from_stored(stored)
            .ok()
            .filter(|read| read.slug == *key.slug && read.version == *key.version)
            .map(|read| Self::new(read, weight))
            .ok_or_else(|| damaged(&key.slug, &key.version))
    }

    fn new(toolkit: Toolkit, weight: usize) -> Self {
        Self {
            release: Arc::new(Release::new(Facts::of(&toolkit))),
            validators: toolkit.tools.keys().map(|_| OnceLock::new()).collect(),
            toolkit,
            weight,
        }
    }

    /// The tools in the document's order.
    pub(super) fn tools(&self) -> &Entries<ToolPlan> {
        &self.toolkit.tools
    }

    pub(crate) fn toolkit(&self) -> &Toolkit {
        &self.toolkit
    }
}

impl FoundTool {
    /// The tool `slug`, in any case, or the one that it is an alias of.
    pub(super) fn new(contents: &Arc<Contents>, slug: &str) -> Option<Self> {
        let tools = contents.tools();
        let place = tools.get_index_of(slug).or_else(|| {
            let upper = slug.to_ascii_uppercase();
            let aliases = &contents.toolkit.integration.aliases;
            let meant = || tools.get_index_of(aliases.get(&upper)?);
            tools.get_index_of(&upper).or_else(meant)
        });
        Self::at(contents, place?)
    }

    /// The tool at `place` of the version's list.
    pub(super) fn at(contents: &Arc<Contents>, place: usize) -> Option<Self> {
        contents.tools().get_index(place)?;
        Some(Self {
            release: Arc::clone(&contents.release),
            contents: Arc::clone(contents),
            place,
        })
    }

    pub(crate) fn plan(&self) -> Result<&ToolPlan> {
        let plan = self.contents.tools().get_index(self.place);
        plan.ok_or_else(|| Error::new(ErrorKind::Internal, "a tool lost its plan"))
    }

    /// The tool as the API shows it.
    pub(crate) fn model(&self, app: &App) -> Result<Tool> {
        let model = self.contents.toolkit.tool_model(self.plan()?);
        Ok(in_full(model, app))
    }

    /// Many tools as the API shows them. Those of one version that follow each other share what they have in common.
    pub(crate) fn models(found: &[(Arc<App>, Self)]) -> Result<Vec<Tool>> {
        let mut list = Vec::with_capacity(found.len());
        let mut models: Option<ToolModels<'_>> = None;
        for (app, tool) in found {
            let toolkit = &tool.contents.toolkit;
            let models = match &mut models {
                Some(models) if ptr::eq(models.toolkit(), toolkit) => models,
                other => other.insert(ToolModels::new(toolkit)),
            };
            list.push(in_full(models.of(tool.plan()?), app));
        }
        Ok(list)
    }

    /// Checks `arguments` against the tool's own schema (JSON Schema 2020-12).
    pub(crate) fn validate(&self, arguments: &Value) -> Result<()> {
        let plan = self.plan()?;
        let validator = self
            .contents
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
        let schema = self.contents.toolkit.input_schema(plan).to_value();
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .build(&schema)
            .inspect_err(|error| {
                tracing::warn!(tool = plan.slug, %error, "the schema does not compile; arguments go unchecked");
            })
            .ok()
    }
}

fn in_full(mut model: Tool, app: &App) -> Tool {
    model.available_versions.clone_from(&app.versions);
    model.with_former_names()
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
