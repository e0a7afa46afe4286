//! Which tools a sentence may mean.

use std::{collections::HashMap, sync::Arc};

use composio_catalog::search::{EDITION, SearchBuilder, SearchIndex};
use composio_core::{Error, ErrorKind, Result};
use tokio::{sync::OnceCell, task::spawn_blocking};

use super::{
    App, Catalogue, FoundTool, Snapshot, ToolFilter,
    faults::lost,
    list::{Listed, passes},
};

/// More than these nobody looks at.
const MOST: usize = 1_000;

/// The index over the newest versions of one snapshot, read or built when somebody first searches.
pub(super) type SharedIndex = Arc<OnceCell<Option<Arc<SearchIndex>>>>;

impl Catalogue {
    /// The tools of newest versions that fit `text`, best first; of all apps unless there are some named.
    pub(super) async fn search(
        &self,
        snapshot: &Snapshot,
        text: &str,
        filter: &ToolFilter,
    ) -> Result<Vec<Listed>> {
        let index = snapshot.index.get_or_init(|| self.index(snapshot)).await;
        let index = index.as_ref().ok_or_else(not_indexed)?;
        // What tools are beside their words is not in the index: those that do not pass are searched around.
        let mut verdicts: HashMap<usize, bool> = HashMap::new();
        loop {
            let hits = hits(index, text, &filter.toolkits, verdicts.clone()).await?;
            let places = hits
                .iter()
                .copied()
                .map(|place| (place, located(snapshot, index, place)));
            let found: Vec<(usize, Arc<App>, usize)> = places
                .filter_map(|(place, found)| found.map(|(app, own)| (place, app, own)))
                .collect();
            let mut is_settled = true;
            if !filter.takes_all() {
                for (place, app, own) in &found {
                    if !verdicts.contains_key(place) {
                        let contents = self.contents(&app.key).await?;
                        let plan = contents.tools().get_index(*own);
                        let is_good = plan.is_some_and(|plan| passes(filter, plan));
                        verdicts.insert(*place, is_good);
                        is_settled &= is_good;
                    }
                }
            }
            if is_settled {
                let found = found.into_iter();
                return Ok(found.map(|(_, app, own)| Listed::Place(app, own)).collect());
            }
        }
    }

    /// The index of `snapshot`: the one that is kept if it was made from the same tools, else a new one.
    async fn index(&self, snapshot: &Snapshot) -> Option<Arc<SearchIndex>> {
        let stamp = format!("{EDITION} {}", snapshot.stamp);
        let kept = self.store.search_index(&stamp).await.unwrap_or_default();
        // Whatever is not right with it, a new one is.
        if let Some(index) = kept.and_then(|bytes| SearchIndex::from_bytes(bytes).ok()) {
            return Some(Arc::new(index));
        }
        let index = self.indexed(snapshot).await;
        let index = index.inspect_err(|error| tracing::error!(%error, "there is no search"));
        let index = Arc::new(index.ok()?);
        let keeping = self.store.keep_search_index(&stamp, index.as_bytes());
        if let Err(error) = keeping.await {
            tracing::warn!(%error, "the search index is not kept: the next start makes it anew");
        }
        Some(index)
    }

    /// Builds the index, one app after the other, so that the tools of one alone are in memory.
    async fn indexed(&self, snapshot: &Snapshot) -> Result<SearchIndex> {
        let mut builder = SearchBuilder::new();
        for app in snapshot.apps() {
            let contents = match self.cached(&app.key).await {
                Some(contents) => Ok(contents),
                None => self.read(&app.key).await,
            };
            let app = Arc::clone(app);
            let add = move || {
                builder.toolkit(app.slug());
                // The tools of a damaged app are found nowhere.
                if let Ok(contents) = contents {
                    for plan in contents.tools().values() {
                        builder.add_plan(name(&app), plan);
                    }
                }
                builder
            };
            builder = spawn_blocking(add).await.map_err(lost)?;
        }
        spawn_blocking(move || builder.build())
            .await
            .map_err(lost)?
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

/// The places that fit, without those that are known not to pass. A search reads every word's tools, which is not for a
/// thread that serves.
async fn hits(
    index: &Arc<SearchIndex>,
    text: &str,
    toolkits: &[String],
    verdicts: HashMap<usize, bool>,
) -> Result<Vec<usize>> {
    let (index, text, toolkits) = (Arc::clone(index), text.to_owned(), toolkits.to_vec());
    let search = move || {
        let toolkits: Vec<&str> = toolkits.iter().map(String::as_str).collect();
        let accept = |place: usize| verdicts.get(&place) != Some(&false);
        let hits = index.search(&text, &toolkits, MOST, accept);
        hits.into_iter().map(|hit| hit.place).collect()
    };
    spawn_blocking(search).await.map_err(lost)
}

/// The app that has the tool at `place` of the index, and which of its tools that is.
fn located(snapshot: &Snapshot, index: &SearchIndex, place: usize) -> Option<(Arc<App>, usize)> {
    let (slug, start) = index.toolkit_of(place)?;
    Some((Arc::clone(snapshot.app(slug)?), place - start))
}

fn name(app: &App) -> &str {
    &app.newest.toolkit.integration.name
}

fn not_indexed() -> Error {
    Error::new(ErrorKind::Internal, "the search index cannot be built")
}
