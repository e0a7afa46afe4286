use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use tokio::task::{JoinError, spawn_blocking};

use super::{Engine, encoder};
use crate::{
    api::Api,
    audit::AuditOptions,
    executions::LogOptions,
    executor::{EgressPolicy, Executor, ExecutorOptions, Limits},
    files::{FileLimits, FileOptions},
    platform::{Platform, Settings},
    projects::verifier_url,
    public_url::{self, PublicUrl},
    store::{MetaStore as _, Store, sqlite::SqliteStore},
    vault::{EnvKey, FileKey, KeyProvider, Place, StaticKey, Vault},
};

/// A sealed text that tells the right master key from a wrong one.
const CANARY: &str = "canary";
const CANARY_TEXT: &[u8] = b"composio";

/// Builds an [`Engine`].
///
/// ```
/// use composio_engine::{EgressPolicy, Engine};
///
/// # async fn build() -> composio_core::Result<()> {
/// let engine = Engine::builder()
///     .in_memory()
///     .egress(EgressPolicy::default().allow_loopback())
///     .build()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct EngineBuilder {
    database: Option<PathBuf>,
    keys: Option<Arc<dyn KeyProvider>>,
    options: ExecutorOptions,
    files: FileLimits,
    public_url: Option<String>,
    logs: LogOptions,
    audit: AuditOptions,
    verifier: Option<String>,
    encoder: Option<PathBuf>,
}

impl EngineBuilder {
    /// Keeps everything in this SQLite file, which is created with mode 0600 if it does not exist.
    #[must_use]
    pub fn database(mut self, path: impl AsRef<Path>) -> Self {
        self.database = Some(path.as_ref().to_owned());
        self
    }

    /// Keeps everything in memory. This is the default; it ends with the engine.
    #[must_use]
    pub fn in_memory(mut self) -> Self {
        self.database = None;
        self
    }

    /// Seals credentials under this provider's key.
    ///
    /// Without one it is the key of `COMPOSIO_MASTER_KEY`, else that of the file `<database>.key`, which is created
    /// together with the database; in memory it is a random one.
    #[must_use]
    pub fn key_provider(mut self, provider: impl KeyProvider) -> Self {
        self.keys = Some(Arc::new(provider));
        self
    }

    /// Sets which addresses tools may reach; public ones alone by default.
    #[must_use]
    pub fn egress(mut self, policy: EgressPolicy) -> Self {
        self.options.egress = policy;
        self
    }

    /// Sets how long calls may take and how much they may bring back.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Sets how large files may be and how long they are kept.
    #[must_use]
    pub fn file_limits(mut self, limits: FileLimits) -> Self {
        self.files = limits;
        self
    }

    /// Sets the address under which others reach this engine, such as `https://tools.example.com`; addresses of files
    /// begin with it.
    ///
    /// Without it, it is where the engine is served, and in one process an address that only the engine answers.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Sends people who have connected an account to this page of the application, with `session_uri` in the query, in
    /// projects that do not say so themselves (`oauth_callback_verifier_url` of `/org/project/config`). The account is
    /// usable when the application, which knows who is signed in, has confirmed them by `complete_auth`: so an
    /// account that somebody connects on another's link is nobody's. `https`, or `http` on this machine.
    ///
    /// Not by default: the official SDKs confirm nothing.
    #[must_use]
    pub fn callback_verifier_url(mut self, url: impl Into<String>) -> Self {
        self.verifier = Some(url.into());
        self
    }

    /// Sets whether the log keeps arguments and results of executions in projects that do not say so themselves
    /// (`log_visibility_setting` of `/org/project/config`). Not by default: they are the users' data. They are sealed
    /// as credentials are, up to 256 KiB each.
    #[must_use]
    pub fn log_payloads(mut self, keeps: bool) -> Self {
        self.logs.keeps_payloads = keeps;
        self
    }

    /// Sets how long log entries are kept; 30 days by default. Older ones are removed within the hour.
    #[must_use]
    pub fn log_retention(mut self, life: Duration) -> Self {
        self.logs.entries = life;
        self
    }

    /// Sets how long arguments and results are kept, where they are; 7 days by default, and never longer than their
    /// entries.
    #[must_use]
    pub fn payload_retention(mut self, life: Duration) -> Self {
        self.logs.payloads = life;
        self
    }

    /// Sets how long entries of the audit log are kept; 365 days by default. Older ones are removed within the hour, from
    /// its beginning, so that it still proves itself.
    #[must_use]
    pub fn audit_retention(mut self, life: Duration) -> Self {
        self.audit.kept = life;
        self
    }

    /// Finds tools by meaning too, by the sentence encoder in this folder: a BERT as sentence-transformers writes it
    /// (`config.json`, `tokenizer.json` or `vocab.txt`, `model.safetensors`), such as all-MiniLM-L6-v2.
    ///
    /// Tools are found so when [`Engine::encode_tools`] has encoded them. It needs the feature `semantic`; words alone
    /// without it.
    #[must_use]
    pub fn encoder(mut self, folder: impl AsRef<Path>) -> Self {
        self.encoder = Some(folder.as_ref().to_owned());
        self
    }

    /// Opens the database, brings it up to date, checks the master key and loads the apps.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the file cannot be created, belongs to another program or a newer version, if the
    /// public URL is not one, if the master key is missing or not the one that the database was sealed with, or if the
    /// encoder's files are missing or damaged; [`ErrorKind::NotSupported`] for an encoder without the feature `semantic`;
    /// [`ErrorKind::Internal`] if the database is damaged. Nothing is changed or lost in any of these cases.
    pub async fn build(self) -> Result<Engine> {
        let public_url = self.public_url.as_deref().map(public_url::parse);
        let public_url = Arc::new(PublicUrl::new(public_url.transpose()?));
        let files = FileOptions {
            database: self.database.clone(),
            limits: self.files,
            public_url,
        };
        let verifier = self.verifier.as_deref().map(verifier_url).transpose();
        let verifier = verifier.map_err(|error| Error::new(ErrorKind::Config, error.message()))?;
        // Reading the system's certificates takes as long as opening a database.
        let options = self.options;
        let executor = spawn_blocking(move || Executor::new(options));
        let store = match &self.database {
            Some(path) => SqliteStore::open(path).await?,
            None => SqliteStore::in_memory().await?,
        };
        let opened = store.clone();
        let check = tokio::spawn(async move { opened.check().await });
        let start = async {
            let vault = opened_vault(&store, self.database.as_deref(), self.keys).await?;
            let executor = async { executor.await.map_err(failed)? };
            let shared = Arc::new(store.clone());
            let settings = Settings {
                files,
                logs: self.logs,
                audit: AuditOptions {
                    database: self.database.clone(),
                    ..self.audit
                },
                verifier,
            };
            Platform::start(shared, vault, executor, settings).await
        };
        let started = start.await;
        // What was read from a damaged file may fail in any way; the damage is what to tell.
        let started = match (started, &self.encoder) {
            (Ok(platform), Some(folder)) => match encoder::give(&platform, folder).await {
                Ok(()) => Ok(platform),
                Err(error) => {
                    platform.close().await;
                    Err(error)
                }
            },
            (started, _) => started,
        };
        match (check.await.map_err(failed)?, started) {
            (Ok(()), Ok(platform)) => Ok(Engine::new(Api::new(Arc::clone(&platform)), platform)),
            (Err(error), Ok(platform)) => {
                platform.close().await;
                Err(error)
            }
            (Err(error), Err(_)) | (Ok(()), Err(error)) => {
                store.close().await;
                Err(error)
            }
        }
    }
}

pub(super) fn failed(error: JoinError) -> Error {
    Error::new(ErrorKind::Internal, "a task of the engine failed").with_source(error)
}

async fn opened_vault(
    store: &SqliteStore,
    path: Option<&Path>,
    given: Option<Arc<dyn KeyProvider>>,
) -> Result<Vault> {
    let canary = store.meta(CANARY).await?;
    let keys = match (given, path) {
        (Some(keys), _) => keys,
        (None, None) => Arc::new(StaticKey::random()),
        (None, Some(path)) => default_key(path, canary.is_some())?,
    };
    let vault = Vault::new(keys);
    let canary = match canary {
        Some(canary) => canary,
        None => {
            let sealed = vault.seal(place(), CANARY_TEXT).await?;
            store.meta_or_insert(CANARY, &sealed).await?
        }
    };
    match vault.open(place(), &canary).await {
        Ok(text) if text.as_slice() == CANARY_TEXT => Ok(vault),
        Ok(_) => Err(wrong_key(&vault)),
        Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
        Err(error) => Err(wrong_key(&vault).with_source(error)),
    }
}

// A new key would not open what an old one sealed, so a key file is made only for a new database.
fn default_key(database: &Path, has_canary: bool) -> Result<Arc<dyn KeyProvider>> {
    if let Some(key) = EnvKey::from_env()? {
        return Ok(Arc::new(key));
    }
    let path = key_path(database);
    let key = if has_canary {
        FileKey::open(path)?
    } else {
        FileKey::open_or_create(path)?
    };
    Ok(Arc::new(key))
}

fn key_path(database: &Path) -> PathBuf {
    let mut path = OsString::from(database);
    path.push(".key");
    PathBuf::from(path)
}

fn place() -> Place<'static> {
    Place {
        project: "",
        record: "meta",
        field: CANARY,
        generation: 0,
    }
}

fn wrong_key(vault: &Vault) -> Error {
    let message = format!(
        "the database was sealed with another master key than {}: give that one; nothing was changed",
        vault.key_source()
    );
    Error::new(ErrorKind::Config, message).with_slug("Vault_WrongKey")
}
