use clap::Args;

use super::{AppFiles, Parameter};

/// Who is connected to what, and by which means.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The app, such as github
    pub(crate) name: String,
    /// The user whose account it is [default: the key's user, else `default`]
    #[arg(short, long, value_name = "ID")]
    pub(crate) entity_id: Option<String>,
    /// Connect through this integration
    #[arg(short, long, value_name = "ID")]
    pub(crate) integration_id: Option<String>,
    /// The scheme, such as `API_KEY` [default: the app's first]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) auth_mode: Option<String>,
    /// A field, in place of the question for it; other users may see it while the command runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<Parameter>,
    #[command(flatten)]
    pub(crate) files: AppFiles,
}
