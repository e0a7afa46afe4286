#![doc = include_str!("../README.md")]

mod app;
mod docs;
mod names;
mod pool;
mod shape;
mod shaper;
mod types;
mod write;

pub use app::App;
pub use composio_core::{Error, ErrorKind, Result};
pub use types::Types;
