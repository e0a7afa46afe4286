use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use composio_core::models::{
    Acknowledgement, CompleteAuth, CompletedAuth, ConnectedAccount, CreateConnectLink,
    CreateConnectedAccount, Page, RefreshedConnectedAccount, RevokedConnectedAccount,
    UpdateConnectedAccount, UpdatedConnectedAccount,
};
use serde::Deserialize;

use super::auth_configs::done;
use crate::{
    api::{
        body::{JsonBody, created},
        error::Answer,
        page::Asked,
        params::{From, Params, Segments, invalid},
    },
    platform::Platform,
    store::{ConnectionFilter, Order},
};

/// The body of a status change.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct StatusChange {
    enabled: bool,
}

/// The body of a refresh.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refresh {
    /// Where the user's browser goes at the end of a new consent.
    #[serde(default)]
    redirect_url: Option<String>,
    #[serde(default)]
    validate_credentials: Option<bool>,
}

pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Json<Page<ConnectedAccount>>> {
    let lower = |names: Vec<String>| names.iter().map(|name| name.to_lowercase()).collect();
    let upper = |names: Vec<String>| names.iter().map(|name| name.to_uppercase()).collect();
    let filter = ConnectionFilter {
        project: String::new(),
        users: params.list("user_ids"),
        toolkits: lower(params.list("toolkit_slugs")),
        statuses: upper(params.list("statuses")),
        auth_configs: params.list("auth_config_ids"),
        ids: params.list("connected_account_ids"),
        order: order(&params)?,
    };
    let asked = Asked::read(&params)?;
    match params.one("account_type").as_deref() {
        None | Some("PRIVATE" | "ALL") => {}
        // No account of this engine is shared between users.
        Some("SHARED") => return Ok(Json(asked.page(Vec::new(), 0))),
        Some(_) => return Err(invalid("account_type must be PRIVATE, SHARED or ALL")),
    }
    let listed = platform
        .accounts
        .list_connections(&caller, filter, asked.window());
    let (accounts, total) = listed.await?;
    Ok(Json(asked.page(accounts, total)))
}

pub(super) async fn create(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<CreateConnectedAccount>,
) -> Answer<impl IntoResponse> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.create_connection(&caller, request).await
    };
    Ok(created(platform.finish(write).await?))
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<Json<ConnectedAccount>> {
    Ok(Json(platform.accounts.connection(&caller, &id).await?))
}

pub(super) async fn set_status(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
    JsonBody(change): JsonBody<StatusChange>,
) -> Answer<Json<Acknowledgement>> {
    let enabled = change.enabled;
    let write = move |platform: Arc<Platform>| async move {
        platform
            .accounts
            .enable_connection(&caller, &id, enabled)
            .await
    };
    platform.finish(write).await?;
    Ok(done(if enabled {
        "the account was enabled"
    } else {
        "the account was disabled"
    }))
}

pub(super) async fn update(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
    JsonBody(change): JsonBody<UpdateConnectedAccount>,
) -> Answer<Json<UpdatedConnectedAccount>> {
    let write = |platform: Arc<Platform>| async move {
        platform
            .accounts
            .update_connection(&caller, &id, change)
            .await
    };
    Ok(Json(platform.finish(write).await?))
}

pub(super) async fn refresh(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
    params: Params,
    JsonBody(refresh): JsonBody<Refresh>,
) -> Answer<Json<RefreshedConnectedAccount>> {
    let asked = params.flag("validate_credentials")?;
    let validates = refresh.validate_credentials.or(asked) == Some(true);
    let return_to = refresh.redirect_url.or_else(|| params.one("redirect_url"));
    let write = move |platform: Arc<Platform>| async move {
        let accounts = &platform.accounts;
        accounts
            .refresh_connection(&caller, &id, return_to.as_deref(), validates)
            .await
    };
    Ok(Json(platform.finish(write).await?))
}

pub(super) async fn revoke(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<Json<RevokedConnectedAccount>> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.revoke_connection(&caller, &id).await
    };
    Ok(Json(platform.finish(write).await?))
}

pub(super) async fn link(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<CreateConnectLink>,
) -> Answer<impl IntoResponse> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.make_link(&caller, request).await
    };
    Ok(created(platform.finish(write).await?))
}

pub(super) async fn complete_auth(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(request): JsonBody<CompleteAuth>,
) -> Answer<Json<CompletedAuth>> {
    let write = |platform: Arc<Platform>| async move {
        platform.accounts.complete_auth(&caller, request).await
    };
    Ok(Json(platform.finish(write).await?))
}

pub(super) async fn delete(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
    params: Params,
) -> Answer<Json<Acknowledgement>> {
    let revokes = params.flag("revoke_on_delete")? == Some(true);
    let write = move |platform: Arc<Platform>| async move {
        let accounts = &platform.accounts;
        if revokes {
            return accounts.revoke_and_delete(&caller, &id).await;
        }
        accounts.delete_connection(&caller, &id).await
    };
    platform.finish(write).await?;
    Ok(done("the account was deleted"))
}

fn order(params: &Params) -> Answer<Order> {
    let by_update = match params.one("order_by").as_deref() {
        None | Some("created_at") => false,
        Some("updated_at") => true,
        Some(_) => return Err(invalid("order_by must be created_at or updated_at")),
    };
    let ascending = match params.one("order_direction").as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(invalid("order_direction must be asc or desc")),
    };
    Ok(Order {
        by_update,
        ascending,
    })
}
