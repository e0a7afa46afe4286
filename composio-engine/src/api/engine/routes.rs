use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get, post, put},
};

use super::{apps, audit, connected_accounts, keys, oauth_clients, tools, users};
use crate::platform::Platform;

/// Every route below `prefix`.
pub(crate) fn routes(prefix: &str) -> Router<Arc<Platform>> {
    let at = |path: &str| format!("{prefix}/engine{path}");
    Router::new()
        .route(&at("/apps"), get(apps::list).post(apps::add))
        .route(&at("/apps/lint"), post(apps::lint))
        .route(&at("/apps/{slug}"), get(apps::get).delete(apps::remove))
        .route(&at("/apps/{slug}/diff"), get(apps::diff))
        .route(
            &at("/apps/{slug}/versions/{version}/deprecation"),
            put(apps::deprecate).delete(apps::undeprecate),
        )
        .route(&at("/audit"), get(audit::list))
        .route(&at("/audit/verify"), post(audit::verify))
        .route(
            &at("/connected_accounts/{id}/export"),
            post(connected_accounts::export),
        )
        .route(
            &at("/apps/{slug}/oauth_client"),
            get(oauth_clients::get)
                .put(oauth_clients::put)
                .delete(oauth_clients::remove),
        )
        .route(&at("/keys"), get(keys::list).post(keys::create))
        .route(&at("/keys/{id}"), delete(keys::revoke))
        .route(&at("/tools/execute/{slug}/dry_run"), post(tools::dry_run))
        .route(&at("/users/{user_id}"), delete(users::remove))
}
