use std::collections::HashMap;

use composio_core::models::{RawJson, Tool, ToolToolkit};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{ToolPlan, Toolkit, schema::Bundler};

/// Makes the wire's tools of one toolkit. Of a thousand tools many answer alike: what they share is made once.
///
/// ```
/// use composio_catalog::{Integration, ToolModels, compile};
///
/// let integration = Integration::parse(b"name: Demo\nunique_key: demo")?;
/// let document = br#"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"}, "paths": {
///     "/me": {"get": {"summary": "Who am I", "responses": {"200": {"description": "ok"}}}}}}"#;
/// let toolkit = compile(integration, document, "20260101_00")?.toolkit;
/// let mut models = ToolModels::new(&toolkit);
/// let tools: Vec<_> = toolkit.tools.values().map(|plan| models.of(plan)).collect();
/// assert_eq!(tools[0].slug, "DEMO_WHO_AM_I");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ToolModels<'t> {
    toolkit: &'t Toolkit,
    bundler: Bundler<'t>,
    /// The envelopes by the schemas of what is in them.
    envelopes: HashMap<&'t str, RawJson>,
}

impl<'t> ToolModels<'t> {
    /// Those of `toolkit`.
    #[must_use]
    pub fn new(toolkit: &'t Toolkit) -> Self {
        Self {
            toolkit,
            bundler: Bundler::new(&toolkit.schemas),
            envelopes: HashMap::new(),
        }
    }

    /// The toolkit.
    #[must_use]
    pub fn toolkit(&self) -> &'t Toolkit {
        self.toolkit
    }

    /// The tool as the wire shows it (wire reference 1.3); the result schema is that of the envelope.
    #[must_use]
    pub fn of(&mut self, plan: &'t ToolPlan) -> Tool {
        let toolkit = self.toolkit;
        let mut tool = Tool::new(plan.slug.clone());
        tool.name.clone_from(&plan.name);
        tool.description.clone_from(&plan.description);
        tool.toolkit = ToolToolkit::new(
            toolkit.slug.clone(),
            toolkit.integration.name.clone(),
            toolkit.integration.logo.clone(),
        );
        tool.input_parameters = self.bundler.bundled(&plan.input);
        tool.output_parameters = self.envelope(&plan.output);
        tool.no_auth = plan.no_auth;
        tool.version.clone_from(&toolkit.version);
        tool.available_versions = vec![toolkit.version.clone()];
        tool.scopes.clone_from(&plan.scopes);
        tool.scope_requirements = Some(plan.scope_requirements());
        tool.tags.clone_from(&plan.tags);
        tool.is_deprecated = plan.deprecated;
        tool
    }

    fn envelope(&mut self, data: &'t RawJson) -> RawJson {
        if let Some(known) = self.envelopes.get(data.as_str()) {
            return known.clone();
        }
        let envelope = Envelope::new(data, self.bundler.needed(data));
        let envelope = RawJson::of(&envelope).unwrap_or_else(|_| RawJson::empty_object());
        self.envelopes.insert(data.as_str(), envelope.clone());
        envelope
    }
}

/// The schema of `{data, error, successful}`.
#[derive(Serialize)]
struct Envelope<'t> {
    #[serde(rename = "type")]
    kind: &'static str,
    properties: Properties<'t>,
    required: [&'static str; 2],
    #[serde(rename = "$defs", skip_serializing_if = "Definitions::is_empty")]
    definitions: Definitions<'t>,
}

#[derive(Serialize)]
struct Properties<'t> {
    data: &'t RawJson,
    error: Fault,
    successful: Flag,
}

#[derive(Serialize)]
struct Fault {
    #[serde(rename = "type")]
    kind: [&'static str; 2],
    default: (),
    description: &'static str,
}

#[derive(Serialize)]
struct Flag {
    #[serde(rename = "type")]
    kind: &'static str,
    description: &'static str,
}

struct Definitions<'t>(Vec<(&'t str, &'t RawJson)>);

impl<'t> Envelope<'t> {
    fn new(data: &'t RawJson, definitions: Vec<(&'t str, &'t RawJson)>) -> Self {
        Self {
            kind: "object",
            properties: Properties {
                data,
                error: Fault {
                    kind: ["string", "null"],
                    default: (),
                    description: "What went wrong, if anything did",
                },
                successful: Flag {
                    kind: "boolean",
                    description: "Whether the call succeeded",
                },
            },
            required: ["data", "successful"],
            definitions: Definitions(definitions),
        }
    }
}

impl Definitions<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Definitions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, definition) in &self.0 {
            map.serialize_entry(name, definition)?;
        }
        map.end()
    }
}
