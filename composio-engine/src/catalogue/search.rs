//! Which tools a sentence may mean.

use std::sync::{Arc, OnceLock};

use composio_catalog::search::{SearchBuilder, SearchIndex};
use composio_core::{Error, ErrorKind, Result};

use super::{App, FoundTool, Snapshot};

/// More than these nobody looks at.
const MOST: usize = 1_000;

/// The index over the newest versions of one snapshot, built when somebody first searches.
#[derive(Debug, Default)]
pub(super) struct LazyIndex(OnceLock<Option<SearchIndex>>);

impl Clone for LazyIndex {
    /// An empty one: what is cloned is about to change.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Snapshot {
    /// The tools of newest versions that fit `text`, best first; of all apps unless there are some named.
    pub(super) fn search(
        &self,
        text: &str,
        toolkits: &[String],
        accept: impl Fn(&FoundTool) -> bool,
    ) -> Result<Vec<(Arc<App>, FoundTool)>> {
        let apps: Vec<&Arc<App>> = self.apps().collect();
        let index = self.index.0.get_or_init(|| indexed(&apps));
        let index = index.as_ref().ok_or_else(not_indexed)?;
        let starts: Vec<usize> = index.toolkits().map(|(_, range)| range.start).collect();
        let found = |place: usize| {
            let app = starts
                .partition_point(|start| *start <= place)
                .checked_sub(1)?;
            let own = place.checked_sub(*starts.get(app)?)?;
            let app = *apps.get(app)?;
            Some((Arc::clone(app), FoundTool::at(&app.newest, own)?))
        };
        let toolkits: Vec<&str> = toolkits.iter().map(String::as_str).collect();
        let hits = index.search(text, &toolkits, MOST, |place| {
            found(place).is_some_and(|(_, tool)| accept(&tool))
        });
        Ok(hits
            .into_iter()
            .filter_map(|hit| found(hit.place))
            .collect())
    }
}

/// The same over tools of any versions, which no index has.
pub(super) fn ranked(
    found: &[(Arc<App>, FoundTool)],
    text: &str,
) -> Result<Vec<(Arc<App>, FoundTool)>> {
    let mut builder = SearchBuilder::new();
    for (app, tool) in found {
        builder.add_plan(name(app), tool.plan()?);
    }
    let hits = builder.build()?.search(text, &[], MOST, |_| true);
    let found = hits
        .into_iter()
        .filter_map(|hit| found.get(hit.place).cloned());
    Ok(found.collect())
}

fn indexed(apps: &[&Arc<App>]) -> Option<SearchIndex> {
    let mut builder = SearchBuilder::new();
    for app in apps {
        builder.toolkit(app.slug());
        for plan in app.newest.toolkit.tools.values() {
            builder.add_plan(name(app), plan);
        }
    }
    builder
        .build()
        .inspect_err(|error| tracing::error!(%error, "there is no search"))
        .ok()
}

fn name(app: &App) -> &str {
    &app.newest.toolkit.integration.name
}

fn not_indexed() -> Error {
    Error::new(ErrorKind::Internal, "the search index cannot be built")
}
