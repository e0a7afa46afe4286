use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::{ProjectConfig, UpdateProjectConfig};

use crate::{
    api::{body::JsonBody, error::Answer, params::From},
    platform::Platform,
};

pub(super) async fn config(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
) -> Answer<Json<ProjectConfig>> {
    Ok(Json(platform.projects.config(&caller).await?))
}

pub(super) async fn update(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(change): JsonBody<UpdateProjectConfig>,
) -> Answer<Json<ProjectConfig>> {
    let write =
        |platform: Arc<Platform>| async move { platform.projects.update(&caller, change).await };
    Ok(Json(platform.finish(write).await?))
}
