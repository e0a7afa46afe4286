//! Tools that are functions of the program's own.

#[cfg(feature = "macros")]
pub mod action;
mod custom_call;
mod custom_tool;
mod execute_request;
mod parameter;

pub use custom_call::CustomCall;
pub use custom_tool::CustomTool;
pub use execute_request::{ExecuteRequest, ProxyCall};
pub use parameter::Parameter;

#[cfg(test)]
mod tests;
