use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use serde_json::{Value, json};

use crate::{
    api::{
        body::{JsonBody, created},
        error::Answer,
        params::{FromOperator, Segments},
    },
    keys::NewKey,
    operator::KeyList,
    platform::Platform,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
) -> Answer<Json<KeyList>> {
    Ok(Json(KeyList::new(platform.keys.list().await?)))
}

pub(super) async fn create(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
    JsonBody(new): JsonBody<NewKey>,
) -> Answer<impl IntoResponse> {
    let key = platform
        .finish(|platform| async move { platform.keys.create(new).await })
        .await?;
    // The one place where a key is written out.
    Ok(created(json!({"id": key.id, "key": key.key.expose()})))
}

pub(super) async fn revoke(
    State(platform): State<Arc<Platform>>,
    Segments(id): Segments<String>,
    _operator: FromOperator,
) -> Answer<Json<Value>> {
    platform
        .finish(|platform| async move { platform.keys.revoke(&id).await })
        .await?;
    Ok(Json(json!({"success": true})))
}
