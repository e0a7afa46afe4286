use std::{net::SocketAddr, time::Duration};

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
    /// The scheme, such as `OAUTH2` [default: the app's first]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) auth_mode: Option<String>,
    /// Ask for this scope in place of the app's usual ones, by a new integration
    #[arg(short, long, value_name = "SCOPE", conflicts_with = "integration_id")]
    pub(crate) scope: Vec<String>,
    /// A word to find the connection by
    #[arg(short, long, value_name = "WORD")]
    pub(crate) label: Vec<String>,
    /// A name of your own for the connection
    #[arg(long, value_name = "NAME")]
    pub(crate) alias: Option<String>,
    /// Connect another account although the user has one of the app already
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not open the browser; the link is shown
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// How many seconds to wait for the consent in the browser
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Where this machine's engine waits for the browser to come back; register it at the app if it wants the very port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// A field, in place of the question for it; other users may see it while the command runs
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<Parameter>,
    /// A field whose value is what this file holds, such as a private key
    #[arg(long = "param-file", value_name = "NAME=FILE", value_parser = Parameter::of_file)]
    pub(crate) param_files: Vec<Parameter>,
    #[command(flatten)]
    pub(crate) files: AppFiles,
}

/// Where to listen.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let numbers = text.replacen("localhost:", "127.0.0.1:", 1);
    numbers
        .parse()
        .map_err(|_| "write it as ADDRESS:PORT, such as 127.0.0.1:8080")
}

/// A number of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "it is no number of seconds")?;
    Ok(Duration::from_secs(seconds))
}
