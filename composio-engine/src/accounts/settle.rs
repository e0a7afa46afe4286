//! What happens when a person has given what an account needs: it is usable, or waits for the application's word.
//!
//! A link made for one user may be opened by another person, who then connects their own account for a stranger. The
//! application can tell: it knows who is signed in where the browser comes back to.

use std::time::Duration;

use composio_core::{
    Result,
    models::{CompleteAuth, CompletedAuth, ConnectionStatus},
};
use url::Url;

use super::{
    Accounts,
    faults::{changed_meanwhile, no_session, other_person},
    landing::{landing, verification},
    lifecycle::Event,
    links::hash,
    refresh::{can_renew, due},
};
use crate::{
    auth::Values,
    caller::Caller,
    clock, ids,
    store::{ConfirmationRecord, ConnectionRecord},
};

/// How long the application may take to confirm.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// What came of it.
#[derive(Debug)]
pub(crate) struct Settled {
    /// Whether the application has to confirm who it was.
    pub(crate) waits: bool,
    /// Where the browser goes next.
    pub(crate) next: Option<Url>,
}

impl Accounts {
    /// Gives an account that waits for its user the values it needs. `token_expires_at` is when their access token runs
    /// out.
    ///
    /// Errors: `Conflict` if the account was changed meanwhile, and those of the store.
    pub(crate) async fn settle(
        &self,
        mut connection: ConnectionRecord,
        values: Values,
        token_expires_at: Option<i64>,
        callback: Option<&Url>,
    ) -> Result<Settled> {
        let verifier = self.projects.verifier(&connection.project).await?;
        let next = match &verifier {
            None => {
                self.connected(&mut connection, &values, token_expires_at)
                    .await?;
                self.replace(&mut connection, Some(values)).await?;
                let toolkit = &connection.toolkit;
                callback.map(|callback| landing(callback, true, &connection.id, toolkit))
            }
            Some(verifier) => {
                let session = self
                    .hold(&mut connection, &values, token_expires_at)
                    .await?;
                Some(verification(verifier, &session))
            }
        };
        self.store.delete_links(&connection.id).await?;
        let waits = verifier.is_some();
        Ok(Settled { waits, next })
    }

    /// Keeps the values beside the account until the application has confirmed them; gives the session. An account that
    /// was usable before stays so with what it had. `token_expires_at` is when their access token runs out.
    pub(super) async fn hold(
        &self,
        connection: &mut ConnectionRecord,
        values: &Values,
        token_expires_at: Option<i64>,
    ) -> Result<String> {
        if connection.status == ConnectionStatus::Initiated {
            let reason = "waits until the application confirms who has connected it";
            connection.status_reason = Some(reason.to_owned());
        }
        self.replace(connection, None).await?;
        let session = ids::session();
        let confirmation = ConfirmationRecord {
            hash: hash(&session),
            project: connection.project.clone(),
            account: connection.id.clone(),
            sealed: self.seal_held(connection, values).await?,
            generation: connection.generation,
            token_expires_at,
            expires_at: clock::now() + clock::microseconds(LIFE),
        };
        self.store.insert_confirmation(&confirmation).await?;
        Ok(session)
    }

    /// Makes an account usable, if `user_id` is whom it was made for; else what was given is forgotten. A session is
    /// good for one answer.
    pub(crate) async fn complete_auth(
        &self,
        caller: &Caller,
        request: CompleteAuth,
    ) -> Result<CompletedAuth> {
        caller.check_user(&request.user_id)?;
        let (project, hash) = (caller.project_id(), hash(&request.session_uri));
        let taken = self
            .store
            .take_confirmation(project, &hash, clock::now())
            .await?;
        let confirmation = taken.ok_or_else(no_session)?;
        let connection = self
            .store
            .connection(project, &confirmation.account)
            .await?;
        let mut connection = connection
            .filter(|connection| connection.generation == confirmation.generation)
            .ok_or_else(no_session)?;
        if connection.user_id != request.user_id {
            connection.undergo(Event::Fail);
            let reason =
                "another person than its user connected the account; nothing of theirs was kept";
            connection.status_reason =
                (connection.status == ConnectionStatus::Failed).then(|| reason.to_owned());
            self.replace(&mut connection, None).await?;
            return Err(other_person());
        }
        caller.check_app(&connection.toolkit)?;
        let values = self.open_held(&connection, &confirmation.sealed).await?;
        let token_expires_at = confirmation.token_expires_at;
        self.connected(&mut connection, &values, token_expires_at)
            .await?;
        self.replace(&mut connection, Some(values)).await?;
        let config = self.config_of(&connection).await?;
        self.learn_identity(&connection, &config).await?;
        Ok(CompletedAuth::new(connection.id, connection.toolkit))
    }

    async fn replace(
        &self,
        connection: &mut ConnectionRecord,
        values: Option<Values>,
    ) -> Result<()> {
        if self.rewrite(connection, values).await? {
            Ok(())
        } else {
            Err(changed_meanwhile(&connection.id))
        }
    }

    /// Makes an account usable with these values.
    async fn connected(
        &self,
        connection: &mut ConnectionRecord,
        values: &Values,
        token_expires_at: Option<i64>,
    ) -> Result<()> {
        let config = self.config_of(connection).await?;
        connection.undergo(Event::Connect);
        connection.expires_at = token_expires_at;
        let can_renew = can_renew(&config.scheme, values);
        connection.refresh_at = due(clock::now(), token_expires_at, can_renew);
        Ok(())
    }
}
