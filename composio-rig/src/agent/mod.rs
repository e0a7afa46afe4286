//! What rig's own loop needs of us, and what it can have.

mod live_tools;
mod pending_calls;
mod run_hook;
mod tool_search;
mod tools_ext;

pub use live_tools::{Changes, LiveTools};
pub use pending_calls::PendingCalls;
pub use run_hook::RunHook;
pub use tool_search::ToolSearch;
pub use tools_ext::ToolsExt;
