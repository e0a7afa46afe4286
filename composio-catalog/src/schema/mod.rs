//! Schemas of OpenAPI 3.0 and 3.1 as JSON Schema 2020-12, written straight to text.

mod bundle;
mod cycles;
mod keyword;
mod members;
mod pool;
mod write;

pub(crate) use bundle::Bundler;
pub(crate) use members::is_nameable;
pub(crate) use pool::{Pool, sealed};
pub(crate) use write::{Notes, Spot, put, put_member};

#[cfg(test)]
mod tests;
