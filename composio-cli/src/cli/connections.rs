use std::{net::SocketAddr, path::PathBuf, time::Duration};

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
    /// Renew the credentials of a connection; asks for a new consent where it takes one
    Refresh(RefreshConnection),
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
    /// Revoke the credentials of a connection at the app; the connection stays
    Revoke {
        /// The connection, `ca_…`
        id: String,
    },
    /// Write connections with their credentials, readable, to a file; for operators
    Export(ExportConnections),
    /// Connect what an export has written
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Delete a connection and its credentials
    Delete {
        /// The connection, `ca_…`
        id: String,
        /// Revoke the credentials at the app too
        #[arg(long)]
        revoke: bool,
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
    /// Only connections with this label
    #[arg(short, long, value_name = "WORD")]
    pub(crate) label: Vec<String>,
    /// Only connections that can be used
    #[arg(long)]
    pub(crate) active: bool,
}

/// Which connection is renewed.
#[derive(Debug, Args)]
pub(crate) struct RefreshConnection {
    /// The connection, `ca_…`
    pub(crate) id: String,
    /// Do not open the browser; the link is shown
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// How many seconds to wait for the consent in the browser
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = super::seconds)]
    pub(crate) timeout: Duration,
    /// Where this machine's engine waits for the browser to come back
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = super::address)]
    pub(crate) listen: SocketAddr,
}

/// What is exported, and where to.
#[derive(Debug, Args)]
pub(crate) struct ExportConnections {
    /// The connections, `ca_…`
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// The file to write, for your eyes alone; it must not be there yet
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}
