//! A call from its arrival to its log entry: tool, arguments, account, executor.

mod content;
mod journal;
mod lack;
mod log_queue;
mod payload;
mod proxy;
mod record;
mod service;
mod step;
mod steps;
mod tool;

pub(crate) use journal::{Journal, LogOptions};
pub(crate) use log_queue::LogQueue;
pub(crate) use service::Executions;
pub(crate) use tool::no_model;

#[cfg(test)]
mod tests;
