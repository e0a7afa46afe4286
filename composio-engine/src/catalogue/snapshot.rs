use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use composio_catalog::{Facts, search::SearchIndex};
use composio_core::Error;
use sha2::{Digest as _, Sha256};

use super::{Release, faults::damaged, release::ReleaseKey, search::SharedIndex};
use crate::store::{AppRecord, AppVersion, DeprecationRecord};

/// Every app at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    slots: BTreeMap<String, Arc<Slot>>,
    // Slugs by the beginning of the names of their tools, in lower case.
    owners: HashMap<String, Vec<String>>,
    /// Tells apart the sets of tools that there were at different moments.
    pub(super) stamp: String,
    pub(super) index: SharedIndex,
    /// The newest index there was of a moment before, until the one of this moment is made.
    index_before: Mutex<Option<Arc<SearchIndex>>>,
}

/// An app: its newest version, and the names of all.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) newest: Arc<Release>,
    /// Oldest first.
    pub(crate) versions: Vec<String>,
    /// By version.
    pub(crate) deprecations: BTreeMap<String, DeprecationRecord>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// Of the newest version.
    pub(super) key: ReleaseKey,
}

/// An app as it was read from the store.
#[derive(Debug)]
pub(super) struct Slot {
    record: AppRecord,
    /// Oldest first.
    versions: Vec<AppVersion>,
    deprecations: BTreeMap<String, DeprecationRecord>,
    // Of a thousand apps few are used by one process. `None` if the facts cannot be read.
    app: OnceLock<Option<Arc<App>>>,
}

impl App {
    pub(crate) fn slug(&self) -> &str {
        &self.newest.toolkit.slug
    }

    pub(crate) fn has(&self, version: &str) -> bool {
        self.versions.iter().any(|known| known == version)
    }

    /// Since when, until when and why people should leave `version`; `None` if they need not.
    pub(crate) fn deprecation(&self, version: &str) -> Option<&DeprecationRecord> {
        self.deprecations.get(version)
    }

    /// What the search index knows the tools of the newest version by: one name and number may be given twice, if the
    /// app was removed in between.
    pub(super) fn search_version(&self) -> String {
        format!("{} {}", self.key.version, self.updated_at)
    }

    pub(super) fn key_of(&self, version: &str) -> ReleaseKey {
        ReleaseKey {
            version: Arc::from(version),
            ..self.key.clone()
        }
    }
}

impl Slot {
    pub(super) fn new(
        record: AppRecord,
        versions: Vec<AppVersion>,
        deprecations: Vec<DeprecationRecord>,
    ) -> Self {
        let deprecations = deprecations.into_iter();
        Self {
            record,
            versions,
            deprecations: deprecations.map(|one| (one.version.clone(), one)).collect(),
            app: OnceLock::new(),
        }
    }

    /// Whether both were read of the same versions.
    fn is_as(&self, other: &Self) -> bool {
        self.versions == other.versions
            && self.deprecations == other.deprecations
            && self.record.facts == other.record.facts
    }

    fn app(&self) -> Option<&Arc<App>> {
        let app = self.app.get_or_init(|| self.read());
        app.as_ref()
    }

    fn read(&self) -> Option<Arc<App>> {
        let AppRecord { slug, version, .. } = &self.record;
        let facts = Facts::from_stored(self.record.facts.as_deref()?)
            .inspect_err(|error| tracing::error!(app = slug, version, %error, "an app is left out"))
            .ok()?;
        let updated_at = self.record.created_at;
        let created_at = self
            .versions
            .first()
            .map_or(updated_at, |first| first.created_at);
        let versions = self.versions.iter();
        Some(Arc::new(App {
            newest: Arc::new(Release::new(facts)),
            versions: versions.map(|version| version.version.clone()).collect(),
            deprecations: self.deprecations.clone(),
            created_at,
            updated_at,
            key: ReleaseKey {
                slug: Arc::from(slug.as_str()),
                version: Arc::from(version.as_str()),
                since: created_at,
            },
        }))
    }
}

impl Snapshot {
    /// The apps of `slots`. Those that are as they were `before` are taken from there, with what is known of them.
    pub(super) fn new(slots: Vec<Slot>, before: &Self) -> Self {
        let mut snapshot = Self::default();
        let mut stamp = Sha256::new();
        for slot in slots {
            let AppRecord {
                slug,
                version,
                created_at,
                ..
            } = &slot.record;
            stamp.update(format!("{slug} {version} {created_at}\n"));
            let slug = slug.clone();
            let own = prefix(&slug);
            snapshot.owners.entry(own).or_default().push(slug.clone());
            let known = before.slots.get(&slug).filter(|known| known.is_as(&slot));
            let slot = known.map_or_else(|| Arc::new(slot), Arc::clone);
            snapshot.slots.insert(slug, slot);
        }
        let stamp = stamp.finalize();
        snapshot.stamp = stamp.iter().map(|byte| format!("{byte:02x}")).collect();
        if snapshot.stamp == before.stamp {
            snapshot.index = before.index.clone();
        }
        snapshot.index_before = Mutex::new(before.newest_index());
        snapshot
    }

    /// The index of this moment, if it is made, else the one before.
    fn newest_index(&self) -> Option<Arc<SearchIndex>> {
        let own = self.index.get().map(Arc::clone);
        own.or_else(|| self.lock_index_before().clone())
    }

    pub(super) fn lock_index_before(&self) -> MutexGuard<'_, Option<Arc<SearchIndex>>> {
        self.index_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The app `slug`, in any case.
    pub(crate) fn app(&self, slug: &str) -> Option<&Arc<App>> {
        self.slots
            .get(slug)
            .or_else(|| self.slots.get(&slug.to_ascii_lowercase()))?
            .app()
    }

    pub(crate) fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.slots.values().filter_map(|slot| slot.app())
    }

    /// The apps that may have the tool `slug`, as its name begins; the longest beginning first.
    pub(super) fn owners(&self, slug: &str) -> impl Iterator<Item = &str> {
        let slug = slug.to_ascii_lowercase();
        let mut owners = Vec::new();
        for (end, _) in slug.rmatch_indices('_') {
            let slugs = slug.get(..end).and_then(|prefix| self.owners.get(prefix));
            owners.extend(slugs.into_iter().flatten().map(String::as_str));
        }
        owners.into_iter()
    }

    /// The other apps whose tools may have names of the app `slug`.
    pub(super) fn rivals(&self, slug: &str) -> impl Iterator<Item = &Arc<App>> {
        let own = prefix(slug);
        let starts = |long: &str, short: &str| {
            let rest = long.strip_prefix(short);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        self.apps().filter(move |app| {
            let other = prefix(app.slug());
            app.slug() != slug && (starts(&own, &other) || starts(&other, &own))
        })
    }

    /// Why the app `slug` is left out, if it is.
    pub(crate) fn damage(&self, slug: &str) -> Option<Error> {
        let slot = self.slots.get(&slug.to_ascii_lowercase())?;
        let AppRecord { slug, version, .. } = &slot.record;
        slot.app().is_none().then(|| damaged(slug, version))
    }
}

/// How the names of an app's tools begin, without the `_` that follows, in lower case.
fn prefix(slug: &str) -> String {
    slug.to_ascii_lowercase().replace('-', "_")
}
