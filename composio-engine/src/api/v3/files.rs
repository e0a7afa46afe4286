use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::{FileEntry, FileUpload, FileUploadRequest, Page};

use crate::{
    api::{
        body::JsonBody,
        error::Answer,
        page::Asked,
        params::{From, Params},
    },
    platform::Platform,
    store::FileFilter,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Json<Page<FileEntry>>> {
    let asked = Asked::read(&params)?;
    let filter = FileFilter {
        toolkit: params.one("toolkit_slug").map(|slug| slug.to_lowercase()),
        tool: params.one("tool_slug").map(|slug| slug.to_uppercase()),
        ..FileFilter::default()
    };
    let listed = platform.files.list(&caller, filter, asked.window());
    let (files, total) = listed.await?;
    Ok(Json(asked.page(files, total)))
}

pub(super) async fn request_upload(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<FileUploadRequest>,
) -> Answer<Json<FileUpload>> {
    let write = |platform: Arc<Platform>| async move {
        platform.files.request_upload(&caller, request).await
    };
    Ok(Json(platform.finish(write).await?))
}
