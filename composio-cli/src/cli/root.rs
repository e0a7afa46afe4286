use std::{any::TypeId, path::PathBuf};

use clap::{CommandFactory as _, Error, FromArgMatches as _, Parser, Subcommand};

use super::{
    ActionsCommand, Add, AppsCommand, AuditCommand, Completions, ConnectionsCommand, Execute,
    IntegrationsCommand, KeysCommand, Login, Man, Serve, UsersCommand, VaultCommand,
};

const AFTER: &str = "\
Environment:
  COMPOSIO_HOME        The folder of the engine's state, like --home
  COMPOSIO_MASTER_KEY  The key that seals credentials: 32 bytes in base64
  COMPOSIO_BASE_URL    A server to act on instead of this machine's engine
  COMPOSIO_API_KEY     The key for that server; `composio login` keeps one
  COMPOSIO_ALLOW       Networks that tools may reach, like --allow, with commas
  COMPOSIO_ENCODER     The folder of a sentence encoder, like --encoder
  COMPOSIO_LOG         What is logged on standard error, such as debug
  NO_COLOR             No colours

Exit codes:
  0    Done
  1    The tool or the request failed
  2    The command line or the input is not acceptable
  3    No key, or the key may not do this
  4    There is no such thing
  5    The state does not allow it, such as a disabled connection
  6    Nobody answered in time: try again later
  130  Interrupted";

/// Tools for agents, with users' credentials: on the engine of this machine, or on a server.
#[derive(Debug, Parser)]
#[command(name = "composio", version, after_help = AFTER, max_term_width = 80)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line of this process.
    ///
    /// No text may be empty: it would be a variable of a script that was never set, and an empty name is a filter that
    /// lets everything through.
    pub(crate) fn read() -> Result<Self, Error> {
        let mut command = without_empty_texts(Self::command());
        let matches = command.clone().try_get_matches()?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

fn without_empty_texts(command: clap::Command) -> clap::Command {
    let strict = command.mut_args(|argument| {
        match argument.get_value_parser().type_id() == TypeId::of::<String>() {
            true => argument.value_parser(text),
            false => argument,
        }
    });
    strict.mut_subcommands(without_empty_texts)
}

fn text(given: &str) -> Result<String, &'static str> {
    match given.trim().is_empty() {
        true => Err("it must not be empty"),
        false => Ok(given.to_owned()),
    }
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Options {
    /// The folder of the engine's state [default: ~/.composio/engine]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The file of the master key [default: master.key in the home folder, if `vault init` made it]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Write JSON, in the shape of Composio's API
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Act on this machine's engine, whatever the environment and `composio login` say
    #[arg(long, global = true)]
    pub(crate) local: bool,
    /// Let the engine's tools reach this network too: `loopback`, or one like 10.1.0.0/16
    #[arg(long, global = true, value_name = "NETWORK")]
    pub(crate) allow: Vec<String>,
    /// Find actions by meaning too, by the sentence encoder in this folder
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) encoder: Option<PathBuf>,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect a user to an app; asks for the credentials
    Add(Add),
    /// Run an action
    Execute(Execute),
    /// Add, show and remove apps
    #[command(subcommand)]
    Apps(AppsCommand),
    /// Find, list and show actions
    #[command(subcommand)]
    Actions(ActionsCommand),
    /// List and change connections: users' accounts
    #[command(subcommand)]
    Connections(ConnectionsCommand),
    /// List and change integrations: how apps are reached
    #[command(subcommand)]
    Integrations(IntegrationsCommand),
    /// Serve this machine's engine over HTTP, for the SDKs and for others
    Serve(Serve),
    /// Make, list and revoke keys for the server of this engine
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Delete users
    #[command(subcommand)]
    Users(UsersCommand),
    /// Read the audit log: every use of a credential
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make and change the master key, which seals all credentials
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Keep a key for a server
    Login(Login),
    /// Forget the key for a server
    Logout,
    /// Show what the commands act on
    Whoami,
    /// Write a script that completes commands in a shell
    Completions(Completions),
    /// Write the manual pages
    Man(Man),
}

impl Command {
    /// Whether the command ends itself when the user asks for it.
    pub(crate) fn handles_signals(&self) -> bool {
        matches!(self, Self::Serve(_))
    }

    /// Whether the command finds actions, or makes that they are found: others do not wait for an encoder to be read.
    pub(crate) fn finds_actions(&self) -> bool {
        matches!(
            self,
            Self::Actions(_) | Self::Serve(_) | Self::Apps(AppsCommand::Encode)
        )
    }
}
