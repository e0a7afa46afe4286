//! What becomes of credentials outside of calls, as the audit log has it.

use composio_core::Result;

use super::Accounts;
use crate::{
    audit::{Action, Noted, Use, Who},
    store::{AuthConfigRecord, ConnectionRecord},
};

impl Accounts {
    /// Writes down that the credentials of `connection` are about to be used.
    pub(super) fn note(
        &self,
        action: Action,
        who: Who<'_>,
        connection: &ConnectionRecord,
        host: Option<&str>,
    ) -> Result<Noted> {
        self.audit.note(&Use {
            action,
            who,
            project: &connection.project,
            user: Some(&connection.user_id),
            account: Some(&connection.id),
            toolkit: Some(&connection.toolkit),
            tool: None,
            host,
        })
    }

    /// The same for credentials that may belong to no account yet.
    pub(super) fn note_new(
        &self,
        action: Action,
        config: &AuthConfigRecord,
        account: Option<&str>,
        host: Option<&str>,
    ) -> Result<Noted> {
        self.audit.note(&Use {
            action,
            who: Who::Engine,
            project: &config.project,
            user: None,
            account,
            toolkit: Some(&config.toolkit),
            tool: None,
            host,
        })
    }
}
