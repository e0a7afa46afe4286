use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;

use crate::{
    api::{
        body::JsonBody,
        error::Answer,
        params::{FromOperator, Params, invalid},
    },
    operator::{AuditList, AuditQuery, AuditReport},
    platform::Platform,
};

/// The uses of credentials of the caller's project.
pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    params: Params,
    FromOperator(caller): FromOperator,
) -> Answer<Json<AuditList>> {
    let number = |name: &str| {
        let number = params.one(name).map(|text| text.parse::<u32>());
        let number = number.transpose();
        number.map_err(|_| invalid(&format!("{name} must be a number")))
    };
    let mut query = AuditQuery::new();
    query.user_id = params.one("user_id");
    query.connected_account_id = params.one("connected_account_id");
    query.toolkit_slug = params.one("toolkit_slug");
    query.action = params.one("action");
    query.before = number("before")?.map(i64::from);
    query.limit = number("limit")?.and_then(|limit| usize::try_from(limit).ok());
    let project = caller.project_id().to_owned();
    let list = |platform: Arc<Platform>| async move { platform.audit.list(&project, &query).await };
    Ok(Json(AuditList::new(platform.finish(list).await?)))
}

/// An end of the log that somebody has noted.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Noted {
    head: Option<String>,
}

/// Whether the log is as it was written.
pub(super) async fn verify(
    State(platform): State<Arc<Platform>>,
    _operator: FromOperator,
    JsonBody(noted): JsonBody<Noted>,
) -> Answer<Json<AuditReport>> {
    let verify = |platform: Arc<Platform>| async move {
        let head = noted.head.as_deref();
        platform.audit.verify(head).await
    };
    Ok(Json(platform.finish(verify).await?))
}
