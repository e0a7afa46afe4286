use composio_core::models::{Page, Tool};
use serde_json::Value;

use super::pages;
use crate::{
    cli::{ActionsCommand, ListActions},
    context::Context,
    failure::Failure,
    output::Table,
};

pub(super) async fn run(context: &Context, command: ActionsCommand) -> Result<(), Failure> {
    match command {
        ActionsCommand::List(asked) => list(context, asked).await,
        ActionsCommand::Show { slug } => show(context, &slug).await,
    }
}

async fn list(context: &Context, asked: ListActions) -> Result<(), Failure> {
    let page = found(context, &asked).await?;
    let shown = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        context
            .out
            .note("no action fits; `composio apps list` shows the apps there are");
        return Ok(());
    }
    let mut table = Table::new(["ACTION", "DESCRIPTION"]);
    for tool in &page.items {
        let text = if tool.description.is_empty() {
            &tool.name
        } else {
            &tool.description
        };
        table.row([&tool.slug, text]);
    }
    context.out.table(table)?;
    if shown < page.total_items {
        let total = page.total_items;
        context
            .out
            .note(&format!("{shown} of {total} actions; --all lists all"));
    }
    Ok(())
}

/// All actions, or those that a person wants to see first: the important ones, else just some.
async fn found(context: &Context, asked: &ListActions) -> Result<Page<Tool>, Failure> {
    let client = context.backend().await?.client();
    for app in &asked.app {
        // A list of nothing would not tell that the app is not there.
        client.toolkits().get(app).await?;
    }
    let query = || {
        let mut list = client.tools().list();
        if !asked.app.is_empty() {
            list = list.toolkits(&asked.app);
        }
        if !asked.tag.is_empty() {
            list = list.tags(&asked.tag);
        }
        match &asked.search {
            Some(words) => list.query(words),
            None => list,
        }
    };
    if asked.all {
        return Ok(pages::whole(query().limit(500).stream()).await?);
    }
    let first = query().limit(asked.limit).await?;
    if asked.search.is_some() || !asked.tag.is_empty() || first.next_cursor.is_none() {
        return Ok(first);
    }
    let mut important = query().important(true).limit(asked.limit).await?;
    if important.items.is_empty() {
        return Ok(first);
    }
    important.total_items = first.total_items;
    Ok(important)
}

async fn show(context: &Context, slug: &str) -> Result<(), Failure> {
    let tool = context.backend().await?.client().tools().get(slug).await?;
    if context.out.is_json() {
        return context.out.json(&tool);
    }
    let mut record = Table::record();
    record.line("Action", &tool.slug);
    record.line("Name", &tool.name);
    record.line("Description", &tool.description);
    record.line("App", &tool.toolkit.slug);
    record.line("Version", &tool.version);
    record.line("Tags", &tool.tags.join(", "));
    record.line("Scopes", &tool.scopes.join(", "));
    if tool.no_auth {
        record.line("Connection", "not needed");
    }
    if tool.is_deprecated {
        record.line("Deprecated", "yes");
    }
    context.out.record(record)?;
    let schema = tool.input_parameters.to_value();
    match arguments(&schema) {
        Some(table) => {
            context.out.text("")?;
            context.out.table(table)
        }
        None => context.out.say("It takes no arguments."),
    }
}

fn arguments(schema: &Value) -> Option<Table> {
    let properties = schema.get("properties")?.as_object()?;
    if properties.is_empty() {
        return None;
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut table = Table::new(["ARGUMENT", "TYPE", "REQUIRED", "DESCRIPTION"]);
    let is_required = |name: &String| required.contains(&name.as_str());
    let (first, rest): (Vec<_>, Vec<_>) =
        properties.iter().partition(|(name, _)| is_required(name));
    for (name, property) in first.into_iter().chain(rest) {
        let description = property.get("description").and_then(Value::as_str);
        let needed = if is_required(name) { "yes" } else { "no" };
        let kind = kind(property);
        table.row([name, &kind, needed, description.unwrap_or_default()]);
    }
    Some(table)
}

fn kind(property: &Value) -> String {
    match property.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join("|")
        }
        _ if property.get("$ref").is_some() => "object".to_owned(),
        _ => "any".to_owned(),
    }
}
