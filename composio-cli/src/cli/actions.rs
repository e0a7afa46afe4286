use clap::{Args, Subcommand};

/// What can be done with actions.
#[derive(Debug, Subcommand)]
pub(crate) enum ActionsCommand {
    /// List actions: the important ones, or all
    List(ListActions),
    /// Find actions by what they are for, with scores and why each fits
    Search(SearchActions),
    /// Show an action: what it takes and what it gives
    Show {
        /// The action, such as `GITHUB_CREATE_AN_ISSUE`
        slug: String,
    },
}

/// What is looked for.
#[derive(Debug, Args)]
pub(crate) struct SearchActions {
    /// What somebody wants to do, such as `open an issue`
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Only actions of this app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Vec<String>,
    /// Only actions with one of these tags
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// At most this many
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
}

/// Which actions are listed.
#[derive(Debug, Args)]
pub(crate) struct ListActions {
    /// Only actions of this app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Vec<String>,
    /// Only actions with one of these tags
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// Actions for this purpose, best first
    #[arg(long, visible_alias = "use-case", value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
    /// All of them
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}
