#![doc = include_str!("../README.md")]

pub mod client;
mod config;
mod error;
pub mod models;
mod secret;
mod transport;

pub use config::{Config, HOSTED_BASE_URL};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use secret::Secret;
#[cfg(feature = "reqwest")]
pub use transport::HttpTransport;
pub use transport::{Body, Transport};
