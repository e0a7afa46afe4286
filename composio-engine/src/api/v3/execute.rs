use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::{ExecuteRequestBody, ProxyRequest, ProxyResponse, ToolResult};

use crate::{
    api::{
        body::{JsonBody, Whole},
        deprecation::Noted,
        error::{Answer, Fault},
        params::{From, Segments},
    },
    executions::no_model,
    platform::Platform,
};

pub(super) async fn tool(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    From(caller): From,
    JsonBody(body): JsonBody<ExecuteRequestBody>,
) -> Answer<Noted<Whole<ToolResult>>> {
    let catalogue = &platform.catalogue;
    let (app, found) = catalogue.tool(&slug, body.version.as_deref()).await?;
    let result = platform.executions.execute(&caller, &found, body).await?;
    Ok(Noted::one(
        Whole(result),
        &app,
        &found.release.toolkit.version,
    ))
}

pub(super) async fn proxy(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<ProxyRequest>,
) -> Answer<Json<ProxyResponse>> {
    Ok(Json(platform.executions.proxy(&caller, request).await?))
}

pub(super) async fn input(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
) -> Fault {
    match platform.catalogue.tool(&slug, None).await {
        Ok(_) => Fault::from(no_model()),
        Err(error) => Fault::from(error),
    }
}
