//! The engine behind a socket: who may come in, how many, and what is counted.

mod guard;
mod listen;
mod metrics;
mod options;
mod probes;
mod served;
mod threads;

pub(crate) use listen::listen;
pub(crate) use metrics::{CallLabels, Metrics, RefreshLabels};
pub use options::ServeOptions;
pub(crate) use served::Served;

#[cfg(test)]
mod tests;
