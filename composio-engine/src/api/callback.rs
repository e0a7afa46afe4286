//! Where providers send users back to. It needs no key: the state says whose authorization it is.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use composio_core::{Error, Secret};
use http::{HeaderName, HeaderValue, StatusCode, header};
use url::Url;

use super::params::Params;
use crate::{
    accounts::{CALLBACK, Callback, Finished},
    platform::Platform,
};

/// The address of today's clients; that of the product documents is [`CALLBACK`].
const PATHS: [&str; 3] = [
    CALLBACK,
    "/api/v3/toolkits/auth/callback",
    "/api/v3.1/toolkits/auth/callback",
];
/// The page says nothing of what came in the address, loads nothing and tells nobody where it came from.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
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

async fn arrive(State(platform): State<Arc<Platform>>, params: Params) -> Response {
    let callback = Callback {
        state: params.only("state").map(Secret::from),
        code: params.only("code").map(Secret::from),
        error: params.only("error"),
        error_description: params.only("error_description"),
        issuer: params.only("iss"),
    };
    // The tokens are kept even if the browser goes away meanwhile.
    let finish =
        |platform: Arc<Platform>| async move { platform.accounts.finish_flow(callback).await };
    match platform.finish(finish).await {
        Ok(finished) => landed(&finished),
        Err(error) => refused(&error),
    }
}

fn landed(finished: &Finished) -> Response {
    if let Some(address) = &finished.return_to {
        return with_headers(Redirect::to(with_outcome(address, finished).as_str()));
    }
    let toolkit = &finished.connection.toolkit;
    if finished.fault.is_some() {
        return page(
            StatusCode::OK,
            "Not connected",
            &format!("Your {toolkit} account was not connected. Close this window and try again."),
        );
    }
    page(
        StatusCode::OK,
        "Connected",
        &format!("Your {toolkit} account is connected. You can close this window."),
    )
}

/// The program's own address with what came of it behind its query.
fn with_outcome(address: &Url, finished: &Finished) -> Url {
    let mut address = address.clone();
    let status = if finished.fault.is_some() {
        "failed"
    } else {
        "success"
    };
    address
        .query_pairs_mut()
        .append_pair("status", status)
        .append_pair("connected_account_id", &finished.connection.id)
        .append_pair("connectedAccountId", &finished.connection.id)
        .append_pair("appName", &finished.connection.toolkit);
    address
}

fn refused(error: &Error) -> Response {
    let status = error.status().unwrap_or_else(|| error.kind().http_status());
    if status.is_server_error() {
        tracing::error!(%error, "an authorization could not be finished");
        return page(
            status,
            "Something went wrong",
            "Your account was not connected. Try again in a few minutes.",
        );
    }
    page(
        status,
        "This link does not work",
        "It was used already, took too long, or is not complete. Go back to where you came from and begin again.",
    )
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<style>body{{font:1.1rem/1.5 system-ui,sans-serif;\
         max-width:32rem;margin:20vh auto;padding:0 1rem}}</style>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    );
    let html = (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        html,
    );
    with_headers(html)
}

fn with_headers(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
