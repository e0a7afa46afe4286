use super::{Decode, ExecuteTyped};
use crate::{Arguments, Provider, ToolSet};

/// An action whose arguments are the fields of a type.
pub trait TypedAction {
    /// The action, such as `GITHUB_CREATE_AN_ISSUE`.
    const SLUG: &'static str;

    /// What the action gives back; [`Value`](serde_json::Value) where the app does not describe it.
    type Output: Decode;

    /// The arguments by the names that the action has for them.
    #[must_use]
    fn arguments(&self) -> Arguments;

    /// Executes the action by the program's own decision, as
    /// [`ToolSet::execute_action`] does. Await it.
    fn execute<P: Provider>(&self, toolset: &ToolSet<P>) -> ExecuteTyped<P, Self::Output> {
        let arguments = self.arguments().into_value();
        ExecuteTyped::new(toolset.execute_action(Self::SLUG, arguments))
    }
}
