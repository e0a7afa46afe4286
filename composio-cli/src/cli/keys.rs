use clap::{Args, Subcommand};

/// What can be done with the keys of a server.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key; it is shown this once
    Create(CreateKey),
    /// List keys, oldest first
    List,
    /// Revoke a key
    Revoke {
        /// The key's id, `key_…`
        id: String,
    },
}

/// What the key may do: everything of one project, unless it is narrowed.
#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    /// A name for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The project whose things it opens [default: default]
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// Only for this user
    #[arg(short, long, value_name = "ID")]
    pub(crate) entity_id: Option<String>,
    /// Only for this app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Vec<String>,
    /// Also for adding apps and making keys
    #[arg(long)]
    pub(crate) operator: bool,
    /// At most this many requests
    #[arg(long, value_name = "NUMBER")]
    pub(crate) requests_per_minute: Option<u32>,
    /// Until this time, such as 2030-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) expires_at: Option<String>,
}
