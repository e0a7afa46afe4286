use composio_core::{
    ErrorKind,
    models::{AuthScheme, Toolkit},
};

use super::{apps, fields};
use crate::{cli::Add, context::Context, failure::Failure, output::Table};

pub(super) async fn run(context: &Context, command: Add) -> Result<(), Failure> {
    let toolkit = app(context, &command).await?;
    if toolkit.no_auth {
        return context.out.say(&format!(
            "{} needs no connection: `composio execute` runs its actions",
            toolkit.slug
        ));
    }
    let client = context.backend().await?.client();
    let mode = match &command.integration_id {
        Some(id) => client.auth_configs().get(id).await?.auth_scheme,
        None => None,
    };
    let mode = mode
        .as_ref()
        .map(AuthScheme::as_str)
        .or(command.auth_mode.as_deref());
    let details = fields::scheme(&toolkit, mode, &command.params)?;
    let asked = &details.fields.connected_account_initiation;
    let given = fields::complete(asked, command.params).await?;
    let mut connect = client.connect(&toolkit.slug).scheme(details.mode.clone());
    for (name, value) in given {
        connect = connect.field(name, value);
    }
    if let Some(id) = command.integration_id {
        connect = connect.auth_config(id);
    }
    if let Some(entity) = command.entity_id {
        connect = connect.user_id(entity);
    }
    let created = connect.await?;
    if context.out.is_json() {
        return context.out.json(&created);
    }
    let mut record = Table::record();
    record.line("Connection", &created.id);
    record.line("App", &toolkit.slug);
    record.line("Status", created.status.as_str());
    record.line("Open", created.redirect_url.as_deref().unwrap_or_default());
    context.out.record(record)?;
    context.out.note(&format!(
        "`composio actions list --app {}` shows what can be done now",
        toolkit.slug
    ));
    Ok(())
}

/// The app, added first if it is not there and its document is given.
async fn app(context: &Context, command: &Add) -> Result<Toolkit, Failure> {
    let client = context.backend().await?.client();
    match client.toolkits().get(&command.name).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if command.files.spec.is_none() {
                return Err(Failure::from(error).hint(format!(
                    "add it from the vendor's OpenAPI document: `composio add {} --spec FILE`",
                    command.name
                )));
            }
            apps::import(context, &command.name, &command.files).await?;
            Ok(client.toolkits().get(&command.name).await?)
        }
        found => Ok(found?),
    }
}
