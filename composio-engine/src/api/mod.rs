//! Composio's own API. Handlers decide nothing: they read a request, ask a room, and write its answer.

mod body;
mod callback;
mod deprecation;
mod engine;
mod error;
mod links;
mod page;
mod pages;
mod params;
mod service;
mod v3;

pub(crate) use callback::{is_callback, is_for_browsers};
pub(crate) use error::Fault;
pub(crate) use service::{Api, REQUEST_ID, request_id};

#[cfg(test)]
mod tests;
