use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::{DryRun, ExecuteRequestBody};

use crate::{
    api::{
        body::JsonBody,
        error::Answer,
        params::{From, Segments},
    },
    platform::Platform,
};

/// Shows what an execution would send. Whoever may execute the tool may ask.
pub(super) async fn dry_run(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    From(caller): From,
    JsonBody(body): JsonBody<ExecuteRequestBody>,
) -> Answer<Json<DryRun>> {
    let executions = &platform.executions;
    Ok(Json(executions.dry_run(&caller, &slug, body).await?))
}
