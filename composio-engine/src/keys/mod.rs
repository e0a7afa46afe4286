//! API keys: made, shown once, recognised by their hash.

mod authenticate;
mod faults;
mod models;
mod service;

pub(crate) use authenticate::Refusal;
pub use models::{CreatedKey, KeyInfo, NewKey};
pub(crate) use service::Keys;

#[cfg(test)]
mod tests;
