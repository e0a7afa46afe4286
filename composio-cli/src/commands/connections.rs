use composio_core::models::ConnectedAccount;

use super::{consent, pages, transfer};
use crate::{
    cli::{ConnectionsCommand, ListConnections, RefreshConnection},
    context::Context,
    failure::Failure,
    output::Table,
};

pub(super) async fn run(context: &Context, command: ConnectionsCommand) -> Result<(), Failure> {
    let accounts = context.backend().await?.client().connected_accounts();
    let (done, id, what) = match command {
        ConnectionsCommand::List(asked) => return list(context, asked).await,
        ConnectionsCommand::Get { id } => {
            let account = accounts.get(&id).await?;
            return show(context, &account);
        }
        ConnectionsCommand::Disable { id } => (accounts.disable(&id).await?, id, "is disabled"),
        ConnectionsCommand::Enable { id } => (accounts.enable(&id).await?, id, "is enabled"),
        ConnectionsCommand::Refresh(asked) => return refresh(context, asked).await,
        ConnectionsCommand::Export(asked) => return transfer::export(context, asked).await,
        ConnectionsCommand::Import { file } => return transfer::import(context, &file).await,
        ConnectionsCommand::Revoke { id } => return revoke(context, &id).await,
        ConnectionsCommand::Delete { id, revoke: true } => {
            let done = accounts.delete_and_revoke(&id).await?;
            (done, id, "is deleted, and its credentials are revoked")
        }
        ConnectionsCommand::Delete { id, .. } => (accounts.delete(&id).await?, id, "is deleted"),
    };
    if context.out.is_json() {
        return context.out.json(&done);
    }
    context.out.say(&format!("{id} {what}"))
}

async fn list(context: &Context, asked: ListConnections) -> Result<(), Failure> {
    let client = context.backend().await?.client();
    let mut list = client.connected_accounts().list();
    if !asked.app.is_empty() {
        list = list.toolkits(&asked.app);
    }
    if !asked.entity_id.is_empty() {
        list = list.users(&asked.entity_id);
    }
    if asked.active {
        list = list.statuses(["ACTIVE"]);
    }
    let mut page = pages::whole(list.stream()).await?;
    if asked.active {
        page.items.retain(ConnectedAccount::is_active);
    }
    if !asked.label.is_empty() {
        page.items
            .retain(|account| has_labels(account, &asked.label));
    }
    if page.total_items > 0 {
        page.total_items = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    }
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        context
            .out
            .note("no connection; `composio add NAME -e ID` makes one");
        return Ok(());
    }
    let mut table = Table::new(["CONNECTION", "APP", "ENTITY", "ACCOUNT", "STATUS", "MADE"]);
    for account in &page.items {
        table.row([
            &account.id,
            &account.toolkit.slug,
            &account.user_id,
            whose(account),
            status(account),
            &account.created_at,
        ]);
    }
    context.out.table(table)
}

/// Whose account it is at the app, if the app has said so.
fn whose(account: &ConnectedAccount) -> &str {
    let identity = account.identity.as_ref();
    let name = identity.and_then(|own| own.label.as_deref().or(own.id.as_deref()));
    name.unwrap_or_default()
}

fn labels(account: &ConnectedAccount) -> &[String] {
    let former = account.deprecated.as_ref();
    former.map_or(&[], |former| former.labels.as_slice())
}

fn has_labels(account: &ConnectedAccount, wanted: &[String]) -> bool {
    wanted.iter().all(|label| labels(account).contains(label))
}

/// Renews the credentials, or asks the user once more.
async fn refresh(context: &Context, asked: RefreshConnection) -> Result<(), Failure> {
    let backend = context.backend().await?;
    let accounts = backend.client().connected_accounts();
    let account = accounts.get(&asked.id).await?;
    let scheme = account.auth_config.auth_scheme.as_ref();
    if scheme.is_some_and(consent::is_needed) {
        backend.answer_browsers(asked.listen).await?;
    }
    let mut refreshed = accounts.refresh(&asked.id).await?;
    if let Some(url) = refreshed.redirect_url.clone() {
        let waits = consent::Wait {
            opens_browser: !asked.no_browser,
            timeout: asked.timeout,
        };
        let connected = waits.for_consent(context, &asked.id, &url).await?;
        refreshed.status = connected.status;
    }
    if context.out.is_json() {
        return context.out.json(&refreshed);
    }
    context
        .out
        .say(&format!("{} is {}", refreshed.id, refreshed.status))
}

async fn revoke(context: &Context, id: &str) -> Result<(), Failure> {
    let accounts = context.backend().await?.client().connected_accounts();
    let revoked = accounts.revoke(id).await?;
    if context.out.is_json() {
        return context.out.json(&revoked);
    }
    let status = &revoked.connected_account.status;
    context.out.say(&format!(
        "{id} is {status}; revoked: {}",
        revoked.revoked_tokens.join(", ")
    ))
}

fn status(account: &ConnectedAccount) -> &str {
    if account.is_disabled {
        "DISABLED"
    } else {
        account.status.as_str()
    }
}

fn show(context: &Context, account: &ConnectedAccount) -> Result<(), Failure> {
    if context.out.is_json() {
        return context.out.json(account);
    }
    let mut record = Table::record();
    record.line("Connection", &account.id);
    record.line("App", &account.toolkit.slug);
    record.line("Entity", &account.user_id);
    record.line("Account", whose(account));
    record.line("Status", status(account));
    record.line(
        "Reason",
        account.status_reason.as_deref().unwrap_or_default(),
    );
    record.line("Integration", &account.auth_config.id);
    let scheme = account.state.auth_scheme.as_ref();
    record.line("Scheme", scheme.map_or("", |scheme| scheme.as_str()));
    for (name, value) in account
        .state
        .val
        .iter()
        .filter(|(name, _)| *name != "status")
    {
        record.line(name, value.as_str().unwrap_or_default());
    }
    record.line("Labels", &labels(account).join(", "));
    record.line("Alias", account.alias.as_deref().unwrap_or_default());
    record.line("Made", &account.created_at);
    record.line("Changed", &account.updated_at);
    context.out.record(record)
}
