use composio_core::{
    Result,
    models::{ConnectionStatus, RevokedConnectedAccount},
};

use super::{
    Accounts,
    faults::{changed_meanwhile, no_account, no_revocation, not_revocable},
    lifecycle::Event,
};
use crate::{
    audit::Action,
    auth::{
        has_consent,
        oauth2::{TokenFault, TokenKind, revoke},
    },
    caller::Caller,
    store::{AuthConfigRecord, ConnectionRecord},
};

/// How often a write is tried that others get in the way of.
const ATTEMPTS: usize = 5;
/// The refresh token first: with it goes, at most providers, everything that came of it.
const TOKENS: [(TokenKind, &str); 2] = [
    (TokenKind::Refresh, "refresh_token"),
    (TokenKind::Access, "access_token"),
];

impl Accounts {
    /// Gives the credentials back to the provider (RFC 7009) and forgets them. The account can be connected again.
    ///
    /// Errors: `InvalidInput` if the scheme or the provider has no revocation, `Conflict` if there is nothing to give
    /// back, `Unavailable` or `UnexpectedResponse` if the provider did not take it: nothing is changed then.
    pub(crate) async fn revoke_connection(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<RevokedConnectedAccount> {
        let connection = self.connection_record(caller, id).await?;
        let config = self.config_of(&connection).await?;
        if !has_consent(&config.scheme) {
            return Err(no_revocation(config.scheme.as_str()));
        }
        if connection.standing().after(Event::Revoke).is_none() {
            return Err(not_revocable(id, connection.status.as_str()));
        }
        let revoked = self.give_back(caller, &connection, &config).await?;
        let status = self.forget_tokens(connection).await?;
        let revoked = revoked.into_iter().map(|kind| kind.as_str().to_owned());
        Ok(RevokedConnectedAccount::new(id, status, revoked.collect()))
    }

    /// Deletes an account after its credentials were given back, where that can be done.
    ///
    /// Errors: those of [`Accounts::revoke_connection`], and those of the store.
    pub(crate) async fn revoke_and_delete(&self, caller: &Caller, id: &str) -> Result<()> {
        let connection = self.connection_record(caller, id).await?;
        let config = self.config_of(&connection).await?;
        let is_there = connection.standing().after(Event::Revoke).is_some();
        if has_consent(&config.scheme) && is_there {
            let settings = self.settings(&connection, &config).await?;
            if settings.can_revoke() {
                self.give_back(caller, &connection, &config).await?;
            }
        }
        self.delete_connection(caller, id).await
    }

    async fn give_back(
        &self,
        caller: &Caller,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<Vec<TokenKind>> {
        let settings = self.settings(connection, config).await?;
        if !settings.can_revoke() {
            return Err(no_revocation(config.scheme.as_str()));
        }
        let own = self.open_connection(connection).await?;
        let mut revoked = Vec::new();
        for (kind, name) in TOKENS {
            let Some(token) = own.get(name) else { continue };
            let host = settings.revoke_host();
            let noted = self.note(Action::Revoke, caller.who(), connection, host)?;
            revoke(&self.executor, &settings, kind, token, noted)
                .await
                .map_err(|fault: TokenFault| fault.to_error())?;
            revoked.push(kind);
        }
        Ok(revoked)
    }

    async fn forget_tokens(&self, mut connection: ConnectionRecord) -> Result<ConnectionStatus> {
        let (project, id) = (connection.project.clone(), connection.id.clone());
        for _ in 0..ATTEMPTS {
            let mut values = self.open_connection(&connection).await?;
            for name in ["access_token", "refresh_token", "id_token"] {
                values.remove(name);
            }
            connection.undergo(Event::Revoke);
            connection.status_reason = Some("revoked at the provider".to_owned());
            connection.expires_at = None;
            connection.refresh_at = None;
            if self.rewrite(&mut connection, Some(values)).await? {
                return Ok(connection.status);
            }
            let current = self.store.connection(&project, &id).await?;
            connection = current.ok_or_else(|| no_account(&id))?;
        }
        Err(changed_meanwhile(&id))
    }
}
