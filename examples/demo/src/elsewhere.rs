use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::RawQuery,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use composio_core::{Result, Secret};
use composio_engine::{EgressPolicy, Engine, EngineBuilder, ServeOptions};
use serde_json::{Value, json};

use crate::{Notes, Site, app::listen};

/// An engine in memory that knows `notes`, served on this machine so that browsers find their way back to it. Gives its
/// address too.
///
/// # Errors
///
/// Whatever kept it from starting.
pub async fn served(notes: &Notes) -> Result<(Engine, String)> {
    serve(notes, Engine::builder()).await
}

/// The same with an application that confirms who came back from a consent, so that a link made for one user never binds
/// the account of another.
///
/// # Errors
///
/// Whatever kept it from starting.
pub async fn served_for(notes: &Notes, site: &Site) -> Result<Engine> {
    let builder = Engine::builder().callback_verifier_url(site.verifier());
    let (engine, _) = serve(notes, builder).await?;
    site.uses(&engine);
    Ok(engine)
}

async fn serve(notes: &Notes, builder: EngineBuilder) -> Result<(Engine, String)> {
    let egress = EgressPolicy::default().allow_loopback();
    let engine = builder.in_memory().egress(egress).build().await?;
    engine.add_app(notes.integration(), notes.openapi()).await?;
    let (listener, url) = listen().await?;
    engine.served_at(&url)?;
    let server = engine.clone();
    tokio::spawn(async move {
        let options = ServeOptions::new();
        server
            .serve(listener, options, std::future::pending())
            .await;
    });
    Ok((engine, url))
}

/// The developer's own site: `/redirect` forwards to the engine at `to` with its query, everything else is a page. Gives
/// its address.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`](composio_core::ErrorKind::Unavailable) if there is no free port.
pub async fn your_app(to: String) -> Result<String> {
    let (listener, url) = listen().await?;
    let forward = move |RawQuery(query): RawQuery| async move {
        let query = query.unwrap_or_default();
        Redirect::to(&format!("{to}/api/v1/auth-apps/add?{query}"))
    };
    let router = Router::new()
        .route("/redirect", get(forward))
        .fallback(|| async { "Welcome back." });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// A stand-in of Descope's API, which has a token of `notes` for the users in `tokens`. Gives its address; the project is
/// `P2demo` and the management key `K2demo`.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`](composio_core::ErrorKind::Unavailable) if there is no free port.
pub async fn descope(tokens: HashMap<String, Secret>) -> Result<String> {
    let (listener, url) = listen().await?;
    let answer = move |headers: HeaderMap, Json(asked): Json<Value>| async move {
        if headers
            .get(header::AUTHORIZATION)
            .is_none_or(|own| own != "Bearer P2demo:K2demo")
        {
            return refusal(StatusCode::UNAUTHORIZED);
        }
        let user = asked["userId"].as_str().unwrap_or_default();
        match tokens.get(user).filter(|_| asked["appId"] == "notes") {
            Some(token) => {
                let token =
                    json!({"appId": "notes", "userId": user, "accessToken": token.expose()});
                Json(json!({"token": token})).into_response()
            }
            None => refusal(StatusCode::NOT_FOUND),
        }
    };
    let router = Router::new().route("/v1/mgmt/outbound/app/user/token", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

fn refusal(status: StatusCode) -> Response {
    let error = json!({"errorCode": "E1", "errorDescription": "there is no such token"});
    (status, Json(error)).into_response()
}
