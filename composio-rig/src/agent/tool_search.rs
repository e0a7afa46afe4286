use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use composio_core::{Error, Result, client::Client};
use rig_core::{
    effect::{
        EffectKind, FamilyDescriptor, HandlerDescriptor, Outcome, RetrieveQuery,
        RetrievedDocuments, family, retrieve_key,
    },
    error::{ErrorKind, ErrorReport},
    serve::{Dispatch, Reply, Serve},
};

use crate::{ToolSet, Tools};

/// How many characters of a prompt are searched for; they travel in an address.
const LONGEST_QUERY: usize = 500;
/// More apps than this are not named in a search.
const MOST_APPS: usize = 20;
/// How many tools are asked for where the first answer held too few of ours.
const WIDER: u32 = 10;

/// Chooses the tools that fit a prompt, by the service's search: for rig's `retrieved_tools_handler`, so that an agent
/// over thousands of tools shows its model only a few.
///
/// Only tools of the fetch are chosen, best first. A service that cannot be asked ends the run.
///
/// ```no_run
/// # use composio_rig::{ToolSet, ToolsExt as _, rig_agent::{self, agent::AgentBuilder}};
/// # use composio_rig::rig_core::{DynModel, operation::Completion};
/// # async fn example(toolset: ToolSet, model: DynModel<Completion>) -> composio_rig::Result<()> {
/// let tools = toolset.get_tools().apps(["github"]).all_actions().await?;
/// let all = rig_agent::tool::ToolSet::from_dynamic_tools(tools.to_vec());
/// let agent = AgentBuilder::new(model)
///     .retrieved_tools_handler(10, tools.search(&toolset), all)
///     .add_hook(tools.hook())
///     .default_max_turns(8)
///     .build();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ToolSearch {
    client: Client,
    apps: Vec<String>,
    // The names that the model knows, by slug.
    names: HashMap<String, String>,
}

impl ToolSearch {
    pub(super) fn new(tools: &Tools, toolset: &ToolSet) -> Self {
        let mut apps = BTreeSet::new();
        let mut names = HashMap::new();
        for tool in tools.iter() {
            let name = tool.name().as_str();
            if let Some(bound) = tools.bound(name) {
                apps.insert(bound.tool().toolkit.slug.to_lowercase());
                names.insert(bound.tool().slug.to_uppercase(), name.to_owned());
            }
        }
        // Tools without an app, and too many apps to name, are searched for among all.
        if apps.len() > MOST_APPS || apps.contains("") {
            apps.clear();
        }
        Self {
            client: toolset.client().clone(),
            apps: apps.into_iter().collect(),
            names,
        }
    }

    /// The names, as the model knows them, of at most `most` tools that fit `prompt`, best first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized), [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable)
    /// and the like if the service could not be asked.
    pub async fn find(&self, prompt: &str, most: u32) -> Result<Vec<String>> {
        let query: String = prompt.trim().chars().take(LONGEST_QUERY).collect();
        let wanted = usize::try_from(most).unwrap_or(usize::MAX);
        if query.is_empty() || wanted == 0 {
            return Ok(Vec::new());
        }
        let mut limit = most;
        loop {
            let (mut names, is_all) = self.ask(&query, limit).await?;
            if names.len() >= wanted || is_all || limit > most {
                names.truncate(wanted);
                return Ok(names);
            }
            limit = limit.saturating_mul(WIDER);
        }
    }

    /// The tools of ours among the best `limit`, and whether there are no more.
    async fn ask(&self, query: &str, limit: u32) -> Result<(Vec<String>, bool)> {
        let mut list = self.client.tools().list().query(query).limit(limit);
        if !self.apps.is_empty() {
            list = list.toolkits(&self.apps);
        }
        let page = list.await?;
        let is_all = page.items.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut names = Vec::new();
        for tool in page.items {
            match self.names.get(&tool.slug.to_uppercase()) {
                Some(name) if !names.contains(name) => names.push(name.clone()),
                _ => {}
            }
        }
        Ok((names, is_all))
    }

    async fn answer(&self, kind: EffectKind) -> Result<Outcome, ErrorReport> {
        let EffectKind::Retrieve {
            query: RetrieveQuery::TopNIds { req },
        } = kind
        else {
            return Err(ErrorReport::new(
                ErrorKind::HandlerUnavailable,
                "a tool search answers with the names of tools alone",
            ));
        };
        let most = u32::try_from(req.samples()).unwrap_or(u32::MAX);
        let names = self
            .find(req.query(), most)
            .await
            .map_err(|error| report(&error))?;
        // The service ranks and gives no scores.
        let scored = names.into_iter().zip(1_u32..);
        let ids = scored.map(|(name, place)| (f64::from(place).recip(), name));
        Ok(Outcome::Documents(RetrievedDocuments::Ids(ids.collect())))
    }
}

impl Serve for ToolSearch {
    type Family = family::Retrieve;

    fn descriptor(&self) -> HandlerDescriptor {
        HandlerDescriptor {
            key: retrieve_key("composio"),
            family: FamilyDescriptor::Retrieve {},
            layers: Vec::new(),
        }
    }

    async fn serve(&self, kind: EffectKind, _: Dispatch) -> Reply {
        Reply::Outcome(self.answer(kind).await)
    }
}

fn report(error: &Error) -> ErrorReport {
    let kind = match error.kind() {
        composio_core::ErrorKind::Timeout => ErrorKind::Timeout,
        composio_core::ErrorKind::Unavailable => ErrorKind::Http,
        _ => ErrorKind::Other,
    };
    ErrorReport::new(kind, error.to_string()).with_retryable(error.is_retryable())
}

impl fmt::Debug for ToolSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolSearch")
            .field("apps", &self.apps)
            .field("tools", &self.names.len())
            .finish_non_exhaustive()
    }
}
