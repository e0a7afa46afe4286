use clap::{Args, Subcommand};

use super::Parameter;

/// What can be done with integrations.
#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationsCommand {
    /// List integrations
    List {
        /// Only integrations of this app
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
    },
    /// Make an integration; asks for the developer's fields
    Create(CreateIntegration),
    /// Remove an integration and its connections
    Remove {
        /// The integration, `ac_…`
        id: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// How an app is reached.
#[derive(Debug, Args)]
pub(crate) struct CreateIntegration {
    /// The app
    pub(crate) app: String,
    /// The scheme, such as `API_KEY` [default: the app's first]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) auth_mode: Option<String>,
    /// A name for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A field, in place of the question for it; other users may see it while the command runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<Parameter>,
}
