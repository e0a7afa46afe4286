//! Which tools a sentence may mean.

use std::{collections::HashSet, sync::Arc};

#[cfg(feature = "semantic")]
use composio_catalog::search;
use composio_catalog::search::{EDITION, Hit, SearchBuilder, SearchIndex};
use composio_core::Result;
use tokio::{sync::OnceCell, task::spawn_blocking};

#[cfg(feature = "semantic")]
use super::meaning::Asked;
use super::{
    App, Catalogue, FoundTool, Snapshot, ToolFilter,
    faults::lost,
    list::{Listed, passes},
    shelf::Shelf,
};
use crate::{store::Store, tasks::Tasks};

/// More than these nobody looks at.
const MOST: usize = 1_000;

/// What somebody asks for.
#[derive(Debug)]
struct Query {
    text: String,
    /// Of these apps; of all if there are none named.
    toolkits: Vec<String>,
    /// What it means, where that is known.
    asked: Option<Asked>,
}

/// Nothing is known of what is meant.
#[cfg(not(feature = "semantic"))]
#[derive(Debug, Clone)]
enum Asked {}

/// The index over the newest versions of one snapshot, read or built when somebody first searches.
pub(super) type SharedIndex = Arc<OnceCell<Arc<SearchIndex>>>;

impl Catalogue {
    /// The tools of newest versions that fit `text`, best first; of all apps unless there are some named.
    pub(super) async fn search(
        &self,
        snapshot: &Arc<Snapshot>,
        text: &str,
        filter: &ToolFilter,
    ) -> Result<Vec<Listed>> {
        let index = self.index(snapshot).await?;
        #[cfg(feature = "semantic")]
        let asked = self.asked(snapshot, &index, text).await;
        #[cfg(not(feature = "semantic"))]
        let asked = None;
        // What tools are beside their words is not in the index: those that do not pass are searched around.
        let mut failed: HashSet<usize> = HashSet::new();
        let mut passed: HashSet<usize> = HashSet::new();
        loop {
            let query = Query {
                text: text.to_owned(),
                toolkits: filter.toolkits.clone(),
                asked: asked.clone(),
            };
            let hits = hits(&index, query, failed.clone()).await?;
            let located = |hit| located(snapshot, &index, hit);
            let found: Vec<(Hit, Arc<App>, usize)> = hits.into_iter().filter_map(located).collect();
            let before = failed.len();
            if !filter.takes_all() {
                for (hit, app, own) in &found {
                    if passed.contains(&hit.place) {
                        continue;
                    }
                    let contents = self.shelf.get(&app.key).await?;
                    let plan = contents.tools().get_index(*own);
                    match plan.is_some_and(|plan| passes(filter, plan)) {
                        true => passed.insert(hit.place),
                        false => failed.insert(hit.place),
                    };
                }
            }
            if failed.len() == before {
                let found = found.into_iter();
                let listed = |(hit, app, own)| Listed::Place(app, own, hit);
                return Ok(found.map(listed).collect());
            }
        }
    }

    /// The index of `snapshot`. It is read or made in a task of its own: a caller that goes away must not make the next
    /// one begin anew.
    async fn index(&self, snapshot: &Arc<Snapshot>) -> Result<Arc<SearchIndex>> {
        if let Some(index) = snapshot.index.get() {
            return Ok(Arc::clone(index));
        }
        let (store, shelf) = (Arc::clone(&self.store), self.shelf.clone());
        let (snapshot, tasks) = (Arc::clone(snapshot), self.tasks.clone());
        let index = async move {
            let make = || kept_or_made(&store, &shelf, &snapshot, &tasks);
            let index = snapshot.index.get_or_try_init(make).await;
            index.map(Arc::clone)
        };
        self.tasks.spawn(index).await.map_err(lost)?
    }
}

/// The index that is kept, if it was made from the same tools, else a new one, which is kept from then on: nobody who
/// searches waits for that.
async fn kept_or_made(
    store: &Arc<dyn Store>,
    shelf: &Shelf,
    snapshot: &Snapshot,
    tasks: &Tasks,
) -> Result<Arc<SearchIndex>> {
    let stamp = format!("{EDITION} {}", snapshot.stamp);
    let before = snapshot.lock_index_before().take();
    let before = match before {
        Some(before) => Some(before),
        None => match kept(store).await {
            Some((made_from, index)) if made_from == stamp => return Ok(index),
            older => older.map(|(_, index)| index),
        },
    };
    let index = Arc::new(made(shelf, snapshot, before).await?);
    let (store, made) = (Arc::clone(store), Arc::clone(&index));
    tasks.spawn(async move {
        if let Err(error) = store.keep_search_index(&stamp, made.as_bytes()).await {
            tracing::warn!(%error, "the search index is not kept: the next start makes it anew");
        }
    });
    Ok(index)
}

/// The index that is kept, of whatever tools, and its stamp. Whatever is not right with it, there is none.
async fn kept(store: &Arc<dyn Store>) -> Option<(String, Arc<SearchIndex>)> {
    let (stamp, bytes) = store.search_index().await.unwrap_or_default()?;
    let of_this_edition = stamp.split_once(' ')?.0 == EDITION;
    let index = of_this_edition.then(|| SearchIndex::from_bytes(bytes))?;
    Some((stamp, Arc::new(index.ok()?)))
}

/// Builds the index, one app after the other, so that the tools of one alone are in memory. What the one `before` has of
/// apps that have not changed is kept.
async fn made(
    shelf: &Shelf,
    snapshot: &Snapshot,
    before: Option<Arc<SearchIndex>>,
) -> Result<SearchIndex> {
    let mut builder = before.map_or_else(SearchBuilder::new, SearchBuilder::renewing);
    for app in snapshot.apps() {
        let version = app.search_version();
        if builder.keep(app.slug(), &version) {
            continue;
        }
        let contents = shelf.peek(&app.key).await;
        let app = Arc::clone(app);
        let add = move || {
            // The tools of a damaged app are found nowhere, and looked for again.
            let Ok(contents) = contents else {
                builder.toolkit(app.slug());
                return builder;
            };
            builder.version_of(app.slug(), &version);
            for plan in contents.tools().values() {
                builder.add_plan(name(&app), plan);
            }
            builder
        };
        builder = spawn_blocking(add).await.map_err(lost)?;
    }
    spawn_blocking(move || builder.build())
        .await
        .map_err(lost)?
}

/// The same over tools of any versions, which no index has.
pub(super) fn ranked(found: &[(Arc<App>, FoundTool)], text: &str) -> Result<Vec<Listed>> {
    let mut builder = SearchBuilder::new();
    for (app, tool) in found {
        builder.add_plan(name(app), tool.plan()?);
    }
    let hits = builder.build()?.search(text, &[], MOST, |_| true);
    let found = hits.into_iter().filter_map(|hit| {
        let (app, tool) = found.get(hit.place)?.clone();
        Some(Listed::Tool(app, tool, Some(hit)))
    });
    Ok(found.collect())
}

/// What fits, without the `failed` ones. A search reads every word's tools, which is not for a thread that
/// serves.
async fn hits(index: &Arc<SearchIndex>, query: Query, failed: HashSet<usize>) -> Result<Vec<Hit>> {
    let index = Arc::clone(index);
    let search = move || query.hits(&index, |place| !failed.contains(&place));
    spawn_blocking(search).await.map_err(lost)
}

impl Query {
    fn hits(&self, index: &SearchIndex, accept: impl Fn(usize) -> bool) -> Vec<Hit> {
        let toolkits: Vec<&str> = self.toolkits.iter().map(String::as_str).collect();
        match &self.asked {
            #[cfg(feature = "semantic")]
            Some((meaning, vectors)) => {
                let asked = search::Asked::new(&self.text, meaning, vectors);
                index.search_meaning(&asked, &toolkits, MOST, accept)
            }
            _ => index.search(&self.text, &toolkits, MOST, accept),
        }
    }
}

/// The hit, the app that has the tool there, and which of its tools that is.
fn located(snapshot: &Snapshot, index: &SearchIndex, hit: Hit) -> Option<(Hit, Arc<App>, usize)> {
    let (slug, start) = index.toolkit_of(hit.place)?;
    let app = Arc::clone(snapshot.app(slug)?);
    let own = hit.place - start;
    Some((hit, app, own))
}

fn name(app: &App) -> &str {
    &app.newest.toolkit.integration.name
}
