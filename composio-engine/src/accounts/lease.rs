use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use composio_core::{
    Error, ErrorKind, Result,
    models::{ConnectionStatus, CustomConnectionData},
};
use moka::future::Cache;

use super::{
    Accounts,
    connect::default_user,
    faults::{
        disabled_account, disabled_auth_config, inactive_account, no_account, no_auth_config,
        no_scheme, not_connected, not_for_account, other_toolkit, other_user,
    },
    refresh::{Target, can_renew},
};
use crate::{
    auth::{self, Giver},
    caller::Caller,
    catalogue::Release,
    changes::{Feed, News},
    executor::Credentials,
    store::{AuthConfigRecord, ChangeKind, ConnectionRecord, Store},
};

/// How long opened credentials stay in memory.
const LIFE: Duration = Duration::from_secs(60);
const CAPACITY: u64 = 10_000;
const SHARDS: usize = 64;

/// Whose account a call wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// This account and no other.
    pub(crate) account: Option<&'a str>,
    /// The user's newest active account; `default` if there is neither.
    pub(crate) user: Option<&'a str>,
    /// What the account must be of. Only with `account` may it be absent.
    pub(crate) toolkit: Option<&'a str>,
}

/// A usable account with its credentials opened. Wiped when the last holder is done.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) account: String,
    pub(crate) user: String,
    /// What the audit log calls the user.
    pub(crate) pseudonym: Arc<str>,
    pub(crate) toolkit: String,
    /// The tools that may be executed; all if absent.
    pub(crate) tools: Option<Vec<String>>,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) generation: i64,
    /// Whether new credentials can be had without the user.
    pub(crate) is_renewable: bool,
    pub(super) expires_at: Option<i64>,
    pub(super) refresh_at: Option<i64>,
    stamp: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Account(String, String),
    User(String, String, String),
}

impl Key {
    pub(super) fn project(&self) -> &str {
        match self {
            Self::Account(project, _) | Self::User(project, ..) => project,
        }
    }
}

/// Leases by what was asked for. A lease is good while no write of this process touches what it was made from, and
/// no write of another for longer than the feed of changes allows.
#[derive(Debug)]
pub(super) struct Leases {
    cache: Cache<Key, Arc<Lease>>,
    changes: Feed,
    // Counts of writes: for all, and for each part of the users.
    all: AtomicU64,
    users: [AtomicU64; SHARDS],
    hasher: RandomState,
}

impl Leases {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            changes: Feed::new(store),
            cache: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFE)
                .build(),
            all: AtomicU64::new(0),
            users: std::array::from_fn(|_| AtomicU64::new(0)),
            hasher: RandomState::new(),
        }
    }

    /// An account is new, or not what it was.
    pub(super) fn forget(&self, connection: &ConnectionRecord) {
        let ConnectionRecord {
            project,
            user_id,
            toolkit,
            id,
            ..
        } = connection;
        self.forget_keys(project, user_id, toolkit, id);
    }

    /// The credentials of an account may be others.
    pub(super) fn forget_target(&self, target: &Target) {
        self.forget_keys(&target.project, &target.user, &target.toolkit, &target.id);
    }

    fn forget_keys(&self, project: &str, user: &str, toolkit: &str, id: &str) {
        for key in [
            Key::User(project.to_owned(), user.to_owned(), toolkit.to_owned()),
            Key::Account(project.to_owned(), id.to_owned()),
        ] {
            self.shard(&key).fetch_add(1, Ordering::SeqCst);
        }
    }

    fn hear(&self, news: News) {
        let News::Changes(changes) = news else {
            return self.forget_all();
        };
        for change in changes {
            match (change.kind, &change.user_id, &change.toolkit) {
                (ChangeKind::Connection, Some(user), Some(toolkit)) => {
                    self.forget_keys(&change.project, user, toolkit, &change.id);
                }
                (ChangeKind::Key, ..) => {}
                _ => self.forget_all(),
            }
        }
    }

    /// Something changed that any lease may rest on.
    pub(super) fn forget_all(&self) {
        self.all.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }

    pub(super) async fn purge(&self) {
        self.cache.run_pending_tasks().await;
    }

    // Both counts only go up, so the sum changes whenever one of them does.
    fn stamp(&self, key: &Key) -> u64 {
        self.all.load(Ordering::SeqCst) + self.shard(key).load(Ordering::SeqCst)
    }

    fn shard(&self, key: &Key) -> &AtomicU64 {
        let place = self.hasher.hash_one(key) % SHARDS as u64;
        usize::try_from(place)
            .ok()
            .and_then(|place| self.users.get(place))
            .unwrap_or(&self.all)
    }
}

impl Accounts {
    /// The account that a call runs on, opened.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        caller: &Caller,
        wanted: Wanted<'_>,
    ) -> Result<Arc<Lease>> {
        if let Some(user) = wanted.user {
            caller.check_user(user)?;
        }
        let key = key(caller, wanted)?;
        let lease = match (self.cached(&key).await, wanted.account) {
            (Ok(lease), _) => lease,
            (Err(error), None) => return Err(error),
            (Err(error), Some(account)) => {
                // What is wrong with an account is for those who may see it.
                let connection = self.connection_record(caller, account).await?;
                if wanted.user.is_some_and(|user| user != connection.user_id) {
                    return Err(other_user(account));
                }
                return Err(error);
            }
        };
        check_owner(caller, wanted, &lease)?;
        let lease = self.fresh(&key, lease).await?;
        check_owner(caller, wanted, &lease)?;
        Ok(lease)
    }

    /// Whether a call of `user` would find an account.
    pub(crate) async fn is_usable(
        self: &Arc<Self>,
        caller: &Caller,
        toolkit: &str,
        user: &str,
    ) -> Result<bool> {
        let wanted = Wanted {
            account: None,
            user: Some(user),
            toolkit: Some(toolkit),
        };
        match self.lease(caller, wanted).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The credentials of a connection that is given with the call and stored nowhere.
    pub(crate) fn given_credentials(
        &self,
        release: &Release,
        given: CustomConnectionData,
    ) -> Result<Credentials> {
        let toolkit = &release.toolkit.slug;
        if !given.toolkit_slug.eq_ignore_ascii_case(toolkit) {
            return Err(other_toolkit(
                "custom_connection_data",
                &given.toolkit_slug,
                toolkit,
            ));
        }
        auth::ensure_supported(&given.auth_scheme)?;
        let details = release
            .scheme_of(&given.auth_scheme)
            .ok_or_else(|| no_scheme(toolkit, given.auth_scheme.as_str()))?;
        let values = auth::accept(details, given.val, Giver::Program)?;
        auth::require(details, &values)?;
        Ok(Credentials {
            scheme: details.mode.clone(),
            scheme_name: raw_name(release, &details.name),
            values: auth::complete(details, auth::Values::new(), values),
        })
    }

    pub(super) async fn cached(&self, key: &Key) -> Result<Arc<Lease>> {
        let leases = &self.leases;
        leases.changes.look(|news| leases.hear(news)).await?;
        let stamp = leases.stamp(key);
        if let Some(lease) = leases.cache.get(key).await {
            if lease.stamp == stamp {
                return Ok(lease);
            }
            leases.cache.invalidate(key).await;
        }
        let lease = leases
            .cache
            .try_get_with_by_ref(key, self.load(key, stamp))
            .await
            .map_err(|shared| copy_of(&shared))?;
        if lease.stamp >= stamp {
            return Ok(lease);
        }
        // Somebody else's load had begun before the last write: this one has not.
        let lease = self.load(key, stamp).await?;
        leases.cache.insert(key.clone(), Arc::clone(&lease)).await;
        Ok(lease)
    }

    async fn load(&self, key: &Key, stamp: u64) -> Result<Arc<Lease>> {
        let (project, connection) = match key {
            Key::Account(project, id) => {
                let connection = self.store.connection(project, id).await?;
                (project, connection.ok_or_else(|| no_account(id))?)
            }
            Key::User(project, user, toolkit) => {
                let connection = self.store.newest_connection(project, user, toolkit).await?;
                (
                    project,
                    connection.ok_or_else(|| not_connected(user, toolkit))?,
                )
            }
        };
        let config = self
            .store
            .auth_config(project, &connection.auth_config_id)
            .await?;
        let config = config.ok_or_else(|| no_auth_config(&connection.auth_config_id))?;
        ensure_usable(&connection, &config)?;
        let (credentials, is_renewable) = self.credentials(&connection, &config).await?;
        let pseudonym = self.audit.user(project, &connection.user_id).into();
        Ok(Arc::new(Lease {
            pseudonym,
            account: connection.id,
            user: connection.user_id,
            toolkit: connection.toolkit,
            tools: config.tools_for_execution,
            credentials: Arc::new(credentials),
            generation: connection.generation,
            is_renewable,
            expires_at: connection.expires_at,
            refresh_at: connection.refresh_at,
            stamp,
        }))
    }

    async fn credentials(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<(Credentials, bool)> {
        let app = self.catalogue.app(&connection.toolkit)?;
        let release = &app.newest;
        let details = release.scheme(&config.scheme_name);
        let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
        let developer = self.developer_values(config).await?;
        let own = self.open_connection(connection).await?;
        let is_renewable = can_renew(&config.scheme, &own);
        let credentials = Credentials {
            scheme: config.scheme.clone(),
            scheme_name: raw_name(release, &details.name),
            values: auth::complete(details, developer, own),
        };
        Ok((credentials, is_renewable))
    }
}

fn key(caller: &Caller, wanted: Wanted<'_>) -> Result<Key> {
    let project = caller.project_id().to_owned();
    match (wanted.account, wanted.toolkit) {
        (Some(account), _) => Ok(Key::Account(project, account.to_owned())),
        (None, Some(toolkit)) => {
            let user = wanted
                .user
                .map_or_else(|| default_user(caller), str::to_owned);
            Ok(Key::User(project, user, toolkit.to_owned()))
        }
        (None, None) => {
            let message = "the request names neither a connected account nor a toolkit";
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

fn check_owner(caller: &Caller, wanted: Wanted<'_>, lease: &Lease) -> Result<()> {
    if !caller.may_act_for(&lease.user) {
        return Err(not_for_account(&lease.account));
    }
    caller.check_app(&lease.toolkit)?;
    if wanted.user.is_some_and(|user| user != lease.user) {
        return Err(other_user(&lease.account));
    }
    match wanted.toolkit {
        Some(toolkit) if toolkit != lease.toolkit => {
            Err(other_toolkit(&lease.account, &lease.toolkit, toolkit))
        }
        _ => Ok(()),
    }
}

fn ensure_usable(connection: &ConnectionRecord, config: &AuthConfigRecord) -> Result<()> {
    if connection.disabled {
        return Err(disabled_account(&connection.id));
    }
    if !config.enabled {
        return Err(disabled_auth_config(&config.id));
    }
    if connection.status != ConnectionStatus::Active {
        let reason = connection.status_reason.as_deref();
        let status = connection.status.as_str();
        return Err(inactive_account(&connection.id, status, reason));
    }
    Ok(())
}

// The executor knows a scheme by the name that the integration gives it, which may be none.
fn raw_name(release: &Release, name: &str) -> String {
    release
        .scheme_config(name)
        .map(|scheme| scheme.name.clone())
        .unwrap_or_default()
}

// Every waiter of one load gets an error of its own.
pub(super) fn copy_of(shared: &Error) -> Error {
    let error =
        Error::new(shared.kind(), shared.message()).with_reader_message(shared.reader_message());
    match shared.slug() {
        Some(slug) => error.with_slug(slug),
        None => error,
    }
}
