use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use composio_core::{Error, ErrorKind, Result};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use moka::sync::Cache;
use tokio::{sync::oneshot, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    drive::{Drive, Outcome},
    protocol::Rules,
};
use crate::{
    accounts::{Accounts, lease::copy_of},
    clock,
    tasks::Tasks,
};

/// How long closing waits for refreshes whose tokens are on their way.
const LAST: Duration = Duration::from_secs(30);
/// How long tokens that are there are tried to be written.
const WRITING: Duration = Duration::from_secs(300);

/// How long it is believed that new credentials would not help, and of how many accounts.
const PROOF: Duration = Duration::from_secs(300);
const PROVEN: u64 = 10_000;

/// Whose tokens are to be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) project: String,
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) toolkit: String,
    /// The tokens that are not wanted any longer.
    pub(crate) generation: i64,
    /// Even if they are not due.
    pub(crate) forced: bool,
    /// Nobody waits for it.
    pub(crate) is_sweep: bool,
}

type Flight = Shared<BoxFuture<'static, Outcome>>;

/// The refreshes of this process. Each runs in a task of the engine's, which those who wait for it cannot end.
#[derive(Debug)]
pub(crate) struct Refreshes {
    pub(super) rules: Rules,
    pub(super) closing: CancellationToken,
    flights: Mutex<HashMap<Target, Flight>>,
    tasks: Tasks,
    /// Accounts whose newest credentials a service refuses, with their generation.
    proven: Cache<String, i64>,
}

impl Refreshes {
    /// Refreshes on the current runtime. `answer` is the longest time that a provider may take.
    pub(crate) fn new(answer: Duration) -> Self {
        // What is counted here begins and ends a little outside of what the client counts.
        let answer = answer + Duration::from_secs(1);
        Self {
            rules: Rules {
                answer: clock::microseconds(answer),
                claim: clock::microseconds(2 * answer + Duration::from_secs(3)),
                patience: clock::microseconds(4 * answer + Duration::from_secs(10)),
                writing: clock::microseconds(WRITING),
            },
            closing: CancellationToken::new(),
            flights: Mutex::default(),
            tasks: Tasks::new(),
            proven: Cache::builder()
                .max_capacity(PROVEN)
                .time_to_live(PROOF)
                .build(),
        }
    }

    pub(super) fn prove(&self, id: &str, generation: i64) {
        self.proven.insert(id.to_owned(), generation);
    }

    pub(super) fn is_proven(&self, id: &str, generation: i64) -> bool {
        self.proven.get(id) == Some(generation)
    }

    /// Lets refreshes end whose tokens are on their way; begins no more.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        if timeout(LAST, self.tasks.close()).await.is_err() {
            tracing::warn!("tokens that were on their way could not be written");
        }
    }

    fn take_off(&self, accounts: &Arc<Accounts>, target: Target) -> Flight {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&target) {
            return flight.clone();
        }
        let (landed, waiting) = oneshot::channel();
        let flight = waiting
            .map(|outcome| outcome.unwrap_or_else(|_| Err(Arc::new(lost()))))
            .boxed()
            .shared();
        flights.insert(target.clone(), flight.clone());
        drop(flights);
        let accounts = Arc::clone(accounts);
        let landing = Landing {
            accounts: Arc::clone(&accounts),
            target: target.clone(),
        };
        let task = async move {
            let outcome = Drive::new(accounts, target).run().await;
            drop(landing);
            let _ = landed.send(outcome);
        };
        self.tasks.spawn(task);
        flight
    }
}

/// Takes a flight off the list, however it ends.
struct Landing {
    accounts: Arc<Accounts>,
    target: Target,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let flights = &self.accounts.refreshes.flights;
        let mut flights = flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.target);
    }
}

impl Accounts {
    /// Renews tokens once, however many ask. When this is done the account is to be looked at again: it may have new
    /// tokens, or not be usable any longer. Dropping the future does not stop what has begun.
    ///
    /// Errors: `Unavailable` or `UnexpectedResponse` if the provider gives no new ones now, and those of the store.
    pub(crate) async fn renew(self: &Arc<Self>, target: Target) -> Result<()> {
        if self.refreshes.closing.is_cancelled() {
            return Err(Error::new(ErrorKind::Unavailable, "the engine is closed"));
        }
        let outcome = self.refreshes.take_off(self, target).await;
        outcome.map_err(|shared| copy_of(&shared))
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "a refresh ended without a result")
}
