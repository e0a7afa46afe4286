use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use composio_catalog::Toolkit;
use composio_core::{Error, ErrorKind, Result};

use super::{FoundTool, Release, faults::damaged, search::LazyIndex};
use crate::store::DeprecationRecord;

/// Every app at one moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Snapshot {
    apps: BTreeMap<String, Arc<App>>,
    // The app of each tool of a newest version.
    tools: HashMap<String, Arc<App>>,
    // The version of each app that could not be read.
    damaged: BTreeMap<String, String>,
    pub(super) index: LazyIndex,
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
}

impl Snapshot {
    /// The app `slug`, in any case.
    pub(crate) fn app(&self, slug: &str) -> Option<&Arc<App>> {
        self.apps
            .get(slug)
            .or_else(|| self.apps.get(&slug.to_ascii_lowercase()))
    }

    pub(crate) fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.apps.values()
    }

    /// The app whose newest version has the tool `slug`, in any case, and the tool.
    pub(crate) fn tool(&self, slug: &str) -> Option<(&Arc<App>, FoundTool)> {
        if let Some(app) = self.tools.get(slug) {
            return Some((app, FoundTool::new(&app.newest, slug)?));
        }
        let upper = slug.to_ascii_uppercase();
        let app = self.tools.get(&upper)?;
        Some((app, FoundTool::new(&app.newest, &upper)?))
    }

    /// Refuses a toolkit that has another app's tool.
    pub(crate) fn ensure_free(&self, toolkit: &Toolkit) -> Result<()> {
        let taken = toolkit.tools.keys().find_map(|tool| {
            let other = self.tools.get(tool)?;
            (other.slug() != toolkit.slug).then_some((tool, other))
        });
        match taken {
            None => Ok(()),
            Some((tool, other)) => {
                let message = format!(
                    "the tool {tool} belongs to the toolkit {} already",
                    other.slug()
                );
                Err(Error::new(ErrorKind::Conflict, message).with_slug("Toolkit_Conflict"))
            }
        }
    }

    /// Puts `app` in the place of its older self.
    pub(crate) fn insert(&mut self, app: App) -> Result<Arc<App>> {
        self.ensure_free(&app.newest.toolkit)?;
        self.remove(app.slug());
        let app = Arc::new(app);
        for tool in app.newest.toolkit.tools.keys() {
            self.tools.insert(tool.clone(), Arc::clone(&app));
        }
        self.apps.insert(app.slug().to_owned(), Arc::clone(&app));
        Ok(app)
    }

    pub(crate) fn remove(&mut self, slug: &str) {
        self.damaged.remove(slug);
        if self.apps.remove(slug).is_some() {
            self.tools.retain(|_, app| app.slug() != slug);
        }
    }

    pub(crate) fn mark_damaged(&mut self, slug: &str, version: &str) {
        self.damaged.insert(slug.to_owned(), version.to_owned());
    }

    /// Why the app `slug` is left out, if it is.
    pub(crate) fn damage(&self, slug: &str) -> Option<Error> {
        let slug = slug.to_ascii_lowercase();
        let version = self.damaged.get(&slug)?;
        Some(damaged(&slug, version))
    }

    /// Why the app of the tool `slug` is left out, if it is.
    pub(crate) fn damage_of_tool(&self, slug: &str) -> Option<Error> {
        let slug = slug.to_ascii_lowercase();
        self.damaged
            .iter()
            .find(|(app, _)| {
                slug.strip_prefix(app.as_str())
                    .is_some_and(|rest| rest.starts_with('_'))
            })
            .map(|(app, version)| damaged(app, version))
    }
}
