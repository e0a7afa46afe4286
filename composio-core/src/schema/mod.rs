//! What a model is shown of a tool, and how what it says comes back.

mod coerce;
mod dialect;
mod model_tool;
mod names;
mod validate;

pub use dialect::Dialect;
pub use model_tool::ModelTool;

pub(crate) use coerce::coerce;
pub(crate) use names::NameMap;
pub(crate) use validate::Validator;

#[cfg(test)]
mod tests;
