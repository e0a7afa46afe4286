use std::{fmt, future::IntoFuture, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    time::{Instant, sleep_until, timeout_at},
};

use crate::{
    Error, ErrorKind, Result,
    client::{BoxFuture, Client},
    models::{ConnectedAccount, ConnectionStatus},
};

const TIMEOUT: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(1);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

type Progress = dyn Fn(&ConnectedAccount) + Send + Sync;

/// A wait for a connection. Await it. From [`ConnectionRequest::wait_until_active`] and
/// [`ToolSet::wait_for_connection`].
///
/// It looks at the connection once a second. It gives up early, with [`ErrorKind::Conflict`] and the reason, when the
/// connection has `FAILED`, `EXPIRED` or was `REVOKED`, and with [`ErrorKind::NotFound`] when it is gone; a service
/// that cannot be reached for a while is asked again. When the time is over it ends with [`ErrorKind::Timeout`]; the
/// connection is still there, and can be waited for again.
///
/// [`ConnectionRequest::wait_until_active`]: super::ConnectionRequest::wait_until_active
/// [`ToolSet::wait_for_connection`]: crate::ToolSet::wait_for_connection
#[derive(Clone)]
#[must_use = "nobody waits until this is awaited"]
pub struct WaitUntilActive {
    client: Client,
    id: String,
    begun_as: Option<ConnectionStatus>,
    timeout: Duration,
    interval: Duration,
    progress: Option<Arc<Progress>>,
}

impl WaitUntilActive {
    pub(crate) fn new(client: Client, id: String) -> Self {
        Self {
            client,
            id,
            begun_as: None,
            timeout: TIMEOUT,
            interval: INTERVAL,
            progress: None,
        }
    }

    /// A status that says nothing about this attempt, since the connection had it before.
    pub(super) fn begun_as(mut self, status: ConnectionStatus) -> Self {
        self.begun_as = Some(status);
        self
    }

    /// Sets how long to wait; 60 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often to look; once a second by default, at most twenty times.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// Calls `progress` with the connection after each look.
    pub fn on_progress(
        mut self,
        progress: impl Fn(&ConnectedAccount) + Send + Sync + 'static,
    ) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    async fn wait(self) -> Result<ConnectedAccount> {
        if Handle::try_current().is_err() {
            let message = "waiting for a connection needs a tokio runtime with time";
            return Err(Error::new(ErrorKind::Config, message));
        }
        let deadline = deadline(self.timeout);
        let accounts = self.client.connected_accounts();
        let mut last = None;
        let mut pause = self.interval;
        loop {
            match timeout_at(deadline, accounts.get(&self.id)).await {
                Err(_) => return Err(self.too_late(last)),
                Ok(Ok(account)) => {
                    if let Some(progress) = &self.progress {
                        progress(&account);
                    }
                    if account.is_active() {
                        return Ok(account);
                    }
                    self.check(&account)?;
                    pause = self.interval;
                    last = Some(Ok(account.status));
                }
                Ok(Err(error)) if error.is_retryable() => {
                    pause = (pause * 2).min(LONGEST_PAUSE.max(self.interval));
                    last = Some(Err(error));
                }
                Ok(Err(error)) => return Err(error),
            }
            let next = Instant::now() + pause;
            if next >= deadline {
                sleep_until(deadline).await;
                return Err(self.too_late(last));
            }
            sleep_until(next).await;
        }
    }

    fn check(&self, account: &ConnectedAccount) -> Result<()> {
        let status = &account.status;
        let is_over = matches!(
            status,
            ConnectionStatus::Failed | ConnectionStatus::Expired | ConnectionStatus::Revoked
        );
        // A connection that is begun anew may keep its old status until the user is through.
        if !is_over || self.begun_as.as_ref() == Some(status) {
            return Ok(());
        }
        let reason = account.status_reason.as_deref();
        let reason = reason.filter(|reason| !reason.is_empty());
        let message = format!(
            "the connection {} to {} is {status}{}{}",
            self.id,
            account.toolkit.slug,
            if reason.is_some() { ": " } else { "" },
            reason.unwrap_or_default()
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }

    fn too_late(&self, last: Option<Result<ConnectionStatus>>) -> Error {
        let (stands, source) = match last {
            Some(Ok(status)) => (format!("is still {status}"), None),
            Some(Err(error)) => ("could not be looked at".to_owned(), Some(error)),
            None => ("was not heard of".to_owned(), None),
        };
        let message = format!(
            "the connection {} {stands} after {:?}",
            self.id, self.timeout
        );
        let error = Error::new(ErrorKind::Timeout, message);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

// A time too long for the clock is as good as for ever.
fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or_else(|| now + Duration::from_secs(30 * 365 * 86_400))
}

impl IntoFuture for WaitUntilActive {
    type Output = Result<ConnectedAccount>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}

impl fmt::Debug for WaitUntilActive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitUntilActive")
            .field("id", &self.id)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
