use std::fmt;

use super::{BoundTool, CallContext};
use crate::{Arguments, Result, models::Tool, models::ToolResult};

/// A call on its way out, as the layers around it see it: admitted, approved, and with the arguments as they are sent.
///
/// A layer reads it, and may send it again or not at all; to change arguments there are pre-processors, which run
/// before anybody approves. `Debug` shows no arguments.
#[derive(Clone)]
pub struct ToolRequest {
    tool: BoundTool,
    context: CallContext,
    arguments: Arguments,
}

impl ToolRequest {
    pub(super) fn new(tool: BoundTool, context: CallContext, arguments: Arguments) -> Self {
        Self {
            tool,
            context,
            arguments,
        }
    }

    /// The tool's own definition.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        self.tool.tool()
    }

    /// The arguments.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The end user.
    #[must_use]
    pub fn entity(&self) -> &str {
        self.tool.user(&self.context).0
    }

    /// The connected account, if one was chosen.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.tool.user(&self.context).1
    }

    /// The framework's id of the call; the program's own calls have none.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.context.call_id.as_deref()
    }

    pub(super) async fn send(self) -> Result<ToolResult> {
        self.tool.send(&self.context, self.arguments).await
    }
}

impl fmt::Debug for ToolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRequest")
            .field("tool", &self.tool().slug)
            .field("arguments", &self.arguments)
            .field("entity", &self.entity())
            .field("account", &self.account())
            .finish_non_exhaustive()
    }
}
