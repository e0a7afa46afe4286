use crate::{CustomTool, client::Client};

/// What runs a tool.
#[derive(Debug, Clone)]
pub(crate) enum ToolKind {
    /// The service behind the client.
    Remote(Client),
    /// A function of the program's own; it may use the service through the client.
    Custom(Box<CustomTool>, Client),
}
