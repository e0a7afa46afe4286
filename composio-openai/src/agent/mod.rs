//! The client: its models in a loop, its errors, and the layer that repairs what it reads.

#[cfg(feature = "client")]
mod asked;
#[cfg(feature = "client")]
mod chat_model;
#[cfg(feature = "middleware")]
mod layer;
#[cfg(feature = "client")]
mod responses_model;
#[cfg(feature = "middleware")]
mod sse;
mod tools_ext;

#[cfg(feature = "client")]
pub use chat_model::ChatModel;
#[cfg(feature = "middleware")]
pub use layer::{Repair, RepairLayer, repairing_service};
#[cfg(feature = "client")]
pub use responses_model::ResponsesModel;
pub use tools_ext::ToolsExt;
