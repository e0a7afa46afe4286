use composio_core::models::{Page, Relevance, Tool};

use super::{pages, schema};
use crate::{
    cli::{ActionsCommand, ListActions, SearchActions},
    context::Context,
    failure::Failure,
    output::Table,
};

pub(super) async fn run(context: &Context, command: ActionsCommand) -> Result<(), Failure> {
    match command {
        ActionsCommand::List(asked) => list(context, asked).await,
        ActionsCommand::Search(asked) => search(context, asked).await,
        ActionsCommand::Show { slug } => show(context, &slug).await,
    }
}

fn none(context: &Context) -> Result<(), Failure> {
    context
        .out
        .note("no action fits; `composio apps list` shows the apps there are");
    Ok(())
}

async fn list(context: &Context, asked: ListActions) -> Result<(), Failure> {
    let page = found(context, &asked).await?;
    let shown = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        return none(context);
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
    match schema::arguments(&tool.input_parameters.to_value()) {
        Some(table) => {
            context.out.text("")?;
            context.out.table(table)?;
        }
        None => context.out.say("It takes no arguments.")?,
    }
    if let Some(table) = schema::result(&tool.output_parameters.to_value()) {
        context.out.text("")?;
        context.out.table(table)?;
    }
    Ok(())
}

async fn search(context: &Context, asked: SearchActions) -> Result<(), Failure> {
    let client = context.backend().await?.client();
    for app in &asked.app {
        // A list of nothing would not tell that the app is not there.
        client.toolkits().get(app).await?;
    }
    let mut list = client.tools().list().query(asked.words.join(" "));
    if !asked.app.is_empty() {
        list = list.toolkits(&asked.app);
    }
    if !asked.tag.is_empty() {
        list = list.tags(&asked.tag);
    }
    let page = list.explain(true).limit(asked.limit).await?;
    if context.out.is_json() {
        return context.out.json(&page);
    }
    if page.items.is_empty() {
        return none(context);
    }
    context.out.table(hits(&page.items))?;
    context
        .out
        .note("`composio actions show ACTION` shows what one takes and gives");
    Ok(())
}

/// Scores and reasons; of a service that tells none, what the actions do.
fn hits(tools: &[Tool]) -> Table {
    let mut table = Table::new(["SCORE", "ACTION", "WHY"]);
    for tool in tools {
        match &tool.relevance {
            Some(relevance) => {
                let score = format!("{:.1}", relevance.score);
                table.row([&score, &tool.slug, &why(relevance)]);
            }
            None => table.row(["", &tool.slug, &tool.description]),
        }
    }
    table
}

/// `ticket in name, path; open as creat in name`: a word, the stem that it stands for where that is another, and where the
/// action has it.
fn why(relevance: &Relevance) -> String {
    let matches = relevance.matches.iter().map(|found| {
        let fields = found.fields.join(", ");
        if found.word.starts_with(&found.term) {
            format!("{} in {fields}", found.word)
        } else {
            format!("{} as {} in {fields}", found.word, found.term)
        }
    });
    matches.collect::<Vec<_>>().join("; ")
}
