//! Processors: functions of the program's own around every tool. The wire's word is modifiers.
//!
//! | kind | sees | runs |
//! |---|---|---|
//! | `schema` | [`ModelTool`](crate::ModelTool) | once per fetch, before the framework's tool is made |
//! | `pre` | [`Arguments`](crate::Arguments) | once per call, after the model's arguments were validated |
//! | `post` | [`ToolResult`](crate::models::ToolResult) | once per execution, failures included |
//!
//! They run in the order they were added, those of the [`ToolSet`](crate::ToolSet) before those of a fetch, each on
//! what the one before gave. A processor gives back a value or a `Result`; a failed `pre` refuses the call with its
//! message, and a failed `post` replaces the result with a failure, so that nothing unprocessed reaches the model.

mod chain;
mod scope;

pub use chain::Processed;
pub use scope::Scope;

pub(crate) use chain::{Processors, processor_setters};

#[cfg(test)]
mod tests;
