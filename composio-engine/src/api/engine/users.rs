use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    api::{
        error::Answer,
        params::{FromOperator, Params, Segments},
    },
    operator::DeletedUser,
    platform::Platform,
};

/// Removes a user of the caller's project, or of the one that `project` names.
pub(super) async fn remove(
    State(platform): State<Arc<Platform>>,
    Segments(user): Segments<String>,
    FromOperator(caller): FromOperator,
    params: Params,
) -> Answer<Json<DeletedUser>> {
    caller.check_user(&user)?;
    let project = params
        .one("project")
        .unwrap_or_else(|| caller.project_id().to_owned());
    let delete =
        |platform: Arc<Platform>| async move { platform.delete_user(&project, &user).await };
    Ok(Json(platform.finish(delete).await?))
}
