//! Where providers send users back to. It needs no key: the state says whose authorization it is.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use composio_core::{Error, Secret};
use http::{HeaderValue, StatusCode, header};
use url::Url;

use super::{
    pages::{failed, shown_as},
    params::Params,
};
use crate::{
    accounts::{CALLBACK, Callback, Finished, landing},
    pages,
    platform::Platform,
};

/// The address of today's clients; that of the product documents is [`CALLBACK`].
const PATHS: [&str; 3] = [
    CALLBACK,
    "/api/v3/toolkits/auth/callback",
    "/api/v3.1/toolkits/auth/callback",
];
pub(super) fn routes() -> Router<Arc<Platform>> {
    PATHS.iter().fold(Router::new(), |router, path| {
        router.route(path, get(arrive))
    })
}

/// Whether whoever comes to `path` needs no key.
pub(crate) fn is_callback(path: &str) -> bool {
    PATHS.contains(&path)
}

/// Whether `path` is one that a person's browser comes to while they connect.
pub(crate) fn is_for_browsers(path: &str) -> bool {
    is_callback(path) || path.starts_with("/link/")
}

async fn arrive(State(platform): State<Arc<Platform>>, params: Params) -> Response {
    let denied = params.only("denied");
    let callback = Callback {
        is_denied: denied.is_some(),
        token: params.only("oauth_token").or(denied).map(Secret::from),
        verifier: params.only("oauth_verifier").map(Secret::from),
        state: params.only("state").map(Secret::from),
        code: params.only("code").map(Secret::from),
        error: params.only("error"),
        error_description: params.only("error_description"),
        issuer: params.only("iss"),
    };
    if callback.is_nameless_refusal() {
        return problem(
            StatusCode::OK,
            "Nothing was connected",
            "You or the provider did not agree. Close this page and start again in the application.",
        );
    }
    // The tokens are kept even if the browser goes away meanwhile.
    let finish =
        |platform: Arc<Platform>| async move { platform.accounts.finish_flow(callback).await };
    match platform.finish(finish).await {
        Ok(finished) => landed(&platform, &finished),
        Err(error) => refused(&error),
    }
}

fn landed(platform: &Platform, finished: &Finished) -> Response {
    let connection = &finished.connection;
    let toolkit = &connection.toolkit;
    let is_connected = finished.fault.is_none();
    match &finished.return_to {
        Some(address) if finished.waits => return away(address),
        Some(address) => return away(&landing(address, is_connected, &connection.id, toolkit)),
        None => {}
    }
    let app = platform.catalogue.app(toolkit);
    let app = app.map_or_else(
        |_| toolkit.clone(),
        |app| app.newest.toolkit.integration.name.clone(),
    );
    if !is_connected {
        return problem(
            StatusCode::OK,
            &format!("{app} is not connected"),
            "Your account was not connected, since you or the provider did not agree. Close this page and start again in the application.",
        );
    }
    let page = pages::done(&app, None, false);
    shown_as(page.unwrap_or_else(|error| failed(&error)))
}

fn refused(error: &Error) -> Response {
    let status = error.status().unwrap_or_else(|| error.kind().http_status());
    if status.is_server_error() {
        return shown_as(failed(error));
    }
    problem(
        status,
        "This link does not work",
        "It was used already, took too long, or is not complete. Go back to where you came from and begin again.",
    )
}

fn problem(status: StatusCode, heading: &str, text: &str) -> Response {
    let page = pages::problem(status, heading, text, None);
    shown_as(page.unwrap_or_else(|error| failed(&error)))
}

fn away(address: &Url) -> Response {
    let mut response = Redirect::to(address.as_str()).into_response();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
