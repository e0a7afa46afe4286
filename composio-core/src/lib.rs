//! core
mod error;
pub mod models;
mod secret;
mod transport;
pub use error::{BoxError, Error, ErrorKind, Result};
pub use secret::Secret;
pub use transport::{Body, Transport};
