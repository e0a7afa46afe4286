use std::sync::Arc;

use axum::{Extension, Json, extract::State, response::IntoResponse};
use composio_catalog::VersionDiff;
use serde_json::{Value, json};

use crate::{
    api::{
        body::{JsonBody, created},
        error::Answer,
        params::{FromOperator, Params, Segments},
    },
    operator::{App, AppList, LintedApp, NewApp, NewDeprecation, Watch},
    platform::Platform,
};

/// The largest request that brings an app, in bytes: descriptions are long.
const LARGEST: usize = 64 * 1024 * 1024;

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
) -> Answer<Json<AppList>> {
    Ok(Json(AppList::new(platform.apps())))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    _operator: FromOperator,
) -> Answer<Json<App>> {
    Ok(Json(platform.app(&slug).await?))
}

pub(super) async fn add(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
    watch: Option<Extension<Watch>>,
    JsonBody(new): JsonBody<NewApp, LARGEST>,
) -> Answer<impl IntoResponse> {
    let watch = watch.unwrap_or_default().0;
    let added = platform
        .finish(|platform| async move { platform.add_app(new, watch).await })
        .await?;
    Ok(created(added))
}

pub(super) async fn lint(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
    watch: Option<Extension<Watch>>,
    JsonBody(new): JsonBody<NewApp, LARGEST>,
) -> Answer<Json<LintedApp>> {
    let watch = watch.unwrap_or_default().0;
    Ok(Json(platform.lint_app(new, watch).await?))
}

pub(super) async fn diff(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    _operator: FromOperator,
    params: Params,
) -> Answer<Json<VersionDiff>> {
    let (from, to) = (params.one("from"), params.one("to"));
    let diff = platform.diff_app(&slug, from.as_deref(), to.as_deref());
    Ok(Json(diff.await?))
}

pub(super) async fn remove(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    _operator: FromOperator,
) -> Answer<Json<Value>> {
    platform
        .finish(|platform| async move { platform.remove_app(&slug).await })
        .await?;
    Ok(Json(json!({"success": true})))
}

pub(super) async fn deprecate(
    State(platform): State<Arc<Platform>>,
    Segments((slug, version)): Segments<(String, String)>,
    _operator: FromOperator,
    JsonBody(new): JsonBody<NewDeprecation>,
) -> Answer<Json<App>> {
    let app = platform
        .finish(|platform| async move { platform.deprecate(&slug, &version, new).await })
        .await?;
    Ok(Json(app))
}

pub(super) async fn undeprecate(
    State(platform): State<Arc<Platform>>,
    Segments((slug, version)): Segments<(String, String)>,
    _operator: FromOperator,
) -> Answer<Json<App>> {
    let app = platform
        .finish(|platform| async move { platform.undeprecate(&slug, &version).await })
        .await?;
    Ok(Json(app))
}
