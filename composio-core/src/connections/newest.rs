use std::pin::pin;

use futures_util::TryStreamExt as _;

use crate::{Error, ErrorKind, Result, client::Client, models::ConnectedAccount};

/// The newest connection of `entity` to `app` that can be used now.
pub(crate) async fn newest_active(
    client: &Client,
    entity: &str,
    app: &str,
) -> Result<ConnectedAccount> {
    let listed = client
        .connected_accounts()
        .list()
        .users([entity])
        .toolkits([app])
        .statuses(["ACTIVE"])
        .order_by("created_at")
        .order_direction("desc");
    let mut listed = pin!(listed.stream());
    while let Some(account) = listed.try_next().await? {
        if account.is_active() {
            return Ok(account);
        }
    }
    let message = format!("{entity} has no active connection to {app}: connect the user first");
    Err(Error::new(ErrorKind::NotFound, message))
}
