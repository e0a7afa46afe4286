//! What holds for a whole project.

mod service;

pub(crate) use service::{Projects, verifier_url};
