use std::future::{Future, IntoFuture};

use super::{
    ToolSet, Tools, fetch,
    selection::{Selection, selection_setters},
    tools::Bound,
};
use crate::{
    CustomTool, Dialect, Error, ErrorKind, Gate, Provider, Result, ResultBudget, ToolLayer,
    client::BoxFuture,
    files::Reader,
    processors::{Processors, processor_setters},
    schema::{NAME_LIMIT, NameMap},
};

/// A fetch of tools. Await it.
///
/// It fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a named action or app does not exist, or an
/// app has no active connection of the user.
#[derive(Debug, Clone)]
#[must_use = "tools are fetched when it is awaited"]
pub struct GetTools<P> {
    toolset: ToolSet<P>,
    selection: Selection,
    processors: Processors,
    custom_tools: Vec<CustomTool>,
    dialect: Option<Dialect>,
    name_limit: usize,
}

impl<P: Provider> GetTools<P> {
    pub(super) fn new(toolset: ToolSet<P>) -> Self {
        Self {
            toolset,
            selection: Selection::default(),
            processors: Processors::default(),
            custom_tools: Vec::new(),
            dialect: None,
            name_limit: NAME_LIMIT,
        }
    }

    selection_setters!(selection);

    processor_setters!(processors);

    #[cfg(feature = "files")]
    crate::files::file_setters!(toolset.binding.files);

    /// A tool of the program's own, in this fetch alone.
    pub fn custom_tool(self, tool: CustomTool) -> Self {
        self.custom_tools([tool])
    }

    /// As [`GetTools::custom_tool`], for several.
    pub fn custom_tools(mut self, tools: impl IntoIterator<Item = CustomTool>) -> Self {
        for tool in tools {
            self.selection.actions.push(tool.slug().to_owned());
            self.custom_tools.push(tool);
        }
        self
    }

    /// Asks `gate` about every call that a model makes of these tools.
    pub fn gate(mut self, gate: Gate) -> Self {
        self.toolset.binding.policy.gate = Some(gate);
        self
    }

    /// Lets models call destructive tools of this fetch without a gate.
    pub fn allow_destructive(mut self) -> Self {
        self.toolset.binding.policy.allow_destructive = true;
        self
    }

    /// Limits how much of a result a model reads, in place of the toolset's budget.
    pub fn result_budget(mut self, budget: ResultBudget) -> Self {
        self.toolset.binding.policy.budget = Some(budget);
        self
    }

    /// Shows the tools to another model family than the provider's own.
    ///
    /// What a family cannot be told stands in [`Tools::report`]. The fetch fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the provider cannot carry the family's schemas.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Holds the model to the schemas, as OpenAI's models can be: [`Dialect::OpenAiStrict`].
    pub fn strict(self) -> Self {
        self.dialect(Dialect::OpenAiStrict)
    }

    /// Sets how many characters the tools' names may have, at least 16 and at most 64, which is the default.
    ///
    /// Some clients put the name of a server before them and take 60 in all.
    pub fn name_limit(mut self, characters: usize) -> Self {
        self.name_limit = characters.clamp(16, NAME_LIMIT);
        self
    }

    /// Puts a tower layer around every call of these tools, around the toolset's: [`ToolSet::layer`].
    pub fn layer(mut self, layer: &impl ToolLayer) -> Self {
        self.toolset.binding.add_layer(layer);
        self
    }

    fn renewed(self) -> Self {
        self
    }

    async fn fetch(self) -> Result<Tools<P>> {
        let Self {
            toolset,
            selection,
            processors,
            mut custom_tools,
            dialect,
            name_limit,
        } = self;
        let dialect = dialect.unwrap_or_else(|| toolset.provider.dialect());
        if !toolset.provider.carries(dialect) {
            let message = format!("{} cannot carry schemas of {dialect:?}", P::NAME);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        custom_tools.extend(toolset.custom_tools.iter().cloned());
        let found = fetch::find(&toolset, &selection, &custom_tools).await?;
        let mut binding = toolset.binding;
        binding.processors = binding.processors.followed_by(processors);
        let mut names = NameMap::new(dialect, name_limit);
        let mut report = Vec::new();
        let mut bound = Vec::with_capacity(found.len());
        let mut wrapped = Vec::with_capacity(found.len());
        for (position, (tool, kind)) in found.into_iter().enumerate() {
            let mut shown = fetch::shown(&binding, &tool, Reader::Model).await?;
            let compiled = dialect.compile(shown.parameters.clone());
            report.extend(compiled.report(&tool.slug));
            shown.name = names.assign(&shown.name, position);
            let call = fetch::bind(&binding, tool, (&shown, compiled.restoration), kind);
            shown.parameters = compiled.schema;
            shown.dialect = dialect;
            shown.strict = compiled.strict;
            bound.push(call.clone());
            wrapped.push(toolset.provider.wrap_tool(shown, call)?);
        }
        Ok(Tools::new(
            toolset.provider,
            wrapped.into_iter().collect(),
            Bound {
                names,
                tools: bound,
                report,
            },
            binding.policy,
        ))
    }
}

impl<P: Provider> IntoFuture for GetTools<P> {
    type Output = Result<Tools<P>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.fetch())
    }
}
