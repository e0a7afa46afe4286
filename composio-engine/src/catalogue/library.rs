use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use composio_catalog::{Facts, Toolkit};
use composio_core::{ErrorKind, Result};
use tokio::{sync::Mutex, task::spawn_blocking};

#[cfg(feature = "semantic")]
use super::meaning::Meanings;
use super::{
    App, Contents, FoundTool, Release, Snapshot, Versions,
    faults::{lost, misnamed, no_tool, no_toolkit, no_version, taken, versions_used_up},
    release::ReleaseKey,
    shelf::Shelf,
    snapshot::Slot,
};
use crate::{
    changes::{Feed, News},
    clock,
    store::{
        AppOutline, AppRecord, AppVersion, ChangeKind, DeprecationRecord, NewAppRecord, Store,
    },
    tasks::Tasks,
};

/// Times a version number is tried while other processes add the same app.
const TRIES: u32 = 20;

/// The apps of the store: what is known of each in memory, their tools read when somebody first asks for one.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(super) store: Arc<dyn Store>,
    current: RwLock<Arc<Snapshot>>,
    pub(super) shelf: Shelf,
    changes: Feed,
    // Whether the store is known to have other apps than the snapshot.
    is_stale: AtomicBool,
    changing: Mutex<()>,
    /// What goes on when those who asked for it are gone.
    pub(super) tasks: Tasks,
    #[cfg(feature = "semantic")]
    pub(super) meanings: Meanings,
}

impl Catalogue {
    /// Loads what is known of every app.
    pub(crate) async fn load(store: Arc<dyn Store>) -> Result<Self> {
        let catalogue = Self {
            current: RwLock::default(),
            shelf: Shelf::new(Arc::clone(&store)),
            changes: Feed::new(Arc::clone(&store)),
            is_stale: AtomicBool::new(false),
            changing: Mutex::new(()),
            tasks: Tasks::new(),
            #[cfg(feature = "semantic")]
            meanings: Meanings::default(),
            store,
        };
        // What happens from here on will be told.
        catalogue.changes.look(|_| {}).await?;
        catalogue.reload().await?;
        Ok(catalogue)
    }

    /// Waits for what is under way.
    pub(crate) async fn close(&self) {
        self.tasks.close().await;
    }

    /// The apps as they are now. A snapshot never changes.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Takes in what other processes have added, removed or deprecated, if the last look is old.
    pub(crate) async fn look(&self) {
        let hear = |news| {
            let concerns_apps = match news {
                News::Everything => true,
                News::Changes(changes) => changes.iter().any(|one| one.kind == ChangeKind::App),
            };
            self.is_stale.fetch_or(concerns_apps, Ordering::SeqCst);
        };
        let looked = self.changes.look(hear).await;
        if looked.is_ok() && self.is_stale.load(Ordering::SeqCst) {
            let _guard = self.changing.lock().await;
            // Those who waited find it done.
            if self.is_stale.swap(false, Ordering::SeqCst)
                && let Err(error) = self.reload().await
            {
                self.is_stale.store(true, Ordering::SeqCst);
                tracing::warn!(%error, "what other processes did to the apps is not known yet");
            }
        }
    }

    /// The app `slug`.
    pub(crate) fn app(&self, slug: &str) -> Result<Arc<App>> {
        let snapshot = self.snapshot();
        let app = snapshot.app(slug).cloned();
        app.ok_or_else(|| snapshot.damage(slug).unwrap_or_else(|| no_toolkit(slug)))
    }

    /// The version `version` of an app; absent, `latest` and `00000000_00` mean the newest.
    pub(crate) async fn release(&self, app: &App, version: Option<&str>) -> Result<Arc<Release>> {
        match self.key(app, version)? {
            key if key == app.key => Ok(Arc::clone(&app.newest)),
            key => Ok(Arc::clone(&self.shelf.get(&key).await?.release)),
        }
    }

    /// The tools of a version of an app.
    pub(crate) async fn contents_of(
        &self,
        app: &App,
        version: Option<&str>,
    ) -> Result<Arc<Contents>> {
        self.shelf.get(&self.key(app, version)?).await
    }

    /// The tool `slug` in a version of its app, and the app.
    pub(crate) async fn tool(
        &self,
        slug: &str,
        version: Option<&str>,
    ) -> Result<(Arc<App>, FoundTool)> {
        self.tool_where(slug, |_| version).await
    }

    /// The same in the version that `versions` has for the app.
    pub(crate) async fn tool_in(
        &self,
        slug: &str,
        versions: &Versions,
    ) -> Result<(Arc<App>, FoundTool)> {
        self.tool_where(slug, |app| versions.of(app)).await
    }

    // A tool that only an older version has is found there.
    async fn tool_where<'v>(
        &self,
        slug: &str,
        version: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<(Arc<App>, FoundTool)> {
        let snapshot = self.snapshot();
        let mut missed = None;
        for owner in snapshot.owners(slug) {
            let Some(app) = snapshot.app(owner) else {
                missed = missed.or_else(|| snapshot.damage(owner));
                continue;
            };
            let key = match self.key(app, version(app.slug())) {
                Ok(key) => key,
                Err(error) => {
                    let newest = self.shelf.get(&app.key).await?;
                    if FoundTool::new(&newest, slug).is_some() {
                        missed = missed.or(Some(error));
                    }
                    continue;
                }
            };
            let contents = self.shelf.get(&key).await?;
            if let Some(tool) = FoundTool::new(&contents, slug) {
                return Ok((Arc::clone(app), tool));
            }
        }
        Err(missed.unwrap_or_else(|| no_tool(slug)))
    }

    /// The names of the tools of all newest versions, app by app.
    pub(crate) async fn tool_names(&self) -> Result<Vec<String>> {
        let snapshot = self.snapshot();
        let mut names = Vec::new();
        for app in snapshot.apps() {
            names.extend(self.names(app).await?.lines().map(str::to_owned));
        }
        Ok(names)
    }

    /// Stores `toolkit` as its app's next version, `YYYYMMDD_NN`, and offers it from now on.
    pub(crate) async fn add(&self, toolkit: Toolkit, integration: &str) -> Result<Arc<App>> {
        let _guard = self.changing.lock().await;
        self.reload().await?;
        self.ensure_free(&toolkit).await?;
        let slug = toolkit.slug.clone();
        self.store_next(toolkit, integration).await?;
        self.reload().await?;
        self.app(&slug)
    }

    /// Removes an app with everything that depends on it.
    pub(crate) async fn remove(&self, slug: &str) -> Result<()> {
        let _guard = self.changing.lock().await;
        let slug = slug.to_ascii_lowercase();
        if !self.store.remove_app(&slug).await? {
            return Err(no_toolkit(&slug));
        }
        self.shelf.clear();
        self.reload().await
    }

    /// Marks a version as one to leave, or no longer.
    pub(crate) async fn deprecate(
        &self,
        slug: &str,
        version: &str,
        deprecation: Option<DeprecationRecord>,
    ) -> Result<Arc<App>> {
        let _guard = self.changing.lock().await;
        let app = self.app(slug)?;
        let is_known = match &deprecation {
            Some(deprecation) => self.store.deprecate(deprecation).await?,
            None => self.store.undeprecate(app.slug(), version).await? || app.has(version),
        };
        if !is_known {
            return Err(no_version(&app, version));
        }
        self.reload().await?;
        self.app(slug)
    }

    /// Reads again what is known of every app. Whoever changes apps holds `changing`.
    async fn reload(&self) -> Result<()> {
        let (mut records, versions) = self.store.load_apps().await?;
        let deprecations = self.store.deprecations().await?;
        for record in &mut records {
            let facts = record.facts.as_deref();
            if !facts.is_some_and(Facts::are_whole) {
                record.facts = self.outlined(record).await;
            }
        }
        let snapshot = Snapshot::new(slots(records, versions, deprecations), &self.snapshot());
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(snapshot);
        Ok(())
    }

    /// The facts of an app that another version of this program kept, or that are damaged, from its tools.
    async fn outlined(&self, record: &AppRecord) -> Option<String> {
        let AppRecord { slug, version, .. } = record;
        let key = ReleaseKey {
            slug: Arc::from(slug.as_str()),
            version: Arc::from(version.as_str()),
            since: record.created_at,
        };
        let contents = self.shelf.peek(&key).await.ok()?;
        let outline = outline(contents.toolkit()).ok()?;
        if let Err(error) = self.store.outline_app(slug, version, &outline).await {
            tracing::warn!(app = slug, %error, "its facts are not kept: the next start reads its tools again");
        }
        Some(outline.facts)
    }

    async fn ensure_free(&self, toolkit: &Toolkit) -> Result<()> {
        let snapshot = self.snapshot();
        let begin = toolkit.slug.to_ascii_uppercase().replace('-', "_") + "_";
        if let Some(tool) = toolkit.tools.keys().find(|tool| !tool.starts_with(&begin)) {
            return Err(misnamed(tool, &begin));
        }
        for rival in snapshot.rivals(&toolkit.slug) {
            let names = self.names(rival).await?;
            if let Some(tool) = names.lines().find(|name| toolkit.tools.contains_key(name)) {
                return Err(taken(tool, rival.slug()));
            }
        }
        Ok(())
    }

    async fn store_next(&self, mut toolkit: Toolkit, integration: &str) -> Result<()> {
        let slug = toolkit.slug.clone();
        for _ in 0..TRIES {
            let known = self.store.app_versions(&slug).await?;
            toolkit.version = next_version(&slug, &known, &clock::today())?;
            let (compiled, outline);
            (toolkit, compiled, outline) = stored(toolkit).await?;
            let record = NewAppRecord {
                slug: slug.clone(),
                version: toolkit.version.clone(),
                integration: integration.to_owned(),
                compiled,
                outline,
                created_at: clock::now(),
            };
            match self.store.insert_app(&record).await {
                // Another process was faster: take the number after its own.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => return done,
            }
        }
        Err(versions_used_up(&slug))
    }

    /// The names of the tools of an app's newest version, one a line.
    async fn names(&self, app: &App) -> Result<String> {
        let ReleaseKey { slug, version, .. } = &app.key;
        match self.store.app_tools(slug, version).await? {
            Some(names) => Ok(names),
            None => Ok(names_of(self.shelf.get(&app.key).await?.toolkit())),
        }
    }

    fn key(&self, app: &App, version: Option<&str>) -> Result<ReleaseKey> {
        match version {
            None => Ok(app.key.clone()),
            Some(version) if is_newest(version) => Ok(app.key.clone()),
            Some(version) if app.has(version) => Ok(app.key_of(version)),
            Some(version) => Err(no_version(app, version)),
        }
    }
}

/// Whether `version` says no more than: the newest.
pub(super) fn is_newest(version: &str) -> bool {
    matches!(version, "" | "latest" | "00000000_00")
}

fn slots(
    records: Vec<AppRecord>,
    versions: Vec<AppVersion>,
    deprecations: Vec<DeprecationRecord>,
) -> Vec<Slot> {
    let mut left: HashMap<String, Vec<DeprecationRecord>> = HashMap::new();
    for one in deprecations {
        left.entry(one.slug.clone()).or_default().push(one);
    }
    let mut known: HashMap<String, Vec<AppVersion>> = HashMap::new();
    for version in versions {
        known.entry(version.slug.clone()).or_default().push(version);
    }
    let slot = |record: AppRecord| {
        let known = known.remove(&record.slug).unwrap_or_default();
        let left = left.remove(&record.slug).unwrap_or_default();
        Slot::new(record, known, left)
    };
    records.into_iter().map(slot).collect()
}

fn names_of(toolkit: &Toolkit) -> String {
    let names: Vec<&str> = toolkit.tools.keys().map(String::as_str).collect();
    names.join("\n")
}

fn outline(toolkit: &Toolkit) -> Result<AppOutline> {
    Ok(AppOutline {
        facts: Facts::of(toolkit).to_stored()?,
        tools: names_of(toolkit),
    })
}

async fn stored(toolkit: Toolkit) -> Result<(Toolkit, String, AppOutline)> {
    let write = move || {
        let (compiled, outline) = (toolkit.to_stored()?, outline(&toolkit)?);
        Ok((toolkit, compiled, outline))
    };
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
