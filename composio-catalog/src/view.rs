//! What the wire shows of a compiled toolkit.

use composio_core::models::{self, Category, RawJson};

use indexmap::IndexSet;

use crate::{ToolModels, ToolPlan, Toolkit, schema::Bundler};

impl Toolkit {
    /// The JSON Schema (2020-12) of a tool's arguments, with all that it refers to under `$defs`.
    #[must_use]
    pub fn input_schema(&self, plan: &ToolPlan) -> RawJson {
        Bundler::new(&self.schemas).bundled(&plan.input)
    }

    /// The JSON Schema (2020-12) of the body that the service answers with, with all that it refers to under `$defs`.
    #[must_use]
    pub fn output_schema(&self, plan: &ToolPlan) -> RawJson {
        Bundler::new(&self.schemas).bundled(&plan.output)
    }

    /// The tool as the wire shows it (wire reference 1.3); the result schema is that of the envelope. Of many tools
    /// [`ToolModels`] is faster.
    #[must_use]
    pub fn tool_model(&self, plan: &ToolPlan) -> models::Tool {
        ToolModels::new(self).of(plan)
    }

    /// The toolkit as the wire shows it (wire reference 1.2); the times are left empty.
    #[must_use]
    pub fn toolkit_model(&self) -> models::Toolkit {
        let integration = &self.integration;
        let mut toolkit = models::Toolkit::default();
        toolkit.slug.clone_from(&self.slug);
        toolkit.name.clone_from(&integration.name);
        toolkit.auth_schemes = integration
            .auth_schemes
            .iter()
            .map(|scheme| scheme.auth_mode.clone())
            .collect();
        toolkit.no_auth = integration.needs_no_auth();
        toolkit.kind = Some("native".to_owned());
        toolkit.enabled = Some(true);
        toolkit
            .meta
            .description
            .clone_from(&integration.description);
        toolkit.meta.logo.clone_from(&integration.logo);
        toolkit.meta.app_url = Some(integration.docs.clone()).filter(|docs| !docs.is_empty());
        toolkit.meta.categories = integration
            .categories
            .iter()
            .map(|name| Category::new(&name.to_lowercase().replace(' ', "-"), name))
            .collect();
        toolkit.meta.tools_count = u64::try_from(self.tools.len()).unwrap_or(u64::MAX);
        toolkit.meta.version.clone_from(&self.version);
        toolkit.meta.available_versions = Some(vec![self.version.clone()]);
        toolkit.base_url.clone_from(&self.base_url);
        toolkit
            .get_current_user_endpoint
            .clone_from(&integration.get_current_user_endpoint);
        toolkit.auth_config_details = Some(integration.auth_config_details());
        toolkit
    }

    /// Every place that requests of this toolkit may go to, each once: the document's server, the operations'
    /// own, and the `base_url` templates as written, for whoever renders them to check the result.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let schemes = self.integration.auth_schemes.iter();
        let templates = schemes
            .filter_map(|scheme| scheme.proxy.as_ref())
            .chain(&self.integration.proxy)
            .filter_map(|proxy| proxy.base_url.as_ref());
        let hosts: IndexSet<&String> = self
            .base_url
            .iter()
            .chain(templates)
            .chain(&self.servers)
            .collect();
        hosts.into_iter().cloned().collect()
    }
}
