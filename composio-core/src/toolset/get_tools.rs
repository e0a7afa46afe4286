use std::future::{Future, IntoFuture};

use super::{
    ToolSet, Tools, fetch,
    selection::{Selection, selection_setters},
};
use crate::{
    CustomTool, Gate, Provider, Result, ResultBudget,
    client::BoxFuture,
    processors::{Processors, processor_setters},
    schema::NameMap,
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
}

impl<P: Provider> GetTools<P> {
    pub(super) fn new(toolset: ToolSet<P>) -> Self {
        Self {
            toolset,
            selection: Selection::default(),
            processors: Processors::default(),
            custom_tools: Vec::new(),
        }
    }

    selection_setters!(selection);

    processor_setters!(processors);

    /// A tool of the program's own, in this fetch alone.
    pub fn custom_tool(mut self, tool: CustomTool) -> Self {
        self.selection.actions.push(tool.slug().to_owned());
        self.custom_tools.push(tool);
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

    async fn fetch(self) -> Result<Tools<P>> {
        let Self {
            toolset,
            selection,
            processors,
            mut custom_tools,
        } = self;
        custom_tools.extend(toolset.custom_tools.iter().cloned());
        let found = fetch::find(&toolset, &selection, &custom_tools).await?;
        let mut binding = toolset.binding;
        binding.processors = binding.processors.followed_by(processors);
        let dialect = toolset.provider.dialect();
        let mut names = NameMap::default();
        let mut bound = Vec::with_capacity(found.len());
        let mut wrapped = Vec::with_capacity(found.len());
        for (position, (tool, kind)) in found.into_iter().enumerate() {
            let mut shown = fetch::shown(&binding, &tool).await?;
            shown.parameters = dialect.compile(shown.parameters);
            shown.name = names.assign(&shown.name, position);
            let call = fetch::bind(&binding, tool, (&shown, dialect), kind);
            bound.push(call.clone());
            wrapped.push(toolset.provider.wrap_tool(shown, call)?);
        }
        Ok(Tools::new(
            toolset.provider,
            wrapped.into_iter().collect(),
            names,
            bound,
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
