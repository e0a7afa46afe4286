use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use composio_core::models::{
    Category, Changelog, ChangelogEntry, ChangelogVersion, ListToolkitsRequest, Page, Toolkit,
};

use crate::{
    api::{
        body::JsonBody,
        deprecation::Noted,
        error::Answer,
        page::Asked,
        params::{From, Params, Segments, invalid},
    },
    caller::Caller,
    catalogue::{App, ToolkitFilter, category_id},
    platform::Platform,
};

/// What a list of toolkits is asked for, in a query or a body.
#[derive(Debug)]
struct Wanted {
    filter: ToolkitFilter,
    managed_by: Option<String>,
    kind: Option<String>,
    sort_by: Option<String>,
    asked: Asked,
}

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Json<Page<Toolkit>>> {
    // Versions are deprecated here, not toolkits: there is nothing to leave out.
    params.flag("include_deprecated")?;
    let wanted = Wanted {
        filter: ToolkitFilter {
            toolkits: Vec::new(),
            category: params.one("category"),
            search: params.one("search"),
        },
        managed_by: params.one("managed_by"),
        kind: params.one("type"),
        sort_by: params.one("sort_by"),
        asked: Asked::read(&params)?,
    };
    page(&platform, &caller, wanted).await
}

pub(super) async fn multi(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<ListToolkitsRequest>,
) -> Answer<Json<Page<Toolkit>>> {
    let wanted = Wanted {
        filter: ToolkitFilter {
            toolkits: request.toolkits.unwrap_or_default(),
            category: request.category,
            search: None,
        },
        managed_by: request.managed_by,
        kind: None,
        sort_by: request.sort_by,
        asked: Asked::new(request.limit, request.cursor)?,
    };
    page(&platform, &caller, wanted).await
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
) -> Answer<Noted<Json<Toolkit>>> {
    let app = platform.catalogue.app(&slug)?;
    let version = params.one("version");
    let release = platform.catalogue.release(&app, version.as_deref()).await?;
    let model = Json(app.model(&release, true));
    Ok(Noted::one(model, &app, &release.toolkit.version))
}

pub(super) async fn categories(
    State(platform): State<Arc<Platform>>,
    params: Params,
) -> Answer<Json<Page<Category>>> {
    let apps = platform.catalogue.toolkits(&ToolkitFilter::default());
    let names: BTreeMap<String, String> = apps
        .iter()
        .flat_map(|app| &app.newest.toolkit.integration.categories)
        .map(|name| (category_id(name), name.clone()))
        .collect();
    let categories = names
        .iter()
        .map(|(id, name)| Category::new(id, name))
        .collect();
    Ok(Json(Asked::read(&params)?.page_of(categories)))
}

/// The versions of every toolkit, newest first. What the vendor changed between two of them is not known.
pub(super) async fn changelog(State(platform): State<Arc<Platform>>) -> Json<Changelog> {
    let snapshot = platform.catalogue.snapshot();
    let entry = |app: &Arc<App>| {
        let version = |version: &String| {
            let day = version.split('_').next().unwrap_or_default();
            ChangelogVersion::new(
                version,
                format!("Added from the vendor's document on {day}."),
            )
        };
        let versions = app.versions.iter().rev().map(version).collect();
        ChangelogEntry::new(app.slug(), &app.newest.toolkit.integration.name, versions)
    };
    Json(Changelog::new(snapshot.apps().map(entry).collect()))
}

async fn page(platform: &Platform, caller: &Caller, wanted: Wanted) -> Answer<Json<Page<Toolkit>>> {
    let is_listed = match (wanted.managed_by.as_deref(), wanted.kind.as_deref()) {
        // Apps belong to the engine; no project has its own.
        (Some("project"), None | Some("native" | "custom" | "all")) => false,
        (None | Some("composio" | "all"), kind) => match kind {
            None | Some("native" | "all") => true,
            Some("custom") => false,
            Some(_) => return Err(invalid("type must be native, custom or all")),
        },
        _ => return Err(invalid("managed_by must be composio, project or all")),
    };
    let mut apps = match is_listed {
        true => platform.catalogue.toolkits(&wanted.filter),
        false => Vec::new(),
    };
    match wanted.sort_by.as_deref() {
        None | Some("alphabetically") => {}
        Some("usage") => {
            let calls = platform.journal.calls_by_toolkit(caller).await?;
            apps.sort_by_key(|app| Reverse(calls.get(app.slug()).copied().unwrap_or_default()));
        }
        Some(_) => return Err(invalid("sort_by must be usage or alphabetically")),
    }
    let mut page = wanted.asked.page_of(apps);
    let apps = std::mem::take(&mut page.items);
    let models = apps
        .iter()
        .map(|app| app.model(&app.newest, false))
        .collect();
    Ok(Json(with_items(page, models)))
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
