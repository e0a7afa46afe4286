use composio_catalog::Diagnostic;
use composio_core::models::{
    AuthConfigDetails, AuthField, CreateAuthConfig, CreateAuthConfigRequest, Toolkit,
    UpdateAuthConfig,
};
use composio_engine::{NewDeprecation, NewOauthClient};
use serde_json::json;

use super::{app_files, encode, fields, pages, types, versions};
use crate::{
    cli::{AddApp, AppFiles, AppsCommand, ConfigureApp, DeprecateApp, Parameter, TakeApp},
    context::Context,
    failure::Failure,
    output::{Progress, Table},
    prompt,
};

/// How many problems of a document are shown.
const SHOWN_PROBLEMS: usize = 20;

pub(super) async fn run(context: &Context, command: AppsCommand) -> Result<(), Failure> {
    match command {
        AppsCommand::Add(asked) => add(context, &asked).await,
        AppsCommand::List => list(context).await,
        AppsCommand::Show { name } => show(context, &name).await,
        AppsCommand::Lint(asked) => lint(context, &asked).await,
        AppsCommand::Diff(asked) => versions::diff(context, &asked).await,
        AppsCommand::GenerateTypes(asked) => types::generate(context, asked).await,
        AppsCommand::Configure(asked) => configure(context, asked).await,
        AppsCommand::Deprecate(asked) => deprecate(context, asked).await,
        AppsCommand::Encode => encode::run(context).await,
        AppsCommand::Remove { name, yes } => remove(context, &name, yes).await,
    }
}

async fn add(context: &Context, asked: &TakeApp) -> Result<(), Failure> {
    let TakeApp { app, yes } = asked;
    let slug = import(context, &app.name, &app.files, *yes).await?;
    context
        .out
        .note(&format!("`composio add {slug}` connects a user"));
    Ok(())
}

/// Adds the app, tells what came of it and gives its slug.
pub(super) async fn import(
    context: &Context,
    name: &str,
    files: &AppFiles,
    is_sure: bool,
) -> Result<String, Failure> {
    let mut app = app_files::read(name, files).await?;
    let asked = app.clone();
    let operator = context.backend().await?.operator();
    if !is_sure {
        app = versions::agreed(context, &operator, app).await?;
    }
    let progress = Progress::start(format!("adding {name}"));
    let added = operator.add_app_with(app, progress.of_import()).await;
    drop(progress);
    let added = added?;
    if context.out.is_json() {
        context.out.json(&added)?;
        return Ok(added.toolkit);
    }
    context.out.say(&format!(
        "{} {} has {} actions",
        added.toolkit, added.version, added.tools
    ))?;
    if let Some(derived) = app_files::derived(&asked, &added.schemes) {
        context.out.note(&derived);
    }
    if !added.report.is_clean() {
        context.out.note(&format!(
            "{} operations skipped, {} problems; `composio apps lint` shows them",
            added.report.skipped.len(),
            added.report.problems.len() + added.report.omitted
        ));
    }
    Ok(added.toolkit)
}

async fn list(context: &Context) -> Result<(), Failure> {
    let client = context.backend().await?.client();
    let page = pages::whole(client.toolkits().list().stream()).await?;
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        context
            .out
            .note("no app; `composio apps add github` adds one that comes with this version, --spec FILE any other");
        return Ok(());
    }
    let mut table = Table::new(["APP", "ACTIONS", "VERSION", "SCHEMES", "DESCRIPTION"]);
    for app in &page.items {
        table.row([
            &app.slug,
            &app.meta.tools_count.to_string(),
            &app.meta.version,
            &schemes(app),
            &app.meta.description,
        ]);
    }
    context.out.table(table)
}

fn schemes(app: &Toolkit) -> String {
    if app.no_auth {
        return "NO_AUTH".to_owned();
    }
    let modes: Vec<&str> = app.auth_schemes.iter().map(|mode| mode.as_str()).collect();
    modes.join(",")
}

async fn show(context: &Context, name: &str) -> Result<(), Failure> {
    let app = context
        .backend()
        .await?
        .client()
        .toolkits()
        .get(name)
        .await?;
    if context.out.is_json() {
        return context.out.json(&app);
    }
    let mut record = Table::record();
    record.line("App", &app.slug);
    record.line("Name", &app.name);
    record.line("Description", &app.meta.description);
    record.line("Version", &app.meta.version);
    record.line("Actions", &app.meta.tools_count.to_string());
    record.line("Address", app.base_url.as_deref().unwrap_or_default());
    record.line("Schemes", &schemes(&app));
    let categories = app.meta.categories.iter();
    let categories: Vec<&str> = categories.map(|category| category.name.as_str()).collect();
    record.line("Categories", &categories.join(", "));
    record.line("Documents", app.meta.app_url.as_deref().unwrap_or_default());
    let details = app.auth_config_details.as_deref().unwrap_or_default();
    for scheme in details {
        let name = format!("Scopes of {}", scheme.mode);
        record.line(&name, &scheme.required_scopes.join(", "));
    }
    context.out.record(record)?;
    if let Some(table) = asked_fields(details) {
        context.out.text("")?;
        context.out.table(table)?;
    }
    Ok(())
}

fn asked_fields(details: &[AuthConfigDetails]) -> Option<Table> {
    let mut table = Table::new(["SCHEME", "FIELD", "ASKED OF", "REQUIRED", "DESCRIPTION"]);
    let mut is_empty = true;
    for scheme in details {
        let groups = [
            ("developer", &scheme.fields.auth_config_creation),
            ("user", &scheme.fields.connected_account_initiation),
        ];
        for (owner, group) in groups {
            let required = group.required.iter().map(|field| (field, "yes"));
            let optional = group.optional.iter().map(|field| (field, "no"));
            for (field, needed) in required.chain(optional) {
                is_empty = false;
                table.row([
                    scheme.mode.as_str(),
                    &field.name,
                    owner,
                    needed,
                    about(field),
                ]);
            }
        }
    }
    (!is_empty).then_some(table)
}

fn about(field: &AuthField) -> &str {
    if field.description.is_empty() {
        &field.display_name
    } else {
        &field.description
    }
}

async fn lint(context: &Context, asked: &AddApp) -> Result<(), Failure> {
    let app = app_files::read(&asked.name, &asked.files).await?;
    let given = app.clone();
    let operator = context.backend().await?.operator();
    let progress = Progress::start(format!("reading {}", asked.name));
    let linted = operator.lint_app_with(app, progress.of_import()).await;
    drop(progress);
    let linted = linted?;
    if context.out.is_json() {
        return context.out.json(&linted);
    }
    let report = &linted.report;
    let found = report.problems.len() + report.omitted;
    if given.document.is_none() && given.document_url.is_none() && report.operations == 0 {
        context.out.say(&format!(
            "the integration.yaml of {} has {found} problems",
            linted.toolkit
        ))?;
        context
            .out
            .note("its OpenAPI document was not read; --spec FILE or --spec URL checks that too");
        return problems(context, &report.problems);
    }
    context.out.say(&format!(
        "{} operations give {} actions; {} are skipped, {found} problems",
        report.operations,
        report.tools,
        report.skipped.len(),
    ))?;
    if let Some(derived) = app_files::derived(&given, &linted.schemes) {
        context.out.say(&derived)?;
    }
    problems(context, &report.skipped)?;
    problems(context, &report.problems)
}

fn problems(context: &Context, found: &[Diagnostic]) -> Result<(), Failure> {
    for problem in found.iter().take(SHOWN_PROBLEMS) {
        let line = format!("{}: {}", problem.place, problem.problem);
        context.out.say(&line)?;
    }
    if found.len() > SHOWN_PROBLEMS {
        let rest = found.len() - SHOWN_PROBLEMS;
        context
            .out
            .note(&format!("… and {rest} more; --json has them all"));
    }
    Ok(())
}

/// Sets the developer's fields on the newest integration of the scheme, or makes one.
async fn configure(context: &Context, asked: ConfigureApp) -> Result<(), Failure> {
    let client = context.backend().await?.client();
    let app = client.toolkits().get(&asked.name).await?;
    let details = fields::scheme(&app, asked.auth_mode.as_deref(), &asked.params)?;
    if let Some(client_id) = asked.client_id {
        return configure_client(context, &app.slug, details, client_id, asked.params).await;
    }
    let given = fields::of_developer(details, asked.params).await?;
    let list = client.auth_configs().list().toolkit(&app.slug);
    let own = pages::whole(list.stream()).await?;
    let existing = own.items.into_iter().find(|config| {
        config.auth_scheme.as_ref() == Some(&details.mode) && !config.is_composio_managed
    });
    let id = match existing {
        Some(config) => {
            let mut update = UpdateAuthConfig::default();
            update.kind = config.kind;
            update.credentials = Some(given);
            client.auth_configs().update(&config.id, &update).await?;
            config.id
        }
        None => {
            let custom = CreateAuthConfig::custom(details.mode.clone(), given);
            let request = CreateAuthConfigRequest::new(&app.slug, Some(custom));
            client.auth_configs().create(&request).await?.auth_config.id
        }
    };
    if context.out.is_json() {
        return context
            .out
            .json(&json!({"id": id, "toolkit": {"slug": app.slug}}));
    }
    context
        .out
        .say(&format!("{} is reached through {id} now", app.slug))
}

/// Keeps the operator's own OAuth client, for every integration that has none of its own.
async fn configure_client(
    context: &Context,
    slug: &str,
    details: &AuthConfigDetails,
    client_id: String,
    mut params: Vec<Parameter>,
) -> Result<(), Failure> {
    params.push(Parameter {
        name: "client_id".to_owned(),
        value: client_id.into(),
    });
    let mut client = NewOauthClient::default();
    client.scheme = Some(details.mode.clone());
    client.credentials = fields::of_developer(details, params).await?;
    let operator = context.backend().await?.operator();
    let client = operator.configure_client(slug, client).await?;
    if context.out.is_json() {
        return context.out.json(&client);
    }
    let redirect = client
        .redirect_url
        .map(|url| format!(", which has to send users back to {url}"));
    context.out.say(&format!(
        "{slug} is reached through your client now{}",
        redirect.unwrap_or_default()
    ))
}

async fn deprecate(context: &Context, asked: DeprecateApp) -> Result<(), Failure> {
    let operator = context.backend().await?.operator();
    let app = if asked.undo {
        operator.undeprecate(&asked.name, &asked.version).await?
    } else {
        let mut deprecation = NewDeprecation::new();
        deprecation.sunset_at = asked.sunset;
        deprecation.reason = asked.reason;
        let deprecated = operator.deprecate(&asked.name, &asked.version, deprecation);
        deprecated.await?
    };
    if context.out.is_json() {
        return context.out.json(&app);
    }
    let is = if asked.undo { "no longer" } else { "now" };
    context.out.say(&format!(
        "{} {} is {is} deprecated",
        app.slug, asked.version
    ))
}

async fn remove(context: &Context, name: &str, is_sure: bool) -> Result<(), Failure> {
    let backend = context.backend().await?;
    let app = backend.client().toolkits().get(name).await?;
    if !is_sure {
        let question = format!("Remove {} with its integrations and connections?", app.slug);
        prompt::confirm(&question).await?;
    }
    backend.operator().remove_app(&app.slug).await?;
    if context.out.is_json() {
        return context.out.json(&json!({"success": true}));
    }
    context.out.say(&format!("{} is removed", app.slug))
}
