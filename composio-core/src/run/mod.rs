//! The loop: call the model, call its tools, until it is done.
//!
//! [`Run`] is the loop without any I/O: it says what to do next and is told what came of it. It can be serialised at
//! every point, so that a run goes on in another process. [`Agent`] drives it with a [`Model`] and the tools of a
//! fetch.

mod agent;
mod batch;
mod limits;
mod model;
mod state;

pub use agent::{Agent, Answer, RunError};
pub use limits::Limits;
pub use model::Model;
pub use state::{Run, RunCall, Step};

pub(crate) use batch::run_batch;

#[cfg(test)]
mod tests;
