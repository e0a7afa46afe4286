use clap::Args;

/// Which server the key is for. The key itself is asked for, or read from standard input.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server [default: `COMPOSIO_BASE_URL`, else hosted Composio]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
}
