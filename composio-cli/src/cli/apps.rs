use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Parameter;

/// What can be done with apps.
#[derive(Debug, Subcommand)]
pub(crate) enum AppsCommand {
    /// Add an app from its OpenAPI document, or a new version of it
    Add(TakeApp),
    /// List apps
    List,
    /// Show an app: how users connect to it, with which scopes, and what that asks for
    Show {
        /// The app
        name: String,
    },
    /// Say what adding an app would give; nothing is changed
    Lint(AddApp),
    /// Say what is different between two versions of an app
    Diff(DiffApp),
    /// Write a Rust module with typed arguments and results of actions
    GenerateTypes(GenerateTypes),
    /// Set the developer's fields of an app, such as a client id
    Configure(ConfigureApp),
    /// Mark a version of an app as one to leave: whoever uses it is told
    Deprecate(DeprecateApp),
    /// Encode the actions that --encoder does not know yet; can be interrupted, and goes on where it was
    Encode,
    /// Remove an app, its integrations and its connections
    Remove {
        /// The app
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// An app by name, and what it is made of.
#[derive(Debug, Args)]
pub(crate) struct AddApp {
    /// The app's name, letters, digits, `_` and `-`; or the folder of a toolkit
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) files: AppFiles,
}

/// An app to be added.
#[derive(Debug, Args)]
pub(crate) struct TakeApp {
    #[command(flatten)]
    pub(crate) app: AddApp,
    /// Do not ask whether a new version may differ from the last one as it does
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Two versions of an app.
#[derive(Debug, Args)]
pub(crate) struct DiffApp {
    /// The app
    pub(crate) name: String,
    /// The version before [default: the one before the other]
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<String>,
    /// The version after [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<String>,
}

/// Of what types are written, and where to.
#[derive(Debug, Args)]
pub(crate) struct GenerateTypes {
    /// The apps [default: all there are]
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// The file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Only these actions, and those of --tag
    #[arg(long = "action", value_name = "SLUG")]
    pub(crate) actions: Vec<String>,
    /// Only actions with one of these tags, such as `important`, and those of --action
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Leave results as JSON, so that the module compiles faster
    #[arg(long)]
    pub(crate) without_results: bool,
}

/// What an app is made of.
#[derive(Debug, Args)]
pub(crate) struct AppFiles {
    /// The vendor's OpenAPI document, JSON or YAML
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) spec: Option<String>,
    /// How users connect; derived from the document if absent and the app is not one that comes with this version
    #[arg(long, value_name = "FILE")]
    pub(crate) integration: Option<String>,
    /// Let a new version of the app lead to hosts that the last one did not lead to
    #[arg(long)]
    pub(crate) accept_hosts: bool,
}

/// How an app is reached.
#[derive(Debug, Args)]
pub(crate) struct ConfigureApp {
    /// The app
    pub(crate) name: String,
    /// The scheme, such as `API_KEY` [default: the app's first]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) auth_mode: Option<String>,
    /// The id of an OAuth client of yours at the vendor: every integration without one of its own is reached through it
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// A field, in place of the question for it; other users may see it while the command runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<Parameter>,
}

/// A version, and what is said of it.
#[derive(Debug, Args)]
pub(crate) struct DeprecateApp {
    /// The app
    pub(crate) name: String,
    /// The version, such as `20260131_00`
    pub(crate) version: String,
    /// When it may stop working
    #[arg(long, value_name = "DATE")]
    pub(crate) sunset: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Take the mark away
    #[arg(long, conflicts_with_all = ["sunset", "reason"])]
    pub(crate) undo: bool,
}
