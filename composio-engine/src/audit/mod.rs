//! The audit log: every use of a credential, written down before the credential leaves.
//!
//! A use is appended to a journal file of this process, which takes one system call and no wait: a killed process
//! leaves it behind, as it leaves what the database was told. A task takes what the journal holds into the database,
//! into one chain that all processes share. Journals of processes that died are taken up by those that live.

mod chain;
mod entry;
mod journal;
mod leftovers;
mod list;
mod retention;
mod service;
mod verify;

pub(crate) use entry::{Action, Noted, Use, Who};
pub(crate) use service::{Audit, AuditOptions};

#[cfg(test)]
mod tests;
