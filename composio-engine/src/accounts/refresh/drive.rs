use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use composio_core::{Error, ErrorKind, Result, Secret};
use tokio::time::sleep;

use super::{
    protocol::{Answer, Claimed, End, Protocol, Rules, Step, Verdict, Written},
    renewal::{Renewal, due, pause},
    service::Target,
};
use crate::{
    accounts::{
        Accounts,
        faults::{interrupted, no_longer_accepted, not_renewed, ran_out},
    },
    audit::{Action, Who},
    auth::oauth2::{Grant, TokenFault, Tokens, request_tokens},
    clock, ids,
    server::RefreshLabels,
    store::{ClaimReply, ConnectionRecord, RefreshClaim},
};

/// How a refresh ended: look at the account again, or why it did not come about.
pub(super) type Outcome = Result<(), Arc<Error>>;

/// One refresh of one account, from the claim to the verdict.
pub(super) struct Drive {
    accounts: Arc<Accounts>,
    target: Target,
    owner: String,
    rules: Rules,
    /// What the claim gave.
    claimed: Option<ConnectionRecord>,
    failures: i64,
    /// What the provider was asked with.
    sent: Option<Secret>,
    error: Option<Error>,
}

impl Drive {
    pub(super) fn new(accounts: Arc<Accounts>, target: Target) -> Self {
        let mut rules = accounts.refreshes.rules;
        if target.is_sweep {
            // Whoever is at it already will do it.
            rules.patience = 0;
        }
        Self {
            accounts,
            target,
            owner: ids::owner(),
            rules,
            claimed: None,
            failures: 0,
            sent: None,
            error: None,
        }
    }

    pub(super) async fn run(mut self) -> Outcome {
        let begun = Instant::now();
        let now = || clock::microseconds(begun.elapsed());
        let mut protocol = Protocol::new(self.rules, self.target.generation, now());
        loop {
            match protocol.step(now()) {
                Step::Claim(_) => {
                    let claimed = self.claim().await;
                    protocol.claimed(claimed, now());
                }
                Step::Ask => {
                    let answer = self.ask().await;
                    protocol.answered(answer, now());
                }
                Step::Write(verdict) => {
                    let verdict = verdict.clone();
                    let written = self.write(&verdict).await;
                    protocol.written(written, now());
                }
                Step::Wait(until) => {
                    let pause = u64::try_from(until - now()).unwrap_or(0);
                    if self.wait(Duration::from_micros(pause)).await.is_err() {
                        return Err(Arc::new(closing()));
                    }
                }
                Step::Done(end) => {
                    let end = end.clone();
                    return self.end(end);
                }
            }
        }
    }

    /// Waits, unless the engine closes and nothing would be lost.
    async fn wait(&self, pause: Duration) -> Result<(), ()> {
        if self.sent.is_some() {
            sleep(pause).await;
            return Ok(());
        }
        tokio::select! {
            () = sleep(pause) => Ok(()),
            () = self.accounts.refreshes.closing.cancelled() => Err(()),
        }
    }

    async fn claim(&mut self) -> Claimed {
        let reply = self.accounts.store.claim_refresh(&self.wish()).await;
        match reply {
            Ok(ClaimReply::Granted {
                connection,
                failures,
                interrupted,
            }) => {
                self.claimed = Some(*connection);
                self.failures = failures;
                Claimed::Granted { interrupted }
            }
            Ok(ClaimReply::Held { remaining }) => Claimed::Held { remaining },
            Ok(ClaimReply::Moved) => Claimed::Moved,
            Ok(ClaimReply::Closed) => Claimed::Closed,
            Err(error) => {
                self.error = Some(error);
                Claimed::Failed
            }
        }
    }

    fn wish(&self) -> RefreshClaim<'_> {
        RefreshClaim {
            project: &self.target.project,
            id: &self.target.id,
            generation: self.target.generation,
            owner: &self.owner,
            now: clock::now(),
            life: self.rules.claim,
            forced: self.target.forced,
        }
    }

    /// Asks the provider once. What goes wrong before anything is sent says nothing about the tokens.
    async fn ask(&mut self) -> Answer<Tokens, TokenFault> {
        let Some(connection) = self.claimed.take() else {
            return Answer::Fault(internal("nothing was claimed"));
        };
        let asked = self.request(&connection).await;
        self.claimed = Some(connection);
        match asked {
            Ok(Ok(tokens)) => Answer::Tokens(tokens),
            Ok(Err(TokenFault::InvalidGrant { reason })) => {
                self.error = Some(Error::new(ErrorKind::Conflict, reason));
                Answer::InvalidGrant
            }
            Ok(Err(fault)) => Answer::Fault(fault),
            Err(error) => Answer::Fault(internal(error.message())),
        }
    }

    async fn request(
        &mut self,
        connection: &ConnectionRecord,
    ) -> Result<Result<Tokens, TokenFault>> {
        let accounts = Arc::clone(&self.accounts);
        let config = accounts.config_of(connection).await?;
        let own = accounts.open_connection(connection).await?;
        match Renewal::of(&config.scheme, &own) {
            Renewal::Refresh(token) => {
                let settings = accounts.settings(connection, &config).await?;
                let grant = Grant::Refresh(&token);
                let host = Some(settings.host_of(grant));
                let noted = accounts.note(Action::Refresh, Who::Engine, connection, host)?;
                self.sent = Some(token.clone());
                Ok(request_tokens(&accounts.executor, &settings, grant, noted).await)
            }
            Renewal::Own => accounts.own_tokens(&config, &own, Some(connection)).await,
            Renewal::Impossible => {
                let reason = ran_out();
                Ok(Err(TokenFault::InvalidGrant { reason }))
            }
        }
    }

    async fn write(&mut self, verdict: &Verdict<Tokens, TokenFault>) -> Written {
        loop {
            let written = match verdict {
                Verdict::Keep(tokens) => self.keep(tokens).await,
                Verdict::Expire { interrupted } => self.expire(*interrupted).await,
                Verdict::Later(fault) => self.postpone(fault).await,
            };
            let is_rebased = match written {
                Ok(true) => {
                    self.count(verdict);
                    return Written::Done;
                }
                Ok(false) => self.rebase().await,
                Err(error) => Err(error),
            };
            match is_rebased {
                Ok(true) => {}
                Ok(false) => return Written::Superseded,
                Err(error) => {
                    tracing::warn!(account = self.target.id, %error, "a refresh could not be written yet");
                    self.error = Some(error);
                    return Written::Failed;
                }
            }
        }
    }

    fn count(&self, verdict: &Verdict<Tokens, TokenFault>) {
        let outcome = match verdict {
            Verdict::Keep(_) => "renewed",
            Verdict::Expire { .. } => "expired",
            Verdict::Later(_) => "postponed",
        };
        let refreshes = &self.accounts.metrics.refreshes;
        refreshes.get_or_create(&RefreshLabels { outcome }).inc();
    }

    async fn keep(&mut self, tokens: &Tokens) -> Result<bool> {
        let Some(before) = &self.claimed else {
            return Ok(false);
        };
        let mut values = self.accounts.open_connection(before).await?;
        tokens.clone().renew(&mut values);
        let mut renewed = before.clone();
        let now = clock::now();
        renewed.generation += 1;
        renewed.updated_at = now;
        let life = tokens.expires_in.map(clock::microseconds);
        renewed.expires_at = life.map(|life| now.saturating_add(life));
        renewed.refresh_at = due(now, renewed.expires_at, true);
        self.accounts.seal_connection(&mut renewed, &values).await?;
        self.accounts.store.keep_refreshed(&renewed).await
    }

    async fn expire(&mut self, interrupted_before: bool) -> Result<bool> {
        let Some(connection) = &self.claimed else {
            return Ok(false);
        };
        let said = self.error.as_ref().map(Error::message).unwrap_or_default();
        let reason = match (&self.sent, interrupted_before) {
            (None, _) => said.to_owned(),
            (Some(_), true) => interrupted(said),
            (Some(_), false) => no_longer_accepted(said),
        };
        let store = &self.accounts.store;
        let now = clock::now();
        store.expire_connection(connection, &reason, now).await
    }

    async fn postpone(&mut self, fault: &TokenFault) -> Result<bool> {
        let reason = fault.reason();
        tracing::warn!(
            account = self.target.id,
            reason,
            "tokens could not be renewed yet"
        );
        let until = clock::now().saturating_add(pause(self.failures, fault));
        let store = &self.accounts.store;
        store.release_refresh(&self.wish(), Some(until)).await?;
        Ok(true)
    }

    /// Takes up the account as it is now, if it is of another generation with the refresh token that was sent: an alias
    /// was changed, say. The verdict holds for it too.
    async fn rebase(&mut self) -> Result<bool> {
        let Target { project, id, .. } = &self.target;
        let Some(current) = self.accounts.store.connection(project, id).await? else {
            return Ok(false);
        };
        let has_moved = self
            .claimed
            .as_ref()
            .is_some_and(|known| known.generation != current.generation);
        let own = self.accounts.open_connection(&current).await?;
        let is_same = match (&self.sent, &self.claimed) {
            (Some(sent), _) => own.get("refresh_token").map(Secret::expose) == Some(sent.expose()),
            // What an account's own credentials are good for says nothing about others.
            (None, Some(known)) => {
                let before = self.accounts.open_connection(known).await?;
                let now = own.iter().map(|(name, value)| (name, value.expose()));
                now.eq(before.iter().map(|(name, value)| (name, value.expose())))
            }
            (None, None) => false,
        };
        if has_moved && is_same {
            self.claimed = Some(current);
            return Ok(true);
        }
        self.accounts
            .store
            .release_refresh(&self.wish(), None)
            .await?;
        Ok(false)
    }

    fn end(self, end: End<TokenFault>) -> Outcome {
        let id = &self.target.id;
        self.accounts.leases.forget_target(&self.target);
        match end {
            End::Look => Ok(()),
            End::Later(fault) => Err(Arc::new(not_renewed(id, &fault))),
            End::Busy => Err(Arc::new(busy(id))),
            End::Failed => Err(Arc::new(self.error.unwrap_or_else(closing))),
        }
    }
}

fn internal(reason: &str) -> TokenFault {
    TokenFault::Refused {
        reason: reason.to_owned(),
    }
}

fn closing() -> Error {
    Error::new(ErrorKind::Unavailable, "the engine is closed")
}

fn busy(id: &str) -> Error {
    let message = format!("another process does not come to an end with the refresh of {id}");
    Error::new(ErrorKind::Unavailable, message)
}
