use std::sync::Arc;

use axum::{
    Router,
    routing::{get, patch, post},
};

use super::{
    auth_configs, connected_accounts, document, execute, files, logs, project, session, toolkits,
    tools,
};
use crate::platform::Platform;

/// Every route below `prefix`. They are not nested: that would match every request twice.
pub(crate) fn routes(prefix: &str) -> Router<Arc<Platform>> {
    let at = |path: &str| format!("{prefix}{path}");
    Router::new()
        .merge(of_tools(&at))
        .merge(of_accounts(&at))
        .route(&at("/files/list"), get(files::list))
        .route(&at("/files/upload/request"), post(files::request_upload))
        .route(
            &at("/logs/tool_execution"),
            get(logs::list).post(logs::search),
        )
        .route(&at("/logs/tool_execution/{id}"), get(logs::get))
        .route(&at("/auth/session/info"), get(session::info))
        .route(
            &at("/org/project/config"),
            get(project::config).patch(project::update),
        )
        .route(&at("/openapi.json"), get(document::get))
}

fn of_tools(at: &impl Fn(&str) -> String) -> Router<Arc<Platform>> {
    Router::new()
        .route(&at("/toolkits"), get(toolkits::list))
        .route(&at("/toolkits/categories"), get(toolkits::categories))
        .route(&at("/toolkits/changelog"), get(toolkits::changelog))
        .route(&at("/toolkits/multi"), post(toolkits::multi))
        .route(&at("/toolkits/{slug}"), get(toolkits::get))
        .route(&at("/tools"), get(tools::list))
        .route(&at("/tools/enum"), get(tools::slugs))
        .route(&at("/tools/scopes/required"), post(tools::required_scopes))
        .route(&at("/tools/{slug}"), get(tools::get))
        .route(&at("/tools/execute/proxy"), post(execute::proxy))
        .route(&at("/tools/execute/{slug}"), post(execute::tool))
        .route(&at("/tools/execute/{slug}/input"), post(execute::input))
}

fn of_accounts(at: &impl Fn(&str) -> String) -> Router<Arc<Platform>> {
    Router::new()
        .route(
            &at("/auth_configs"),
            get(auth_configs::list).post(auth_configs::create),
        )
        .route(
            &at("/auth_configs/{id}"),
            get(auth_configs::get)
                .patch(auth_configs::update)
                .delete(auth_configs::delete),
        )
        .route(
            &at("/auth_configs/{id}/{status}"),
            patch(auth_configs::set_status),
        )
        .route(
            &at("/connected_accounts"),
            get(connected_accounts::list).post(connected_accounts::create),
        )
        .route(
            &at("/connected_accounts/{id}"),
            get(connected_accounts::get)
                .patch(connected_accounts::update)
                .delete(connected_accounts::delete),
        )
        .route(
            &at("/connected_accounts/link"),
            post(connected_accounts::link),
        )
        .route(
            &at("/connected_accounts/complete_auth"),
            post(connected_accounts::complete_auth),
        )
        .route(
            &at("/connected_accounts/{id}/revoke"),
            post(connected_accounts::revoke),
        )
        .route(
            &at("/connected_accounts/{id}/status"),
            patch(connected_accounts::set_status),
        )
        .route(
            &at("/connected_accounts/{id}/refresh"),
            post(connected_accounts::refresh),
        )
}
