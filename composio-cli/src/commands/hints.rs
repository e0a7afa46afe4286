//! What to do next when something is missing.

use crate::failure::{Exit, Failure};

/// The service's names for what is missing, and the command that helps.
const BY_SLUG: &[(&str, &str)] = &[
    (
        "Toolkit_NotFound",
        "`composio apps list` shows the apps; `composio apps add NAME --spec FILE` adds one",
    ),
    (
        "Tool_ToolNotFound",
        "`composio actions list --search WORDS` finds actions",
    ),
    (
        "Toolkit_VersionNotFound",
        "name one of those, or leave it out for the newest",
    ),
    (
        "Toolkit_DocumentNotFetched",
        "fetch it by other means, and give it as a file: --spec FILE",
    ),
    (
        "Egress_NotAllowed",
        "where it is yours, let the engine reach it: --allow loopback, or --allow 10.1.0.0/16",
    ),
    (
        "Store_NotWritable",
        "make room on the disk of the home folder, or name another folder with --home DIR",
    ),
    (
        "AuthConfig_ToolNotAllowed",
        "`composio integrations create NAME --action ACTION` makes an integration for it",
    ),
    (
        "Tool_InvalidArguments",
        "`composio actions show SLUG` shows the arguments",
    ),
    (
        "ConnectedAccount_NotFound",
        "`composio connections list` shows the connections; `composio add NAME -e ID` makes one",
    ),
    (
        "ConnectedAccount_Disabled",
        "`composio connections enable ID` lets it be used again",
    ),
    (
        "Toolkit_NameMismatch",
        "add it under that name, or change the unique_key",
    ),
    ("Key_NotFound", "`composio keys list` shows the keys"),
    (
        "Caller_NotOperator",
        "this needs a key made with `composio keys create --operator`",
    ),
    (
        "Vault_NoKeyFile",
        "put the file back or name it with --key-file; `composio vault init` makes one for a new engine",
    ),
    (
        "Vault_WrongKey",
        "name the file of the right key with --key-file, or set COMPOSIO_MASTER_KEY to it",
    ),
    (
        "AuthConfig_NotFound",
        "`composio integrations list` shows the integrations",
    ),
    (
        "Auth_FieldMissing",
        "`composio apps show NAME` shows the fields; give one with --param name=value",
    ),
    (
        "Auth_FieldUnknown",
        "`composio apps show NAME` shows the fields",
    ),
    (
        "Auth_SchemeNotFound",
        "`composio apps show NAME` shows the schemes",
    ),
];

/// The failure with the next step, if it has none.
pub(super) fn with_next_step(failure: Failure) -> Failure {
    let by_slug = BY_SLUG
        .iter()
        .find(|(slug, _)| failure.slug() == Some(slug))
        .map(|(_, hint)| *hint);
    let hint = by_slug.or_else(|| match failure.exit()? {
        Exit::NotAuthorised => {
            Some("`composio whoami` shows which key is used; `composio login` keeps another")
        }
        Exit::NotFound => Some("`composio --help` shows the lists there are"),
        Exit::Usage => Some("`--help` after the command shows what it takes"),
        Exit::Unavailable => {
            Some("try again later; `composio whoami` shows which server was asked")
        }
        _ => None,
    });
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
