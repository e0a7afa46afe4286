use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use composio_core::{GetTools, Result};
use futures_util::lock;
use rig_agent::{completion::ToolDefinition, tool::server::ToolServerHandle};
use rig_core::tool::{DynamicTool, ManagedToolSink as _, ManagedToolToken};

use super::{RunHook, run_hook::Current};
use crate::{Rig, Tools};

/// Keeps rig's tool server in step with a selection of tools, for agents that live longer than their tools stay the
/// same.
///
/// Nothing happens by itself: the tools change when [`LiveTools::refresh`] is awaited, or when a run begins whose hook
/// finds them older than [`LiveTools::max_age`]. A turn that has begun keeps the tools it was shown. Tools of the
/// server that are not of this selection stay as they are. Cheap to clone; all clones share what is served.
///
/// ```no_run
/// # use std::time::Duration;
/// # use composio_rig::{LiveTools, ToolSet, rig_agent::{agent::AgentBuilder, tool::server::ToolServer}};
/// # use composio_rig::rig_core::{DynModel, operation::Completion};
/// # async fn example(toolset: ToolSet, model: DynModel<Completion>) -> composio_rig::Result<()> {
/// let server = ToolServer::new().run();
/// let live = LiveTools::follow(toolset.get_tools().apps(["github"]), &server).await?;
/// let live = live.max_age(Duration::from_secs(300));
/// let agent = AgentBuilder::new(model).tool_server_handle(server).add_hook(live.hook()).build();
///
/// let changes = live.refresh().await?; // when a webhook says so, or a timer of the program's own
/// println!("{} new, {} gone", changes.added.len(), changes.removed.len());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LiveTools {
    shared: Arc<Shared>,
    max_age: Option<Duration>,
}

struct Shared {
    fetch: GetTools<Rig>,
    server: ToolServerHandle,
    current: Current,
    // What of the server is ours; held while a refresh is under way, so that there is one at a time.
    served: lock::Mutex<HashMap<String, ManagedToolToken>>,
    refreshed: Mutex<Instant>,
}

impl LiveTools {
    /// Fetches the tools of `fetch` and serves them on `server`.
    ///
    /// # Errors
    ///
    /// As the fetch: [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a named action or app does not exist, or an
    /// app has no active connection of the user.
    pub async fn follow(fetch: GetTools<Rig>, server: &ToolServerHandle) -> Result<Self> {
        let tools = fetch.clone().await?;
        let served = server.add_managed_tools(tools.to_vec());
        Ok(Self {
            shared: Arc::new(Shared {
                fetch,
                server: server.clone(),
                current: Current::new(tools),
                served: lock::Mutex::new(served),
                refreshed: Mutex::new(Instant::now()),
            }),
            max_age: None,
        })
    }

    /// Sets how old the tools may be when a run with this one's [`hook`](LiveTools::hook) begins; they never are too
    /// old by default. If the refresh fails the run goes on with the tools there are.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Fetches the tools again and tells the server what changed. Tools that are the same are left alone.
    ///
    /// # Errors
    ///
    /// As [`LiveTools::follow`]; the server then serves what it served before.
    pub async fn refresh(&self) -> Result<Changes> {
        let shared = &*self.shared;
        let mut served = shared.served.lock().await;
        let tools = shared.fetch.clone().await?;
        let changes = shared.replace(&mut served, tools);
        *shared
            .refreshed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(changes)
    }

    /// The tools as they are served now.
    #[must_use]
    pub fn tools(&self) -> Arc<Tools> {
        self.shared.current.get()
    }

    /// As [`ToolsExt::hook`](crate::ToolsExt::hook), for whatever tools are served when something happens.
    #[must_use]
    pub fn hook(&self) -> RunHook {
        RunHook::live(self.clone(), self.shared.current.clone())
    }

    /// Refreshes if the tools are too old, unless a refresh is under way.
    pub(super) async fn refresh_if_old(&self) {
        let refreshed = *self
            .shared
            .refreshed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self
            .max_age
            .is_none_or(|max_age| refreshed.elapsed() < max_age)
        {
            return;
        }
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "the tools could not be refreshed");
        }
    }
}

impl Shared {
    fn replace(&self, served: &mut HashMap<String, ManagedToolToken>, tools: Tools) -> Changes {
        let (before, now) = (self.current.get(), Arc::new(tools));
        let (old, new) = (definitions(&before), definitions(&now));
        let is_kept = |name: &str| old.get(name).is_some_and(|old| new.get(name) == Some(old));
        let expected: HashMap<_, _> = served.extract_if(|name, _| !is_kept(name)).collect();
        let fresh = now
            .iter()
            .filter(|tool| !served.contains_key(tool.name().as_str()))
            .cloned();
        let installed = self
            .server
            .reconcile_managed_tools(expected.clone(), fresh.collect());
        let mut changes = Changes::default();
        for name in installed.keys() {
            if expected.contains_key(name) {
                changes.changed.push(name.clone());
            } else {
                changes.added.push(name.clone());
            }
        }
        let removed = expected
            .into_keys()
            .filter(|name| !installed.contains_key(name));
        changes.removed.extend(removed);
        served.extend(installed);
        drop((old, new));
        self.current.set(now);
        changes.sorted()
    }
}

/// What each tool shows to the model, and what it is.
fn definitions(tools: &Tools) -> HashMap<String, (ToolDefinition, String)> {
    let definition = |tool: &DynamicTool| {
        let bound = tools.bound(tool.name().as_str())?;
        let own = serde_json::to_string(bound.tool()).ok()?;
        Some((tool.name().to_string(), (tool.definition(), own)))
    };
    tools.iter().filter_map(definition).collect()
}

/// What a refresh changed, by the names that the model knows, in alphabetical order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Tools that were not there before.
    pub added: Vec<String>,
    /// Tools whose definition is another.
    pub changed: Vec<String>,
    /// Tools that are no longer served.
    pub removed: Vec<String>,
}

impl Changes {
    /// Whether everything stayed as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    fn sorted(mut self) -> Self {
        self.added.sort_unstable();
        self.changed.sort_unstable();
        self.removed.sort_unstable();
        self
    }
}

impl fmt::Debug for LiveTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveTools")
            .field("tools", &self.tools())
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}
