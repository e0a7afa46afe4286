use clap::{Args, Subcommand};

/// What can be done with connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    /// List connections, newest first
    List(ListConnections),
    /// Show a connection; secrets are masked
    Get {
        /// The connection, `ca_…`
        id: String,
    },
    /// Keep a connection from being used
    Disable {
        /// The connection, `ca_…`
        id: String,
    },
    /// Let a connection be used again
    Enable {
        /// The connection, `ca_…`
        id: String,
    },
    /// Delete a connection and its credentials
    Delete {
        /// The connection, `ca_…`
        id: String,
    },
}

/// Which connections are listed.
#[derive(Debug, Args)]
pub(crate) struct ListConnections {
    /// Only connections to this app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Vec<String>,
    /// Only connections of this user
    #[arg(short, long, value_name = "ID")]
    pub(crate) entity_id: Vec<String>,
    /// Only connections that can be used
    #[arg(long)]
    pub(crate) active: bool,
}
