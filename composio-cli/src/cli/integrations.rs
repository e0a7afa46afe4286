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
    /// Ask users for this scope in place of the app's usual ones
    #[arg(short, long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// Let this action alone be executed through it
    #[arg(long = "action", value_name = "ACTION")]
    pub(crate) actions: Vec<String>,
    /// A field, in place of the question for it; other users may see it while the command runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<Parameter>,
    /// A field whose value is what this file holds, such as a private key
    #[arg(long = "param-file", value_name = "NAME=FILE", value_parser = Parameter::of_file)]
    pub(crate) param_files: Vec<Parameter>,
}
