use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use serde_json::{Value, json};

use crate::{
    api::{
        body::{JsonBody, created},
        error::Answer,
        params::{From, Segments},
    },
    keys::NewKey,
    operator::KeyList,
    platform::Platform,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
) -> Answer<Json<KeyList>> {
    caller.check_operator()?;
    Ok(Json(KeyList::new(platform.keys.list().await?)))
}

pub(super) async fn create(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(new): JsonBody<NewKey>,
) -> Answer<impl IntoResponse> {
    caller.check_operator()?;
    let key = platform
        .finish(|platform| async move { platform.keys.create(new).await })
        .await?;
    // The one place where a key is written out.
    Ok(created(json!({"id": key.id, "key": key.key.expose()})))
}

pub(super) async fn revoke(
    State(platform): State<Arc<Platform>>,
    Segments(id): Segments<String>,
    From(caller): From,
) -> Answer<Json<Value>> {
    caller.check_operator()?;
    platform
        .finish(|platform| async move { platform.keys.revoke(&id).await })
        .await?;
    Ok(Json(json!({"success": true})))
}
