//! Where commands act: on the engine in this process, or on a server. Both are one transport.

use std::{error::Error as _, fmt, net::SocketAddr, path::PathBuf};

use composio_core::{Config, HttpTransport, ToolkitVersions, Transport, client::Client};
use composio_engine::{EgressPolicy, Engine, EngineBuilder, FileKey, Loopback, Operator};
use tokio::sync::OnceCell;

use crate::{
    context::Context,
    failure::{Exit, Failure},
    home::Login,
};

pub(crate) struct Backend {
    client: Client,
    engine: Option<Engine>,
    /// Where browsers come back to, as long as the command runs.
    loopback: OnceCell<Loopback>,
}

/// What the commands act on.
#[derive(Debug)]
pub(crate) enum Place {
    /// The engine of the home folder.
    Local,
    /// A server and the key for it.
    Remote(Login),
}

impl Place {
    /// The server that the environment or `composio login` names, else the engine in this process.
    pub(crate) fn find(context: &Context) -> Result<Self, Failure> {
        if context.options.local {
            return Ok(Self::Local);
        }
        let environment = &context.environment;
        let login = context.home.login()?;
        let Some(base_url) = environment.base_url.clone() else {
            return Ok(login.map_or(Self::Local, Self::Remote));
        };
        // A key is for the server that it was given for, and for no other.
        let kept = login.filter(|login| same(&login.base_url, &base_url));
        let key = environment.api_key.clone();
        match key.or_else(|| kept.map(|login| login.api_key)) {
            Some(api_key) => Ok(Self::Remote(Login { base_url, api_key })),
            None => Err(Failure::new(
                Exit::NotAuthorised,
                format!("there is no key for {base_url}"),
            )
            .hint(
                "set COMPOSIO_API_KEY, or run `composio login`; --local uses this machine's engine",
            )),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

impl Backend {
    pub(crate) async fn open(context: &Context) -> Result<Self, Failure> {
        match Place::find(context)? {
            Place::Local => Ok(Self::local(engine(context)?.build().await?)),
            Place::Remote(login) => Self::remote(&login),
        }
    }

    fn local(engine: Engine) -> Self {
        Self {
            client: pinned(Client::new(Transport::from(engine.clone()))),
            engine: Some(engine),
            loopback: OnceCell::new(),
        }
    }

    pub(crate) fn remote(login: &Login) -> Result<Self, Failure> {
        let config = Config::new(login.api_key.clone()).base_url(&login.base_url);
        let transport = HttpTransport::new(&config).map_err(|error| {
            Failure::from(error).hint(
                "COMPOSIO_BASE_URL, COMPOSIO_API_KEY and `composio login` name the server and its key",
            )
        })?;
        Ok(Self {
            client: pinned(Client::new(transport)),
            engine: None,
            loopback: OnceCell::new(),
        })
    }

    /// What Composio's API has.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What it has not: apps, keys, users. For an operator alone.
    pub(crate) fn operator(&self) -> Operator {
        Operator::new(self.client.transport().clone())
    }

    /// Lets browsers on this machine find their way back to the engine of this process, as long as the command runs
    /// (RFC 8252, section 7.3). A server needs no such thing.
    pub(crate) async fn answer_browsers(&self, listen: SocketAddr) -> Result<(), Failure> {
        let Some(engine) = self.engine.clone() else {
            return Ok(());
        };
        if !listen.ip().is_loopback() {
            let message = format!("{listen} is no address of this machine alone");
            return Err(Failure::usage(message).hint("`composio serve` is for other machines"));
        }
        if self.loopback.initialized() {
            return Ok(());
        }
        let loopback = engine.loopback_at(listen).await.map_err(|error| {
            let reason = error
                .source()
                .map_or_else(String::new, |cause| format!(": {cause}"));
            Failure::new(
                Exit::Failed,
                format!("nothing can listen on {listen}{reason}"),
            )
        })?;
        self.loopback.set(loopback).ok();
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Some(engine) = &self.engine {
            engine.close().await;
        }
    }
}

/// Shows and runs apps in the versions that the environment pins.
fn pinned(client: Client) -> Client {
    client.toolkit_versions(ToolkitVersions::from_env())
}

/// What opens the engine of the home folder.
pub(crate) fn engine(context: &Context) -> Result<EngineBuilder, Failure> {
    context.home.create()?;
    let mut builder = Engine::builder()
        .database(context.home.database())
        .egress(egress(context)?);
    if context.finds_actions
        && let Some(folder) = encoder(context)
    {
        builder = builder.encoder(folder);
    }
    let MasterKey::File(file) = master_key(context) else {
        return Ok(builder);
    };
    Ok(builder.key_provider(FileKey::open(file)?))
}

/// Where the master key of this machine's engine is.
#[derive(Debug)]
pub(crate) enum MasterKey {
    /// In a file that an operator named or made.
    File(PathBuf),
    /// In the environment.
    Environment,
    /// In the file that the engine makes for itself, if it did.
    OwnFile,
}

/// What `--key-file` names, else the environment's, else that of `composio vault init`.
pub(crate) fn master_key(context: &Context) -> MasterKey {
    let made = context.home.master_key();
    match &context.options.key_file {
        Some(file) => MasterKey::File(file.clone()),
        None if context.environment.has_master_key => MasterKey::Environment,
        None if made.exists() => MasterKey::File(made),
        None => MasterKey::OwnFile,
    }
}

/// Refuses to go on with a key that the engine made for itself: whoever serves others has to know where it is, and that
/// everything is lost without it.
pub(crate) fn require_master_key(context: &Context) -> Result<(), Failure> {
    if !matches!(master_key(context), MasterKey::OwnFile) {
        return Ok(());
    }
    let file = context.home.master_key();
    let message = "a server needs a master key that you have given it";
    Err(Failure::new(Exit::Conflict, message).hint(format!(
        "`composio vault init` puts one into {}; or name a file with --key-file, or set COMPOSIO_MASTER_KEY",
        file.display()
    )))
}

/// The folder of the sentence encoder that the operator names.
pub(crate) fn encoder(context: &Context) -> Option<&PathBuf> {
    let given = context.options.encoder.as_ref();
    given.or(context.environment.encoder.as_ref())
}

/// The networks of `--allow` and `COMPOSIO_ALLOW`, on top of the public addresses.
fn egress(context: &Context) -> Result<EgressPolicy, Failure> {
    let from_environment = context
        .environment
        .allow
        .iter()
        .flat_map(|list| list.split(','));
    let given = context.options.allow.iter().map(String::as_str);
    let mut policy = EgressPolicy::default();
    for name in given.chain(from_environment).map(str::trim) {
        policy = match name {
            "" => policy,
            "loopback" => policy.allow_loopback(),
            network => policy.allow(network.parse().map_err(|_| {
                Failure::usage(format!("{network} is neither `loopback` nor a network"))
                    .hint("networks are written like 10.1.0.0/16")
            })?),
        };
    }
    Ok(policy)
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").finish_non_exhaustive()
    }
}
