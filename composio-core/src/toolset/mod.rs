//! Which tools, for which user, in which framework's spelling.

mod connect;
mod execute_action;
mod fetch;
mod get_tools;
mod schemas;
mod selection;
mod set;
mod tools;

pub use execute_action::ExecuteAction;
pub use get_tools::GetTools;
pub use schemas::{FindActions, GetActionSchemas};
pub use set::ToolSet;
pub use tools::Tools;

#[cfg(test)]
mod tests;
