use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::{Page, Tool};

use super::toolkits::with_items;
use crate::{
    api::{
        error::Answer,
        page::Asked,
        params::{Params, Segments},
    },
    catalogue::{ToolFilter, Versions},
    platform::Platform,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    params: Params,
) -> Answer<Json<Page<Tool>>> {
    let filter = ToolFilter {
        tools: params.list("tool_slugs"),
        toolkits: params.list("toolkit_slug"),
        important: params.flag("important")?.unwrap_or(false),
        tags: params.list("tags"),
        scopes: params.list("scopes"),
        search: params.one("query").or_else(|| params.one("search")),
        without_deprecated: params.flag("include_deprecated")? == Some(false),
        versions: Versions {
            default: params.one("toolkit_versions"),
            by_toolkit: params.map("toolkit_versions"),
        },
    };
    let asked = Asked::read(&params)?;
    let mut page = asked.page_of(platform.catalogue.tools(&filter).await?);
    let found = std::mem::take(&mut page.items);
    let models = found
        .iter()
        .map(|(app, tool)| tool.model(app))
        .collect::<composio_core::Result<_>>()?;
    Ok(Json(with_items(page, models)))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
) -> Answer<Json<Tool>> {
    let version = params
        .one("version")
        .or_else(|| params.one("toolkit_versions"));
    let (app, tool) = platform.catalogue.tool(&slug, version.as_deref()).await?;
    Ok(Json(tool.model(&app)?))
}

pub(super) async fn slugs(State(platform): State<Arc<Platform>>) -> Answer<Json<Vec<String>>> {
    let snapshot = platform.catalogue.snapshot();
    let slugs = snapshot
        .apps()
        .flat_map(|app| app.newest.toolkit.tools.keys().cloned());
    Ok(Json(slugs.collect()))
}
