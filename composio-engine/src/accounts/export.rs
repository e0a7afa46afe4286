use composio_core::{
    Error, ErrorKind, Result,
    models::{ConnectionStatus, Fields},
};

use super::{Accounts, faults::no_auth_config};
use crate::{audit::Action, caller::Caller, operator::ExportedAccount};

impl Accounts {
    /// An account with its credentials, for an operator who asks for them.
    pub(crate) async fn export_account(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<ExportedAccount> {
        caller.check_operator()?;
        let connection = self.connection_record(caller, id).await?;
        let waits = [
            ConnectionStatus::Initializing,
            ConnectionStatus::Initiated,
            ConnectionStatus::Failed,
        ];
        if waits.contains(&connection.status) {
            let message = format!(
                "the connected account {id} is {}: it has no credentials",
                connection.status
            );
            return Err(
                Error::new(ErrorKind::Conflict, message).with_slug("ConnectedAccount_NotActive")
            );
        }
        let config = &connection.auth_config_id;
        let config = self.store.auth_config(caller.project_id(), config).await?;
        let config = config.ok_or_else(|| no_auth_config(&connection.auth_config_id))?;
        let _ = self.note(Action::Export, caller.who(), &connection, None)?;
        let values = self.open_connection(&connection).await?;
        let val = values
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()));
        let val: Fields = val.collect();
        tracing::info!(id, user = connection.user_id, "credentials were exported");
        Ok(ExportedAccount {
            user_id: connection.user_id,
            toolkit: connection.toolkit,
            auth_scheme: config.scheme,
            alias: connection.alias,
            labels: connection.labels,
            val,
        })
    }
}
