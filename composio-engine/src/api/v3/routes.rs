use std::sync::Arc;

use axum::{
    Router,
    routing::{get, patch, post},
};

use super::{auth_configs, connected_accounts, execute, toolkits, tools};
use crate::platform::Platform;

/// Every route below `/api/v3` and `/api/v3.1`.
pub(crate) fn routes() -> Router<Arc<Platform>> {
    Router::new()
        .route("/toolkits", get(toolkits::list))
        .route("/toolkits/categories", get(toolkits::categories))
        .route("/toolkits/{slug}", get(toolkits::get))
        .route("/tools", get(tools::list))
        .route("/tools/enum", get(tools::slugs))
        .route("/tools/{slug}", get(tools::get))
        .route("/tools/execute/proxy", post(execute::proxy))
        .route("/tools/execute/{slug}", post(execute::tool))
        .route("/tools/execute/{slug}/input", post(execute::input))
        .route(
            "/auth_configs",
            get(auth_configs::list).post(auth_configs::create),
        )
        .route(
            "/auth_configs/{id}",
            get(auth_configs::get)
                .patch(auth_configs::update)
                .delete(auth_configs::delete),
        )
        .route(
            "/auth_configs/{id}/{status}",
            patch(auth_configs::set_status),
        )
        .route(
            "/connected_accounts",
            get(connected_accounts::list).post(connected_accounts::create),
        )
        .route(
            "/connected_accounts/{id}",
            get(connected_accounts::get).delete(connected_accounts::delete),
        )
        .route(
            "/connected_accounts/{id}/status",
            patch(connected_accounts::set_status),
        )
        .route(
            "/connected_accounts/{id}/refresh",
            post(connected_accounts::refresh),
        )
}
