use std::{sync::Arc, time::Duration};

use composio_core::{Error, ErrorKind, Result, models::ConnectionStatus};
use tokio::time::timeout;

use super::{Target, can_renew};
use crate::{
    accounts::{
        Accounts,
        faults::no_account,
        lease::{Key, Lease},
    },
    clock,
    store::ConnectionRecord,
};

/// How long a call waits for new credentials while the old ones are still good.
const EARLY: Duration = Duration::from_secs(5);
/// How long it waits when they are not.
const LATE: Duration = Duration::from_secs(60);
/// How often the account is looked at again.
const LOOKS: usize = 4;

/// Whether credentials can be used as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    /// They are good, and it is time for new ones.
    Soon,
    /// They have run out.
    Now,
}

impl Accounts {
    /// The lease, or another one with newer credentials if these have run out or soon will.
    ///
    /// Errors: those of [`Accounts::renew`] if they have run out, and those of a lease on what is not usable any longer.
    pub(in crate::accounts) async fn fresh(
        self: &Arc<Self>,
        key: &Key,
        mut lease: Arc<Lease>,
    ) -> Result<Arc<Lease>> {
        for _ in 0..LOOKS {
            match lease.need(clock::now()) {
                Need::Nothing => return Ok(lease),
                Need::Soon => {
                    let renewal = self.renew(lease.target(key, false));
                    match timeout(EARLY, renewal).await {
                        Ok(Ok(())) => {}
                        // Why is told where it happened.
                        Ok(Err(_)) | Err(_) => return Ok(lease),
                    }
                }
                Need::Now => {
                    let renewal = self.renew(lease.target(key, true));
                    timeout(LATE, renewal)
                        .await
                        .unwrap_or_else(|_| Err(late(&lease.account)))?;
                }
            }
            lease = self.cached(key).await?;
        }
        Ok(lease)
    }

    /// A lease with newer credentials than those of `lease`, which the service has refused; `None` if there are none to
    /// be had.
    ///
    /// Errors: those of a lease on what is not usable any longer.
    pub(crate) async fn renewed(
        self: &Arc<Self>,
        project: &str,
        lease: &Lease,
    ) -> Result<Option<Arc<Lease>>> {
        let key = Key::Account(project.to_owned(), lease.account.clone());
        let current = self.cached(&key).await?;
        if current.generation != lease.generation {
            return Ok(Some(current));
        }
        if !lease.is_renewable || self.refreshes.is_proven(&lease.account, lease.generation) {
            return Ok(None);
        }
        let renewal = self.renew(lease.target(&key, true));
        if let Ok(Err(_)) | Err(_) = timeout(LATE, renewal).await {
            return Ok(None);
        }
        let current = self.cached(&key).await?;
        Ok((current.generation != lease.generation).then_some(current))
    }

    /// The account after its tokens were renewed, if they can be.
    pub(in crate::accounts) async fn renewed_record(
        self: &Arc<Self>,
        connection: ConnectionRecord,
    ) -> Result<ConnectionRecord> {
        if connection.status != ConnectionStatus::Active {
            return Ok(connection);
        }
        let config = self.config_of(&connection).await?;
        let own = self.open_connection(&connection).await?;
        if !can_renew(&config.scheme, &own) {
            return Ok(connection);
        }
        let (project, id) = (connection.project.clone(), connection.id.clone());
        self.renew(Target {
            project: connection.project,
            id: connection.id,
            user: connection.user_id,
            toolkit: connection.toolkit,
            generation: connection.generation,
            forced: true,
            is_sweep: false,
        })
        .await?;
        let current = self.store.connection(&project, &id).await?;
        current.ok_or_else(|| no_account(&id))
    }

    /// The service refuses brand-new credentials too: that it does so is not because of their age.
    pub(crate) fn refused_anyway(&self, lease: &Lease) {
        self.refreshes.prove(&lease.account, lease.generation);
    }
}

impl Lease {
    fn need(&self, now: i64) -> Need {
        match (self.expires_at, self.refresh_at) {
            (Some(end), Some(_)) if end <= now => Need::Now,
            (_, Some(due)) if due <= now => Need::Soon,
            _ => Need::Nothing,
        }
    }

    fn target(&self, key: &Key, forced: bool) -> Target {
        Target {
            project: key.project().to_owned(),
            id: self.account.clone(),
            user: self.user.clone(),
            toolkit: self.toolkit.clone(),
            generation: self.generation,
            forced,
            is_sweep: false,
        }
    }
}

fn late(id: &str) -> Error {
    let message = format!("the tokens of {id} have run out, and renewing them takes too long");
    Error::new(ErrorKind::Unavailable, message).with_slug("ConnectedAccount_RefreshFailed")
}
