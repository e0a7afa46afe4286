use std::{collections::BTreeMap, sync::Arc};

use composio_catalog::{ToolPlan, search::Hit};
use composio_core::{
    Result,
    models::{self, Relevance, RelevantWord},
};

use super::{
    App, Catalogue, FoundTool, Release,
    faults::{is_no_tool, lost_place},
    library::is_newest,
    search::ranked,
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
    /// This one of every toolkit.
    pub(crate) fn of_all(version: String) -> Self {
        Self {
            default: Some(version),
            by_toolkit: BTreeMap::new(),
        }
    }

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

/// A tool of a list. Of a long list few are shown, so what a search found is read when it is.
#[derive(Debug)]
pub(crate) enum Listed {
    /// One that is read, and why a search found it, if it was one.
    Tool(Arc<App>, FoundTool, Option<Hit>),
    /// The one at this place of the app's newest version, and why a search found it.
    Place(Arc<App>, usize, Hit),
}

impl Listed {
    /// How it fits the words of the search, if it was one.
    pub(crate) fn relevance(&self) -> Option<Relevance> {
        let hit = match self {
            Self::Tool(_, _, hit) => hit.as_ref()?,
            Self::Place(_, _, hit) => hit,
        };
        let matches = hit.matches.iter().map(|found| {
            let fields = found.fields.iter().map(|field| field.as_str().to_owned());
            RelevantWord::new(&found.word, &found.term, fields.collect())
        });
        Some(Relevance::new(hit.score.into(), matches.collect()))
    }
}

impl ToolFilter {
    /// Whether every tool passes.
    pub(super) fn takes_all(&self) -> bool {
        !self.important
            && !self.without_deprecated
            && self.tags.is_empty()
            && self.scopes.is_empty()
    }
}

impl Catalogue {
    /// The tools that pass: by search the best first, else by toolkit, those that only read first, then the shorter
    /// path.
    pub(crate) async fn tools(&self, filter: &ToolFilter) -> Result<Vec<Listed>> {
        if !filter.tools.is_empty() {
            return Ok(listed(self.named_tools(filter).await?));
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
            return self.search(&snapshot, text, filter).await;
        }
        let mut found = Vec::new();
        for app in snapshot
            .apps()
            .filter(|app| is_one_of(&filter.toolkits, app.slug()))
        {
            let version = filter.versions.of(app.slug());
            let contents = self.contents_of(app, version).await?;
            let tools = contents.tools().values().enumerate();
            let mut tools: Vec<_> = tools.filter(|(_, plan)| passes(filter, plan)).collect();
            tools.sort_by_key(|(_, plan)| (!is_read(plan), plan.path.len(), &plan.path));
            let tools = tools.into_iter();
            found.extend(tools.filter_map(|(place, _)| {
                Some((Arc::clone(app), FoundTool::at(&contents, place)?))
            }));
        }
        match &filter.search {
            Some(text) => ranked(&found, text),
            None => Ok(listed(found)),
        }
    }

    /// A tool of a list, read.
    pub(crate) async fn listed(&self, tool: Listed) -> Result<(Arc<App>, FoundTool)> {
        match tool {
            Listed::Tool(app, tool, _) => Ok((app, tool)),
            Listed::Place(app, place, _) => {
                let contents = self.contents_of(&app, None).await?;
                let tool = FoundTool::at(&contents, place).ok_or_else(lost_place)?;
                Ok((app, tool))
            }
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
        let mut found = Vec::new();
        for slug in &filter.tools {
            match self.tool_in(slug, &filter.versions).await {
                Ok(tool) => found.push(tool),
                // A tool that does not exist is left out; the caller sees which came.
                Err(error) if is_no_tool(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

fn listed(found: Vec<(Arc<App>, FoundTool)>) -> Vec<Listed> {
    let found = found.into_iter();
    found
        .map(|(app, tool)| Listed::Tool(app, tool, None))
        .collect()
}

/// The id of the category `name`.
pub(crate) fn category_id(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn is_read(plan: &ToolPlan) -> bool {
    plan.tags.iter().any(|tag| tag == "readOnlyHint")
}

impl App {
    /// The toolkit as the API shows it; `in_full` with what each scheme asks for.
    pub(crate) fn model(&self, release: &Release, in_full: bool) -> models::Toolkit {
        let mut model = release.toolkit.toolkit_model();
        model.deprecated = Some(models::FormerToolkit::new(self.slug()));
        model.meta.created_at = rfc3339(self.created_at);
        model.meta.updated_at = rfc3339(self.updated_at);
        model.meta.version.clone_from(&release.toolkit.version);
        model.meta.tools_count = u64::try_from(release.tools).unwrap_or(u64::MAX);
        model.meta.available_versions = in_full.then(|| self.versions.clone());
        model.auth_config_details = in_full.then(|| release.schemes.clone());
        model
    }
}

pub(super) fn passes(filter: &ToolFilter, plan: &ToolPlan) -> bool {
    let has = |tag: &str| plan.tags.iter().any(|own| own == tag);
    (!filter.important || has("important"))
        && (filter.tags.is_empty() || filter.tags.iter().any(|tag| has(tag)))
        && (filter.scopes.is_empty()
            || plan
                .scope_sets()
                .flatten()
                .any(|scope| filter.scopes.contains(scope)))
        && !(filter.without_deprecated && plan.deprecated)
}

fn is_one_of(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|other| other.eq_ignore_ascii_case(name))
}
