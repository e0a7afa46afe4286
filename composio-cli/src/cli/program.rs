use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// For which shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// Where manual pages go.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write them to; made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
