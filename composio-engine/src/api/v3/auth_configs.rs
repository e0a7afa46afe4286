use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use composio_core::models::{
    Acknowledgement, AuthConfig, CreateAuthConfigRequest, Page, UpdateAuthConfig,
};

use crate::{
    accounts::ConfigQuery,
    api::{
        body::{JsonBody, created},
        error::Answer,
        page::Asked,
        params::{From, Params, Segments, invalid},
    },
    platform::Platform,
};

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Json<Page<AuthConfig>>> {
    let query = ConfigQuery {
        toolkits: params.list("toolkit_slug"),
        managed: params.flag("is_composio_managed")?,
        show_disabled: params.flag("show_disabled")?.unwrap_or(false),
        search: params.one("search"),
    };
    let asked = Asked::read(&params)?;
    let listed = platform
        .accounts
        .list_auth_configs(&caller, query, asked.window());
    let (configs, total) = listed.await?;
    Ok(Json(asked.page(configs, total)))
}

pub(super) async fn create(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<CreateAuthConfigRequest>,
) -> Answer<impl IntoResponse> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.create_auth_config(&caller, request).await
    };
    Ok(created(platform.finish(write).await?))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<Json<AuthConfig>> {
    Ok(Json(platform.accounts.auth_config(&caller, &id).await?))
}

pub(super) async fn update(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
    JsonBody(change): JsonBody<UpdateAuthConfig>,
) -> Answer<Json<Acknowledgement>> {
    let write = |platform: Arc<Platform>| async move {
        platform
            .accounts
            .update_auth_config(&caller, &id, change)
            .await
    };
    platform.finish(write).await?;
    Ok(done("the auth config was changed"))
}

pub(super) async fn set_status(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments((id, status)): Segments<(String, String)>,
) -> Answer<Json<Acknowledgement>> {
    let enabled = match status.to_ascii_uppercase().as_str() {
        "ENABLED" => true,
        "DISABLED" => false,
        _ => return Err(invalid("the status must be ENABLED or DISABLED")),
    };
    let write = move |platform: Arc<Platform>| async move {
        platform
            .accounts
            .enable_auth_config(&caller, &id, enabled)
            .await
    };
    platform.finish(write).await?;
    Ok(done("the auth config was changed"))
}

pub(super) async fn delete(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<Json<Acknowledgement>> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.delete_auth_config(&caller, &id).await
    };
    platform.finish(write).await?;
    Ok(done("the auth config was deleted"))
}

/// `{"success": true, "message": …}`: v3 says `{}` and v3.1 this, which serves readers of both.
pub(super) fn done(message: &str) -> Json<Acknowledgement> {
    let mut done = Acknowledgement::default();
    done.success = true;
    done.message = Some(message.to_owned());
    Json(done)
}
