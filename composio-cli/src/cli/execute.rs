use std::path::PathBuf;

use clap::Args;

/// What is run, for whom and with which arguments.
#[derive(Debug, Args)]
pub(crate) struct Execute {
    /// The action, such as `GITHUB_CREATE_AN_ISSUE`
    pub(crate) slug: String,
    /// The arguments, a JSON object: itself, @FILE, or - for standard input
    #[arg(
        short,
        long,
        value_name = "JSON",
        default_value = "{}",
        hide_default_value = true
    )]
    pub(crate) params: String,
    /// The user whose account is used [default: the key's user, else `default`]
    #[arg(short, long, value_name = "ID")]
    pub(crate) entity_id: Option<String>,
    /// The connection to use [default: the user's newest active one]
    #[arg(long, value_name = "ID")]
    pub(crate) connected_account_id: Option<String>,
    /// The version of the app to run it in; without it what `COMPOSIO_TOOLKIT_VERSION_<APP>` says, else the newest
    #[arg(long, value_name = "VERSION")]
    pub(crate) toolkit_version: Option<String>,
    /// Let arguments that are files be paths in this folder: the files are sent
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) files_from: Option<PathBuf>,
    /// Save the files of the result in this folder, and show their paths in place of their addresses
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) files_to: Option<PathBuf>,
    /// Show the HTTP request that would be sent, its secrets masked, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
