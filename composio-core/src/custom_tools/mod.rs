//! Tools that are functions of the program's own.

mod custom_tool;
mod execute_request;

pub use custom_tool::CustomTool;
pub use execute_request::{ExecuteRequest, ProxyCall};

pub(crate) use custom_tool::CustomCall;

#[cfg(test)]
mod tests;
