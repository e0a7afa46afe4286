//! From the operations of a document to the plans of a toolkit.

mod arguments;
mod body;
mod compiler;
mod curated;
mod file;
mod hosts;
mod members;
mod naming;
mod operation;
mod parameter;
mod ranking;
mod response;
mod security;
mod server;
mod server_fields;
mod tags;

pub use compiler::{Compiled, compile, compile_with};
pub(crate) use curated::plan as curated_plan;

#[cfg(test)]
mod tests;
