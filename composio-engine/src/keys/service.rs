use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use composio_core::{Result, Secret};
use governor::DefaultDirectRateLimiter;
use jiff::Timestamp;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use super::{
    CreatedKey, KeyInfo, NewKey,
    authenticate::Known,
    faults::{no_key, unusable},
};
use crate::{
    changes::Feed,
    clock, ids,
    store::{KeyRecord, Store},
};

/// How long a key stays known without a look at the store, if no change is told.
const LIFE: Duration = Duration::from_secs(10);
const CAPACITY: u64 = 10_000;
const MINUTE: Duration = Duration::from_secs(60);
/// What of a key is shown in lists.
const HINT: usize = 7;
/// The longest name of a key, project or user.
const LONGEST: usize = 200;

pub(super) type Hash = [u8; 32];

/// Makes API keys and recognises them.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(super) store: Arc<dyn Store>,
    pub(super) known: Cache<Hash, Option<Arc<Known>>>,
    pub(super) changes: Feed,
    /// How often everything was forgotten.
    pub(super) forgotten: AtomicU64,
    pub(super) limiters: Cache<String, Arc<DefaultDirectRateLimiter>>,
}

impl Keys {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            changes: Feed::new(Arc::clone(&store)),
            forgotten: AtomicU64::new(0),
            store,
            known: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFE)
                .build(),
            // A limiter that was idle for a minute is full again, as a new one is.
            limiters: Cache::builder().time_to_idle(MINUTE).build(),
        }
    }

    pub(crate) async fn create(&self, new: NewKey) -> Result<CreatedKey> {
        check(&new)?;
        let key = ids::api_key();
        let record = KeyRecord {
            id: ids::key(),
            hash: hash(&key).to_vec(),
            hint: key.chars().take(HINT).collect(),
            name: new.name,
            project: new.project.unwrap_or_else(|| "default".to_owned()),
            user_id: new.user_id,
            apps: new
                .apps
                .map(|apps| apps.iter().map(|app| app.to_lowercase()).collect()),
            operator: new.operator,
            per_minute: new.requests_per_minute.map(i64::from),
            expires_at: new.expires_at.map(Timestamp::as_microsecond),
            created_at: clock::now(),
        };
        self.store.insert_key(&record).await?;
        Ok(CreatedKey {
            id: record.id,
            key: Secret::from(key),
        })
    }

    /// All keys of all projects, oldest first.
    pub(crate) async fn list(&self) -> Result<Vec<KeyInfo>> {
        let records = self.store.keys().await?;
        Ok(records.into_iter().map(info).collect())
    }

    /// From here on the key opens nothing; in other processes within a second.
    pub(crate) async fn revoke(&self, id: &str) -> Result<()> {
        let was_there = self.store.delete_key(id).await?;
        self.forget_all();
        if was_there { Ok(()) } else { Err(no_key(id)) }
    }
}

pub(super) fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}

fn check(new: &NewKey) -> Result<()> {
    let names = [
        ("name", &new.name),
        ("project", &new.project),
        ("user_id", &new.user_id),
    ];
    for (what, name) in names {
        let is_good = name.as_ref().is_none_or(|name| {
            !name.is_empty() && name.len() <= LONGEST && !name.contains(char::is_control)
        });
        if !is_good {
            return Err(unusable(&format!(
                "{what} must be 1 to {LONGEST} characters without line breaks"
            )));
        }
    }
    if new.operator && (new.user_id.is_some() || new.apps.is_some()) {
        return Err(unusable(
            "an operator's key opens everything: it cannot be for one user or for some apps",
        ));
    }
    if new.apps.as_ref().is_some_and(Vec::is_empty) {
        return Err(unusable("a key for no app at all is good for nothing"));
    }
    if new.requests_per_minute == Some(0) {
        return Err(unusable("requests_per_minute must be at least 1"));
    }
    if new.expires_at.is_some_and(|end| end <= Timestamp::now()) {
        return Err(unusable("expires_at is in the past"));
    }
    Ok(())
}

fn info(record: KeyRecord) -> KeyInfo {
    KeyInfo {
        id: record.id,
        hint: record.hint,
        scope: NewKey {
            name: record.name,
            project: Some(record.project),
            user_id: record.user_id,
            apps: record.apps,
            operator: record.operator,
            requests_per_minute: record.per_minute.and_then(|limit| limit.try_into().ok()),
            expires_at: record.expires_at.and_then(time),
        },
        created_at: time(record.created_at).unwrap_or_default(),
    }
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}
