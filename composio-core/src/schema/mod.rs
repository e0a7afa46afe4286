//! What a model is shown of a tool, and how what it says comes back.

mod coerce;
mod compiled;
mod dialect;
mod loose;
mod loss;
mod merge;
mod model_tool;
mod names;
mod narrow;
mod pointer;
mod property_names;
mod references;
mod restore;
mod shape;
mod spelling;
mod validate;

pub use compiled::CompiledSchema;
pub use dialect::Dialect;
pub use loss::{Loss, LossKind, ToolLosses};
pub use model_tool::ModelTool;

pub(crate) use coerce::coerce;
#[cfg(any(test, feature = "testing"))]
pub(crate) use names::fnv1a;
pub(crate) use names::{NAME_LIMIT, NameMap};
pub(crate) use restore::Restoration;
pub(crate) use validate::Validator;

#[cfg(test)]
mod tests;
