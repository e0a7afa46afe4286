use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State};
use composio_core::models::{Page, ScopeRequirements, Tool};
use serde::{Deserialize, Serialize};

use super::toolkits::with_items;
use crate::{
    api::{
        body::{JsonBody, Whole},
        deprecation::Noted,
        error::Answer,
        page::Asked,
        params::{From, Params, Segments, invalid},
    },
    catalogue::{Deprecated, FoundTool, ToolFilter, Versions},
    platform::Platform,
};

/// The body of `POST /tools/scopes/required`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ScopesRequest {
    tools: Vec<String>,
    #[serde(default)]
    version: Option<String>,
}

/// The scopes that some tools of one toolkit need.
#[derive(Debug, Serialize)]
pub(super) struct RequiredScopes {
    scopes_required: BTreeSet<String>,
    per_tool_requirements: Vec<ToolScopes>,
}

#[derive(Debug, Serialize)]
struct ToolScopes {
    tool: String,
    scope_requirements: ScopeRequirements,
}

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Noted<Whole<Page<Tool>>>> {
    let mut filter = ToolFilter {
        tools: params.list("tool_slugs"),
        toolkits: params.list("toolkit_slug"),
        important: params.flag("important")?.unwrap_or(false),
        tags: params.list("tags"),
        scopes: params.list("scopes"),
        search: params.one("query").or_else(|| params.one("search")),
        without_deprecated: params.flag("include_deprecated")? == Some(false),
        versions: versions(&params),
    };
    let is_explained = params.flag("explain")?.unwrap_or(false);
    let asked = Asked::read(&params)?;
    let auth_configs = params.list("auth_config_ids");
    if !auth_configs.is_empty() && filter.tools.is_empty() {
        let toolkits = platform.accounts.toolkits_of(&caller, &auth_configs);
        let mut toolkits = toolkits.await?;
        if !filter.toolkits.is_empty() {
            let named = |own: &String| {
                filter
                    .toolkits
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(own))
            };
            toolkits.retain(named);
        }
        if toolkits.is_empty() {
            let nothing = Whole(asked.page_of(Vec::new()));
            return Ok(Noted::many(nothing, &Deprecated::default()));
        }
        filter.toolkits = toolkits.into_iter().collect();
    }
    let mut page = asked.page_of(platform.catalogue.tools(&filter).await?);
    let listed = std::mem::take(&mut page.items);
    let mut seen = Deprecated::default();
    let mut found = Vec::with_capacity(listed.len());
    let mut relevances = Vec::new();
    for one in listed {
        if is_explained {
            relevances.push(one.relevance());
        }
        let (app, tool) = platform.catalogue.listed(one).await?;
        seen.see(&app, &tool.release.toolkit.version);
        found.push((app, tool));
    }
    let mut models = FoundTool::models(&found)?;
    for (model, relevance) in models.iter_mut().zip(relevances) {
        model.relevance = relevance;
    }
    Ok(Noted::many(Whole(with_items(page, models)), &seen))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
) -> Answer<Noted<Json<Tool>>> {
    let versions = match params.one("version") {
        Some(version) => Versions::of_all(version),
        None => versions(&params),
    };
    let (app, tool) = platform.catalogue.tool_in(&slug, &versions).await?;
    let model = Json(tool.model(&app)?);
    Ok(Noted::one(model, &app, &tool.release.toolkit.version))
}

pub(super) async fn slugs(State(platform): State<Arc<Platform>>) -> Answer<Json<Vec<String>>> {
    Ok(Json(platform.catalogue.tool_names().await?))
}

pub(super) async fn required_scopes(
    State(platform): State<Arc<Platform>>,
    JsonBody(request): JsonBody<ScopesRequest>,
) -> Answer<Json<RequiredScopes>> {
    if request.tools.is_empty() {
        return Err(invalid("tools must name at least one tool"));
    }
    let mut toolkit = None;
    let mut all = BTreeSet::new();
    let mut per_tool = Vec::with_capacity(request.tools.len());
    for slug in &request.tools {
        let found = platform.catalogue.tool(slug, request.version.as_deref());
        let (app, tool) = found.await?;
        if *toolkit.get_or_insert_with(|| app.slug().to_owned()) != app.slug() {
            return Err(invalid("the tools must be of one toolkit"));
        }
        let plan = tool.plan()?;
        per_tool.push(ToolScopes {
            tool: plan.slug.clone(),
            scope_requirements: plan.scope_requirements(),
        });
        // Of alternatives the first is enough.
        all.extend(plan.scopes.iter().cloned());
    }
    Ok(Json(RequiredScopes {
        scopes_required: all,
        per_tool_requirements: per_tool,
    }))
}

// `toolkit_versions=…` for all, `toolkit_versions[github]=…` for one.
fn versions(params: &Params) -> Versions {
    Versions {
        default: params.one("toolkit_versions"),
        by_toolkit: params.map("toolkit_versions"),
    }
}
