use clap::Subcommand;

/// What can be done with the master key, which seals all credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Make the master key's file, or take over the one that the engine made for itself
    Init,
    /// Make a new master key and seal everything under it; a server may go on serving meanwhile
    Rotate {
        /// Make no new key, but finish what an earlier `rotate` has begun
        #[arg(long)]
        resume: bool,
    },
}
