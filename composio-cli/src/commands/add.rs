use composio_core::{
    ErrorKind,
    client::Client,
    models::{AuthScheme, ConnectedAccount, CreatedConnectedAccount, Toolkit},
};

use super::{app_files, apps, consent, fields};
use crate::{
    cli::Add,
    context::Context,
    failure::{Exit, Failure},
    output::Table,
    prompt,
};

pub(super) async fn run(context: &Context, mut command: Add) -> Result<(), Failure> {
    command.params.append(&mut command.param_files);
    let toolkit = app(context, &command).await?;
    if toolkit.no_auth {
        return context.out.say(&format!(
            "{} needs no connection: `composio execute` runs its actions",
            toolkit.slug
        ));
    }
    let client = context.backend().await?.client();
    if !command.force {
        ensure_first(client, &toolkit, command.entity_id.as_deref()).await?;
    }
    let waits = consent::Wait {
        opens_browser: !command.no_browser,
        timeout: command.timeout,
    };
    let mut created = begin(context, &toolkit, command).await?;
    if let Some(url) = created.redirect_url.clone() {
        let connected = waits.for_consent(context, &created.id, &url).await?;
        created.status = connected.status;
    }
    if context.out.is_json() {
        return context.out.json(&created);
    }
    let account = client.connected_accounts().get(&created.id).await?;
    show(context, &account)
}

/// Starts the connection: it is active at once, or waits for a consent.
async fn begin(
    context: &Context,
    toolkit: &Toolkit,
    command: Add,
) -> Result<CreatedConnectedAccount, Failure> {
    let backend = context.backend().await?;
    let client = backend.client();
    let mode = match &command.integration_id {
        Some(id) => client.auth_configs().get(id).await?.auth_scheme,
        None => None,
    };
    let mode = mode
        .as_ref()
        .map(AuthScheme::as_str)
        .or(command.auth_mode.as_deref());
    let details = fields::scheme(toolkit, mode, &command.params)?;
    if consent::is_needed(&details.mode) {
        backend.answer_browsers(command.listen).await?;
    }
    let asked = &details.fields.connected_account_initiation;
    let given = fields::complete(asked, command.params).await?;
    let mut connect = client
        .connect(&toolkit.slug)
        .scheme(details.mode.clone())
        .scopes(command.scope)
        .labels(command.label);
    for (name, value) in given {
        connect = connect.field(name, value);
    }
    if let Some(id) = command.integration_id {
        connect = connect.auth_config(id);
    }
    if let Some(entity) = command.entity_id {
        connect = connect.user_id(entity);
    }
    if let Some(alias) = command.alias {
        connect = connect.alias(alias);
    }
    Ok(connect.await?)
}

/// A second account of the app is connected on purpose alone: actions would run on it from then on.
async fn ensure_first(
    client: &Client,
    toolkit: &Toolkit,
    entity: Option<&str>,
) -> Result<(), Failure> {
    let user = match entity {
        Some(entity) => entity.to_owned(),
        None => own_user(client).await?,
    };
    let list = client
        .connected_accounts()
        .list()
        .users([&user])
        .toolkits([&toolkit.slug])
        .statuses(["ACTIVE"]);
    let page = list.await?;
    // A list of users is joined by commas, which may be in a user's id.
    let is_first = |account: &&ConnectedAccount| account.is_active() && account.user_id == user;
    let Some(first) = page.items.iter().find(is_first) else {
        return Ok(());
    };
    let message = format!(
        "{user} is connected to {} already, by {}",
        toolkit.slug, first.id
    );
    if prompt::is_interactive() {
        return prompt::confirm(&format!("{message}. Connect another account?")).await;
    }
    Err(Failure::new(Exit::Conflict, message)
        .hint("--force connects another account; the newest one is used from then on"))
}

/// Whom the key is for.
pub(super) async fn own_user(client: &Client) -> Result<String, Failure> {
    let member = client.session_info().await?.org_member;
    let user = member.filter(|member| member.role == "USER");
    Ok(user.map_or_else(|| "default".to_owned(), |member| member.id))
}

fn show(context: &Context, account: &ConnectedAccount) -> Result<(), Failure> {
    let mut record = Table::record();
    record.line("Connection", &account.id);
    record.line("App", &account.toolkit.slug);
    record.line("Integration", &account.auth_config.id);
    record.line("Status", account.status.as_str());
    context.out.record(record)?;
    context.out.note(&format!(
        "`composio actions list --app {}` shows what can be done now",
        account.toolkit.slug
    ));
    Ok(())
}

/// The app, added first if it is not there and its document is given.
async fn app(context: &Context, command: &Add) -> Result<Toolkit, Failure> {
    let client = context.backend().await?.client();
    match client.toolkits().get(&command.name).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let is_known = app_files::is_shipped(&command.name);
            if command.files.spec.is_none() && !is_known {
                return Err(Failure::from(error).hint(format!(
                    "add it from the vendor's OpenAPI document: `composio add {} --spec FILE`",
                    command.name
                )));
            }
            // It is not there yet, so nothing of it can change.
            apps::import(context, &command.name, &command.files, true).await?;
            Ok(client.toolkits().get(&command.name).await?)
        }
        found => Ok(found?),
    }
}
