use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use composio_core::Result;
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;

use super::Target;
use crate::{accounts::Accounts, clock};

/// How often due tokens are looked for.
const PAUSE: Duration = Duration::from_secs(5);
/// Tokens that live shorter than it takes to be worth it are renewed when somebody uses them.
const YOUNG: Duration = Duration::from_secs(30);
/// Accounts that are taken up at once, and refreshed beside each other.
const BATCH: i64 = 200;
const BESIDE: usize = 16;

/// Renews what is due, until the accounts are gone.
pub(crate) async fn sweep(accounts: Weak<Accounts>) {
    loop {
        // Processes that began together do not go on together.
        sleep(PAUSE.mul_f64(rand::random_range(0.8..1.2))).await;
        let Some(accounts) = accounts.upgrade() else {
            return;
        };
        if let Err(error) = accounts.renew_due().await {
            tracing::warn!(%error, "tokens that are due could not be looked for");
        }
    }
}

impl Accounts {
    /// Renews what is due now, at most a batch of it.
    pub(crate) async fn renew_due(self: &Arc<Self>) -> Result<()> {
        let now = clock::now();
        let before = now - clock::microseconds(YOUNG);
        let due = self.store.due_refreshes(now, before, BATCH).await?;
        let renewals = stream::iter(due).map(|due| {
            self.renew(Target {
                project: due.project,
                id: due.id,
                user: due.user_id,
                toolkit: due.toolkit,
                generation: due.generation,
                forced: false,
                is_sweep: true,
            })
        });
        // Why one was not renewed is told where it happened.
        renewals
            .buffer_unordered(BESIDE)
            .for_each(async |_| ())
            .await;
        Ok(())
    }
}
