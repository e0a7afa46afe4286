//! composio-engine
mod executor;
pub use executor::{EgressPolicy, Limits};
