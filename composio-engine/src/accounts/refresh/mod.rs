//! Tokens are renewed here, once per generation, whoever asks.
//!
//! [`protocol`] decides without I/O what comes next: claim the right to refresh, ask the provider, write the verdict.
//! [`drive`] does it, in a task of the engine's own; [`service`] lets calls of this process share one such task, and
//! [`sweep`] finds what is due before anybody asks.

mod drive;
mod fresh;
mod protocol;
mod renewal;
mod service;
mod sweep;

pub(crate) use renewal::{can_renew, due};
pub(crate) use service::{Refreshes, Target};
pub(crate) use sweep::sweep;

#[cfg(test)]
mod simulation;
