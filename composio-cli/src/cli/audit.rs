use clap::{Args, Subcommand};

/// What can be done with the audit log: every use of a credential, by whom, for what, to which host, when.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List uses of credentials, the newest first
    List(ListAudit),
    /// Read the whole log and say whether it is as it was written
    Verify {
        /// The end of the log that an earlier `verify` named; it must still be part of it
        #[arg(long, value_name = "NUMBER:CODE")]
        head: Option<String>,
    },
}

/// Which entries are listed.
#[derive(Debug, Args)]
pub(crate) struct ListAudit {
    /// Only of this user, who may have been deleted
    #[arg(short, long, value_name = "ID")]
    pub(crate) entity_id: Option<String>,
    /// Only of this connection
    #[arg(long, value_name = "ID")]
    pub(crate) connection: Option<String>,
    /// Only of this app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// Only of this kind: call, proxy, identify, connect, refresh, revoke, export, reseal
    #[arg(long, value_name = "KIND")]
    pub(crate) action: Option<String>,
    /// Only before the entry of this number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<i64>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: usize,
}
