use clap::Subcommand;

/// What can be done with users, who come into being with their first connection.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Delete a user's connections, keys, files and log entries
    Delete {
        /// The user, as in --entity-id
        id: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}
