use std::{collections::BTreeMap, sync::Arc};

use composio_catalog::ToolPlan;
use composio_core::{Result, models};
use tokio::task::spawn_blocking;

use super::{
    App, Catalogue, FoundTool, Release, Snapshot, faults::lost, library::is_newest, search::ranked,
};
use crate::clock::rfc3339;

/// Which tools are listed. An empty part does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolFilter {
    /// These tools and no others, whatever the rest says.
    pub(crate) tools: Vec<String>,
    pub(crate) toolkits: Vec<String>,
    pub(crate) important: bool,
    /// Any of these.
    pub(crate) tags: Vec<String>,
    /// Any of these.
    pub(crate) scopes: Vec<String>,
    pub(crate) search: Option<String>,
    pub(crate) without_deprecated: bool,
    pub(crate) versions: Versions,
}

/// Which version of each toolkit is meant; the newest unless it is named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Versions {
    /// For every toolkit that is not named.
    pub(crate) default: Option<String>,
    /// By toolkit.
    pub(crate) by_toolkit: BTreeMap<String, String>,
}

impl Versions {
    pub(crate) fn of(&self, toolkit: &str) -> Option<&str> {
        self.by_toolkit
            .get(toolkit)
            .or(self.default.as_ref())
            .map(String::as_str)
    }

    /// Whether no other version than the newest can be meant.
    fn are_newest(&self) -> bool {
        let mut named = self.by_toolkit.values().chain(&self.default);
        named.all(|version| is_newest(version))
    }
}

/// Which toolkits are listed, by name. An empty part does not filter.
#[derive(Debug, Default)]
pub(crate) struct ToolkitFilter {
    /// These toolkits and no others.
    pub(crate) toolkits: Vec<String>,
    /// The category's id or name.
    pub(crate) category: Option<String>,
    /// Part of the name, slug or description.
    pub(crate) search: Option<String>,
}

impl Catalogue {
    /// The tools that pass: by search the best first, else by toolkit, those that only read first, then the shorter
    /// path.
    pub(crate) async fn tools(&self, filter: &ToolFilter) -> Result<Vec<(Arc<App>, FoundTool)>> {
        if !filter.tools.is_empty() {
            return self.named_tools(filter).await;
        }
        let snapshot = self.snapshot();
        let mut damage = filter
            .toolkits
            .iter()
            .filter_map(|slug| snapshot.damage(slug));
        if let Some(error) = damage.next() {
            return Err(error);
        }
        if let Some(text) = &filter.search
            && filter.versions.are_newest()
        {
            return searched(snapshot, text, filter).await;
        }
        let mut found = Vec::new();
        for app in snapshot
            .apps()
            .filter(|app| is_one_of(&filter.toolkits, app.slug()))
        {
            let release = self.release(app, filter.versions.of(app.slug())).await?;
            let tools = release.toolkit.tools.values();
            let mut tools: Vec<_> = tools.filter(|plan| passes(filter, plan)).collect();
            tools.sort_by_key(|plan| (!is_read(plan), plan.path.len(), &plan.path));
            let tools = tools.into_iter();
            found.extend(
                tools.filter_map(|plan| {
                    Some((Arc::clone(app), FoundTool::new(&release, &plan.slug)?))
                }),
            );
        }
        match &filter.search {
            Some(text) => ranked(&found, text),
            None => Ok(found),
        }
    }

    /// The toolkits that pass, by slug.
    pub(crate) fn toolkits(&self, filter: &ToolkitFilter) -> Vec<Arc<App>> {
        let search = filter.search.as_ref().map(|text| text.to_lowercase());
        let snapshot = self.snapshot();
        let apps = snapshot.apps().filter(|app| {
            let facts = &app.newest.toolkit.integration;
            let in_category = filter.category.as_ref().is_none_or(|category| {
                facts
                    .categories
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(category) || category_id(own) == *category)
            });
            let texts = [app.slug(), &facts.name, &facts.description];
            let is_meant = search.as_ref().is_none_or(|search| {
                texts
                    .iter()
                    .any(|text| text.to_lowercase().contains(search))
            });
            in_category && is_meant && is_one_of(&filter.toolkits, app.slug())
        });
        apps.cloned().collect()
    }

    async fn named_tools(&self, filter: &ToolFilter) -> Result<Vec<(Arc<App>, FoundTool)>> {
        let snapshot = self.snapshot();
        let mut found = Vec::new();
        for slug in &filter.tools {
            // A tool that does not exist is left out; the caller sees which came.
            let Some((app, newest)) = snapshot.tool(slug) else {
                continue;
            };
            let release = self.release(app, filter.versions.of(app.slug())).await?;
            found.extend(
                FoundTool::new(&release, &newest.plan()?.slug).map(|tool| (Arc::clone(app), tool)),
            );
        }
        Ok(found)
    }
}

/// An index may have to be built first, and a search reads every word's tools: neither is for a thread that serves.
async fn searched(
    snapshot: Arc<Snapshot>,
    text: &str,
    filter: &ToolFilter,
) -> Result<Vec<(Arc<App>, FoundTool)>> {
    let (text, filter) = (text.to_owned(), filter.clone());
    let search = move || {
        snapshot.search(&text, &filter.toolkits, |tool| {
            tool.plan().is_ok_and(|plan| passes(&filter, plan))
        })
    };
    spawn_blocking(search).await.map_err(lost)?
}

/// The id of the category `name`.
pub(crate) fn category_id(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn is_read(plan: &ToolPlan) -> bool {
    plan.tags.iter().any(|tag| tag == "readOnlyHint")
}

impl FoundTool {
    /// The tool as the API shows it.
    pub(crate) fn model(&self, app: &App) -> Result<models::Tool> {
        let mut model = self.release.toolkit.tool_model(self.plan()?);
        model.available_versions.clone_from(&app.versions);
        Ok(model.with_former_names())
    }
}

impl App {
    /// The toolkit as the API shows it; `in_full` with what each scheme asks for.
    pub(crate) fn model(&self, release: &Release, in_full: bool) -> models::Toolkit {
        let mut model = release.toolkit.toolkit_model();
        model.deprecated = Some(models::FormerToolkit::new(self.slug()));
        model.meta.created_at = rfc3339(self.created_at);
        model.meta.updated_at = rfc3339(self.updated_at);
        model.meta.version.clone_from(&release.toolkit.version);
        model.meta.available_versions = in_full.then(|| self.versions.clone());
        model.auth_config_details = in_full.then(|| release.schemes.clone());
        model
    }
}

fn passes(filter: &ToolFilter, plan: &ToolPlan) -> bool {
    let has = |tag: &str| plan.tags.iter().any(|own| own == tag);
    (!filter.important || has("important"))
        && (filter.tags.is_empty() || filter.tags.iter().any(|tag| has(tag)))
        && (filter.scopes.is_empty()
            || filter
                .scopes
                .iter()
                .any(|scope| plan.scopes.contains(scope)))
        && !(filter.without_deprecated && plan.deprecated)
}

fn is_one_of(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|other| other.eq_ignore_ascii_case(name))
}
