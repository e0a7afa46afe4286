use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use composio_catalog::Toolkit;
use composio_core::{Error, ErrorKind, Result};
use moka::future::Cache;
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{
    App, FoundTool, Release, Snapshot,
    faults::{lost, no_tool, no_toolkit, no_version, versions_used_up},
};
use crate::{
    clock,
    store::{AppRecord, AppVersion, DeprecationRecord, Store},
};

/// Older versions kept in memory.
const OLDER: u64 = 8;
/// Times a version number is tried while other processes add the same app.
const TRIES: u32 = 20;

/// The apps of the store, the newest version of each in memory.
#[derive(Debug)]
pub(crate) struct Catalogue {
    store: Arc<dyn Store>,
    current: RwLock<Arc<Snapshot>>,
    older: Cache<(String, String), Arc<Release>>,
    changing: Mutex<()>,
}

impl Catalogue {
    /// Loads the newest version of every app.
    pub(crate) async fn load(store: Arc<dyn Store>) -> Result<Self> {
        let (records, versions) = store.load_apps().await?;
        let deprecations = store.deprecations().await?;
        let snapshot = spawn_blocking(move || read_all(records, versions, deprecations))
            .await
            .map_err(lost)?;
        Ok(Self {
            store,
            current: RwLock::new(Arc::new(snapshot)),
            older: Cache::new(OLDER),
            changing: Mutex::new(()),
        })
    }

    /// The apps as they are now. A snapshot never changes.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// The app `slug`.
    pub(crate) fn app(&self, slug: &str) -> Result<Arc<App>> {
        let snapshot = self.snapshot();
        let app = snapshot.app(slug).cloned();
        app.ok_or_else(|| snapshot.damage(slug).unwrap_or_else(|| no_toolkit(slug)))
    }

    /// The version `version` of an app; absent, `latest` and `00000000_00` mean the newest.
    pub(crate) async fn release(&self, app: &App, version: Option<&str>) -> Result<Arc<Release>> {
        let newest = &app.newest;
        match version {
            None => Ok(Arc::clone(newest)),
            Some(version) if is_newest(version) => Ok(Arc::clone(newest)),
            Some(version) if version == newest.toolkit.version => Ok(Arc::clone(newest)),
            Some(version) if app.has(version) => self.older(app.slug(), version).await,
            Some(version) => Err(no_version(app, version)),
        }
    }

    /// The tool `slug` in a version of its app, and the app.
    pub(crate) async fn tool(
        &self,
        slug: &str,
        version: Option<&str>,
    ) -> Result<(Arc<App>, FoundTool)> {
        let snapshot = self.snapshot();
        let Some((app, newest)) = snapshot.tool(slug) else {
            return Err(snapshot
                .damage_of_tool(slug)
                .unwrap_or_else(|| no_tool(slug)));
        };
        let release = self.release(app, version).await?;
        let tool = if Arc::ptr_eq(&release, &newest.release) {
            newest
        } else {
            FoundTool::new(&release, &newest.plan()?.slug).ok_or_else(|| no_tool(slug))?
        };
        Ok((Arc::clone(app), tool))
    }

    /// Stores `toolkit` as its app's next version, `YYYYMMDD_NN`, and offers it from now on.
    pub(crate) async fn add(&self, toolkit: Toolkit, integration: &str) -> Result<Arc<App>> {
        let _guard = self.changing.lock().await;
        let mut snapshot = Snapshot::clone(&self.snapshot());
        snapshot.ensure_free(&toolkit)?;
        let mut app = self.store_next(toolkit, integration).await?;
        if let Some(before) = snapshot.app(app.slug()) {
            app.deprecations.clone_from(&before.deprecations);
        }
        let app = snapshot.insert(app)?;
        self.publish(snapshot);
        Ok(app)
    }

    /// Removes an app with everything that depends on it.
    pub(crate) async fn remove(&self, slug: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        let slug = slug.to_ascii_lowercase();
        if !self.store.remove_app(&slug).await? {
            return Err(no_toolkit(&slug));
        }
        let mut snapshot = Snapshot::clone(&self.snapshot());
        snapshot.remove(&slug);
        self.publish(snapshot);
        self.older.invalidate_all();
        Ok(())
    }

    /// Marks a version as one to leave, or no longer.
    pub(crate) async fn deprecate(
        &self,
        slug: &str,
        version: &str,
        deprecation: Option<DeprecationRecord>,
    ) -> Result<Arc<App>> {
        let _guard = self.changing.lock().await;
        let mut snapshot = Snapshot::clone(&self.snapshot());
        let mut app = App::clone(self.app(slug)?.as_ref());
        let is_known = match &deprecation {
            Some(deprecation) => self.store.deprecate(deprecation).await?,
            None => self.store.undeprecate(app.slug(), version).await? || app.has(version),
        };
        if !is_known {
            return Err(no_version(&app, version));
        }
        app.deprecations.remove(version);
        app.deprecations
            .extend(deprecation.map(|deprecation| (version.to_owned(), deprecation)));
        let app = snapshot.insert(app)?;
        self.publish(snapshot);
        Ok(app)
    }

    async fn store_next(&self, mut toolkit: Toolkit, integration: &str) -> Result<App> {
        let slug = toolkit.slug.clone();
        let now = clock::now();
        for _ in 0..TRIES {
            let known = self.store.app_versions(&slug).await?;
            toolkit.version = next_version(&slug, &known, &clock::today())?;
            let compiled;
            (toolkit, compiled) = stored(toolkit).await?;
            let record = AppRecord {
                slug: slug.clone(),
                version: toolkit.version.clone(),
                integration: integration.to_owned(),
                compiled,
                created_at: now,
            };
            match self.store.insert_app(&record).await {
                // Another process was faster: take the number after its own.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(app_of(toolkit, known, now)),
            }
        }
        Err(versions_used_up(&slug))
    }

    async fn older(&self, slug: &str, version: &str) -> Result<Arc<Release>> {
        let load = async {
            let record = self.store.app(slug, version).await?;
            let record = record.ok_or_else(|| no_toolkit(slug))?;
            let read = move || Release::read(&record.slug, &record.version, record.compiled);
            let release = spawn_blocking(read).await.map_err(lost)??;
            Ok::<_, Error>(Arc::new(release))
        };
        let key = (slug.to_owned(), version.to_owned());
        self.older.try_get_with(key, load).await.map_err(|shared| {
            Error::new(shared.kind(), shared.message()).with_reader_message(shared.reader_message())
        })
    }

    fn publish(&self, snapshot: Snapshot) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(snapshot);
    }
}

/// Whether `version` says no more than: the newest.
pub(super) fn is_newest(version: &str) -> bool {
    matches!(version, "" | "latest" | "00000000_00")
}

fn read_all(
    records: Vec<AppRecord>,
    versions: Vec<AppVersion>,
    deprecations: Vec<DeprecationRecord>,
) -> Snapshot {
    let mut left: HashMap<String, Vec<DeprecationRecord>> = HashMap::new();
    for deprecation in deprecations {
        left.entry(deprecation.slug.clone())
            .or_default()
            .push(deprecation);
    }
    let mut by_app: HashMap<String, Vec<AppVersion>> = HashMap::new();
    for version in versions {
        by_app
            .entry(version.slug.clone())
            .or_default()
            .push(version);
    }
    let mut snapshot = Snapshot::default();
    for record in records {
        let mut known = by_app.remove(&record.slug).unwrap_or_default();
        known.retain(|version| version.version != record.version);
        let read =
            Release::read(&record.slug, &record.version, record.compiled).and_then(|release| {
                let mut app = app_of(release.toolkit, known, record.created_at);
                let left = left.remove(&record.slug).unwrap_or_default();
                app.deprecations = left
                    .into_iter()
                    .map(|one| (one.version.clone(), one))
                    .collect();
                snapshot.insert(app)
            });
        if let Err(error) = read {
            tracing::error!(app = record.slug, version = record.version, %error, "an app is left out");
            snapshot.mark_damaged(&record.slug, &record.version);
        }
    }
    snapshot
}

fn app_of(toolkit: Toolkit, older: Vec<AppVersion>, updated_at: i64) -> App {
    let created_at = older.first().map_or(updated_at, |first| first.created_at);
    let mut versions: Vec<String> = older.into_iter().map(|version| version.version).collect();
    versions.push(toolkit.version.clone());
    App {
        newest: Arc::new(Release::new(toolkit)),
        versions,
        deprecations: BTreeMap::new(),
        created_at,
        updated_at,
    }
}

async fn stored(toolkit: Toolkit) -> Result<(Toolkit, String)> {
    let write = move || toolkit.to_stored().map(|text| (toolkit, text));
    spawn_blocking(write).await.map_err(lost)?
}

/// The version after the `known` ones, oldest first: today's, or the newest one's successor if that is not before.
fn next_version(slug: &str, known: &[AppVersion], today: &str) -> Result<String> {
    let first = format!("{today}_00");
    let Some(newest) = known.last().filter(|newest| newest.version >= first) else {
        return Ok(first);
    };
    newest
        .version
        .split_once('_')
        .and_then(|(day, number)| Some((day, number.parse::<u32>().ok()? + 1)))
        .filter(|(_, number)| *number < 100)
        .map(|(day, number)| format!("{day}_{number:02}"))
        .ok_or_else(|| versions_used_up(slug))
}

#[cfg(test)]
mod tests {
    use super::{AppVersion, next_version};

    fn version(version: &str) -> AppVersion {
        AppVersion {
            slug: "demo".to_owned(),
            version: version.to_owned(),
            created_at: 0,
        }
    }

    #[test]
    fn versions_count_up_within_a_day_and_never_go_back() {
        let next = |known: &[AppVersion]| next_version("demo", known, "20260102");
        assert_eq!(next(&[]).unwrap(), "20260102_00");
        assert_eq!(next(&[version("20260101_07")]).unwrap(), "20260102_00");
        assert_eq!(next(&[version("20260102_00")]).unwrap(), "20260102_01");
        assert_eq!(next(&[version("20270101_09")]).unwrap(), "20270101_10");
        assert!(next(&[version("20260102_99")]).is_err());
    }
}
