//! What a person sees while they connect an account: HTML that needs no scripts.
//!
//! Every text that is not ours is escaped, nothing is fetched from elsewhere, and no secret that was entered comes back.

mod form;
mod render;

pub(crate) use form::{PageField, fields};
pub(crate) use render::{Page, connect, content_security_policy, done, leave, problem};

#[cfg(test)]
mod tests;
