//! One call, from what the model said to what it is told.

mod bound_tool;
mod call;
mod gate;
mod kind;
mod outcome;
mod policy;
mod progress;
mod request;
mod service;

pub use bound_tool::BoundTool;
pub use call::{CallContext, ToolCall};
pub use gate::{Decision, Gate, PendingCall};
pub use outcome::{OutcomeStatus, ToolOutcome};
pub use request::ToolRequest;
pub use service::{ToolLayer, ToolService};

pub(crate) use kind::ToolKind;
pub(crate) use policy::CallPolicy;
pub(crate) use progress::Progress;

#[cfg(test)]
mod tests;
