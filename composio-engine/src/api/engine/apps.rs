use std::sync::Arc;

use axum::{Extension, Json, extract::State, response::IntoResponse};
use composio_catalog::VersionDiff;
use serde_json::{Value, json};

use crate::{
    api::{
        body::{JsonBody, created},
        error::Answer,
        params::{From, Params, Segments},
    },
    operator::{App, AppList, LintedApp, NewApp, NewDeprecation, Watch},
    platform::Platform,
};

/// The largest request that brings an app, in bytes: descriptions are long.
const LARGEST: usize = 64 * 1024 * 1024;

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
) -> Answer<Json<AppList>> {
    caller.check_operator()?;
    Ok(Json(AppList::new(platform.apps())))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    From(caller): From,
) -> Answer<Json<App>> {
    caller.check_operator()?;
    Ok(Json(platform.app(&slug).await?))
}

pub(super) async fn add(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    watch: Option<Extension<Watch>>,
    JsonBody(new): JsonBody<NewApp, LARGEST>,
) -> Answer<impl IntoResponse> {
    caller.check_operator()?;
    let watch = watch.unwrap_or_default().0;
    let added = platform
        .finish(|platform| async move { platform.add_app(new, watch).await })
        .await?;
    Ok(created(added))
}

pub(super) async fn lint(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    watch: Option<Extension<Watch>>,
    JsonBody(new): JsonBody<NewApp, LARGEST>,
) -> Answer<Json<LintedApp>> {
    caller.check_operator()?;
    let watch = watch.unwrap_or_default().0;
    Ok(Json(platform.lint_app(new, watch).await?))
}

pub(super) async fn diff(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    From(caller): From,
    params: Params,
) -> Answer<Json<VersionDiff>> {
    caller.check_operator()?;
    let (from, to) = (params.one("from"), params.one("to"));
    let diff = platform.diff_app(&slug, from.as_deref(), to.as_deref());
    Ok(Json(diff.await?))
}

pub(super) async fn remove(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    From(caller): From,
) -> Answer<Json<Value>> {
    caller.check_operator()?;
    platform
        .finish(|platform| async move { platform.remove_app(&slug).await })
        .await?;
    Ok(Json(json!({"success": true})))
}

pub(super) async fn deprecate(
    State(platform): State<Arc<Platform>>,
    Segments((slug, version)): Segments<(String, String)>,
    From(caller): From,
    JsonBody(new): JsonBody<NewDeprecation>,
) -> Answer<Json<App>> {
    caller.check_operator()?;
    let app = platform
        .finish(|platform| async move { platform.deprecate(&slug, &version, new).await })
        .await?;
    Ok(Json(app))
}

pub(super) async fn undeprecate(
    State(platform): State<Arc<Platform>>,
    Segments((slug, version)): Segments<(String, String)>,
    From(caller): From,
) -> Answer<Json<App>> {
    caller.check_operator()?;
    let app = platform
        .finish(|platform| async move { platform.undeprecate(&slug, &version).await })
        .await?;
    Ok(Json(app))
}
