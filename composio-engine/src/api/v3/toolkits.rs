use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State};
use composio_core::models::{Category, Page, Toolkit};

use crate::{
    api::{
        error::Answer,
        page::Asked,
        params::{Params, Segments},
    },
    catalogue::ToolkitFilter,
    platform::Platform,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    params: Params,
) -> Answer<Json<Page<Toolkit>>> {
    let filter = ToolkitFilter {
        category: params.one("category"),
        search: params.one("search"),
    };
    let mut page = Asked::read(&params)?.page_of(platform.catalogue.toolkits(&filter));
    let apps = std::mem::take(&mut page.items);
    let models = apps
        .iter()
        .map(|app| app.model(&app.newest, false))
        .collect();
    Ok(Json(with_items(page, models)))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
) -> Answer<Json<Toolkit>> {
    let app = platform.catalogue.app(&slug)?;
    let version = params.one("version");
    let release = platform.catalogue.release(&app, version.as_deref()).await?;
    Ok(Json(app.model(&release, true)))
}

pub(super) async fn categories(
    State(platform): State<Arc<Platform>>,
    params: Params,
) -> Answer<Json<Page<Category>>> {
    let apps = platform.catalogue.toolkits(&ToolkitFilter::default());
    let names: BTreeSet<String> = apps
        .iter()
        .flat_map(|app| app.newest.toolkit.integration.categories.clone())
        .collect();
    let categories = names
        .iter()
        .map(|name| Category::new(&name.to_lowercase(), name))
        .collect();
    Ok(Json(Asked::read(&params)?.page_of(categories)))
}

/// The page with its entries replaced.
pub(super) fn with_items<T, U>(page: Page<T>, items: Vec<U>) -> Page<U> {
    let mut other = Page::default();
    other.items = items;
    other.next_cursor = page.next_cursor;
    other.total_pages = page.total_pages;
    other.current_page = page.current_page;
    other.total_items = page.total_items;
    other
}
