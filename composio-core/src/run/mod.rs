//! The loop: call the model, call its tools, until it is done.
//!
//! [`Run`] is the loop without any I/O: it says what to do next and is told what came of it. It can be serialised at
//! every point, so that a run goes on in another process. [`Agent`] drives it with a [`Model`] and the tools of a
//! fetch.

mod agent;
mod answer;
mod batch;
mod driver;
mod event;
mod interrupts;
mod limits;
mod model;
mod run_call;
mod state;
mod stream;
mod usage;

pub use agent::Agent;
pub use answer::{Answer, RunError};
pub use event::RunEvent;
pub use limits::Limits;
pub use model::{Model, ModelRequest};
pub use run_call::RunCall;
pub use state::{Run, Step};
pub use stream::RunStream;
pub use usage::Usage;

pub(crate) use batch::Batch;
pub(crate) use event::Listeners;
pub(crate) use run_call::decided;

#[cfg(test)]
mod tests;
