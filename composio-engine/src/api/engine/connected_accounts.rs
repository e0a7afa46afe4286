use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use http::header;

use crate::{
    api::{
        error::Answer,
        params::{From, Segments},
    },
    platform::Platform,
};

/// An account with its credentials, which no cache may keep.
pub(super) async fn export(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<impl IntoResponse> {
    let exported = platform.accounts.export_account(&caller, &id).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(exported)))
}
