use std::{
    num::NonZeroU32,
    sync::{Arc, atomic::Ordering},
};

use composio_core::Result;
use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use super::{
    Keys,
    service::{Hash, hash},
};
use crate::{
    caller::Caller,
    changes::News,
    clock,
    store::{ChangeKind, KeyRecord},
};

/// A key that was recognised.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) caller: Caller,
    expires_at: Option<i64>,
    limiter: Option<Arc<DefaultDirectRateLimiter>>,
}

/// Why a request with a key goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such key, or no longer.
    Unknown,
    Expired,
    /// Too many requests: the next is welcome after so many seconds.
    TooMany(u64),
}

impl Keys {
    /// Who asks with `key`, if it is one.
    pub(crate) async fn authenticate(&self, key: &str) -> Result<Result<Arc<Known>, Refusal>> {
        self.changes.look(|news| self.forget(&news)).await?;
        let hash = hash(key);
        let known = match self.known.get(&hash).await {
            Some(known) => known,
            None => self.look_up(hash).await?,
        };
        let Some(known) = known else {
            return Ok(Err(Refusal::Unknown));
        };
        if known.expires_at.is_some_and(|end| end <= clock::now()) {
            return Ok(Err(Refusal::Expired));
        }
        Ok(known.count().map(|()| known))
    }

    // Keys go seldom, and all of them are soon known again.
    fn forget(&self, news: &News) {
        let is_revoked = match news {
            News::Changes(changes) => changes.iter().any(|change| change.kind == ChangeKind::Key),
            News::Everything => true,
        };
        if is_revoked {
            self.forget_all();
        }
    }

    pub(crate) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
    }

    async fn look_up(&self, hash: Hash) -> Result<Option<Arc<Known>>> {
        // An unknown key is remembered too, so that a client that retries does not read the store each time.
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let record = self.store.key_by_hash(&hash).await?;
        let known = match record {
            Some(record) => Some(Arc::new(self.recognise(record).await)),
            None => None,
        };
        self.known.insert(hash, known.clone()).await;
        // A key may have been revoked since it was read.
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            self.known.invalidate(&hash).await;
        }
        Ok(known)
    }

    async fn recognise(&self, record: KeyRecord) -> Known {
        let per_minute = record
            .per_minute
            .and_then(|limit| u32::try_from(limit).ok())
            .and_then(NonZeroU32::new);
        let limiter = match per_minute {
            Some(limit) => Some(self.limiter(&record.id, limit).await),
            None => None,
        };
        let mut caller = Caller::project(record.project).with_key(&record.id);
        if let Some(user) = record.user_id {
            caller = caller.user(user);
        }
        if let Some(apps) = record.apps {
            caller = caller.apps(apps);
        }
        if record.operator {
            caller = caller.operator();
        }
        Known {
            id: record.id,
            caller,
            expires_at: record.expires_at,
            limiter,
        }
    }

    // It outlives what is known of the key: a limit that began anew with every look at the store would be none.
    async fn limiter(&self, id: &str, limit: NonZeroU32) -> Arc<DefaultDirectRateLimiter> {
        let quota = Quota::per_minute(limit);
        let fresh = async { Arc::new(RateLimiter::direct(quota)) };
        self.limiters.get_with_by_ref(id, fresh).await
    }
}

impl Known {
    fn count(&self) -> Result<(), Refusal> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter.check().map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            Refusal::TooMany(wait.as_secs() + 1)
        })
    }
}
