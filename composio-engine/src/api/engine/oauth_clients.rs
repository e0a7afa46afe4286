use std::sync::Arc;

use axum::{Json, extract::State};
use composio_core::models::AuthScheme;
use serde_json::{Value, json};

use crate::{
    api::{
        body::JsonBody,
        error::Answer,
        params::{FromOperator, Params, Segments},
    },
    operator::{NewOauthClient, OauthClient},
    platform::Platform,
};

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
    _operator: FromOperator,
) -> Answer<Json<OauthClient>> {
    let scheme = scheme(&params);
    let client = platform.accounts.client(&slug, scheme.as_ref());
    Ok(Json(client.await?))
}

pub(super) async fn put(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    _operator: FromOperator,
    JsonBody(new): JsonBody<NewOauthClient>,
) -> Answer<Json<OauthClient>> {
    let write =
        |platform: Arc<Platform>| async move { platform.accounts.keep_client(&slug, new).await };
    Ok(Json(platform.finish(write).await?))
}

pub(super) async fn remove(
    State(platform): State<Arc<Platform>>,
    Segments(slug): Segments<String>,
    params: Params,
    _operator: FromOperator,
) -> Answer<Json<Value>> {
    let scheme = scheme(&params);
    let write = |platform: Arc<Platform>| async move {
        let accounts = &platform.accounts;
        accounts.remove_client(&slug, scheme.as_ref()).await
    };
    platform.finish(write).await?;
    Ok(Json(json!({"success": true})))
}

fn scheme(params: &Params) -> Option<AuthScheme> {
    let scheme = params.one("scheme")?;
    Some(AuthScheme::from(scheme.to_ascii_uppercase().as_str()))
}
