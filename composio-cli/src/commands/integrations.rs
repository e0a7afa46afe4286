use composio_core::models::{CreateAuthConfig, CreateAuthConfigRequest, ToolAccessConfig};

use super::{fields, pages};
use crate::{
    cli::{CreateIntegration, IntegrationsCommand},
    context::Context,
    failure::Failure,
    output::Table,
    prompt,
};

pub(super) async fn run(context: &Context, command: IntegrationsCommand) -> Result<(), Failure> {
    match command {
        IntegrationsCommand::List { app } => list(context, app).await,
        IntegrationsCommand::Create(asked) => create(context, asked).await,
        IntegrationsCommand::Remove { id, yes } => remove(context, &id, yes).await,
    }
}

async fn list(context: &Context, app: Option<String>) -> Result<(), Failure> {
    let client = context.backend().await?.client();
    let mut list = client.auth_configs().list().show_disabled(true);
    if let Some(app) = app {
        list = list.toolkit(app);
    }
    let page = pages::whole(list.stream()).await?;
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        context.out.note(
            "no integration; `composio add NAME` makes one by itself, `composio integrations create NAME` on purpose",
        );
        return Ok(());
    }
    let mut table = Table::new([
        "INTEGRATION",
        "APP",
        "SCHEME",
        "STATUS",
        "CONNECTIONS",
        "NAME",
    ]);
    for config in &page.items {
        let scheme = config.auth_scheme.as_ref();
        table.row([
            &config.id,
            &config.toolkit.slug,
            scheme.map_or("", |scheme| scheme.as_str()),
            &config.status,
            &config.no_of_connections.to_string(),
            &config.name,
        ]);
    }
    context.out.table(table)
}

async fn create(context: &Context, mut asked: CreateIntegration) -> Result<(), Failure> {
    asked.params.append(&mut asked.param_files);
    let client = context.backend().await?.client();
    let app = client.toolkits().get(&asked.app).await?;
    let details = fields::scheme(&app, asked.auth_mode.as_deref(), &asked.params)?;
    if !asked.scope.is_empty() && details.field("scopes").is_none() {
        let message = format!("{} of {} asks for no scopes", details.mode, app.slug);
        return Err(Failure::usage(message));
    }
    let mut given = fields::of_developer(details, asked.params).await?;
    if !asked.scope.is_empty() {
        given.insert("scopes".to_owned(), asked.scope.into());
    }
    let mut custom = CreateAuthConfig::custom(details.mode.clone(), given);
    custom.name = asked.name;
    for action in &asked.actions {
        // A misspelt one would leave an integration through which nothing can be executed.
        client.tools().get(action).await?;
    }
    if !asked.actions.is_empty() {
        let mut access = ToolAccessConfig::default();
        access.tools_available_for_execution = Some(asked.actions);
        custom.tool_access_config = Some(access);
    }
    let request = CreateAuthConfigRequest::new(&app.slug, Some(custom));
    let created = client.auth_configs().create(&request).await?;
    if context.out.is_json() {
        return context.out.json(&created);
    }
    let id = &created.auth_config.id;
    context.out.say(id)?;
    context.out.note(&format!(
        "`composio add {} --integration-id {id}` connects a user through it",
        app.slug
    ));
    Ok(())
}

async fn remove(context: &Context, id: &str, is_sure: bool) -> Result<(), Failure> {
    let configs = context.backend().await?.client().auth_configs();
    let config = configs.get(id).await?;
    if !is_sure && config.no_of_connections > 0 {
        let question = format!(
            "Remove {id} with its {} connections?",
            config.no_of_connections
        );
        prompt::confirm(&question).await?;
    }
    let done = configs.delete(id).await?;
    if context.out.is_json() {
        return context.out.json(&done);
    }
    context.out.say(&format!("{id} is removed"))
}
