//! Rust for the actions of apps.

use composio_build::{App, Types};
use serde_json::json;

use super::pages;
use crate::{
    cli::GenerateTypes,
    context::Context,
    failure::{Exit, Failure},
    output::Progress,
};

/// Tools of a page, schemas included.
const PAGE: u32 = 500;

pub(super) async fn generate(context: &Context, asked: GenerateTypes) -> Result<(), Failure> {
    let apps = apps(context, &asked).await?;
    let written = json!({
        "apps": apps.len(),
        "path": &asked.out,
    });
    let mut types = apps.into_iter().fold(Types::new(), Types::app);
    if asked.without_results {
        types = types.without_results();
    }
    let Some(out) = &asked.out else {
        let source = types.source()?;
        if context.out.is_json() {
            return context.out.json(&json!({"source": source}));
        }
        return context.out.text(source.trim_end());
    };
    types.write(out)?;
    if context.out.is_json() {
        return context.out.json(&written);
    }
    context
        .out
        .say(&format!("{} has the types", out.display()))?;
    context
        .out
        .note("`composio_core::typed` says how they are used");
    Ok(())
}

/// The apps that are meant, with their tools.
async fn apps(context: &Context, asked: &GenerateTypes) -> Result<Vec<App>, Failure> {
    let client = context.backend().await?.client();
    let mut names = asked.apps.clone();
    if names.is_empty() {
        let all = pages::whole(client.toolkits().list().stream()).await?;
        names.extend(all.items.into_iter().map(|app| app.slug));
    }
    if names.is_empty() {
        return Err(Failure::new(Exit::NotFound, "there is no app")
            .hint("`composio apps add NAME --spec FILE` adds one"));
    }
    names.sort();
    names.dedup();
    let mut apps = Vec::with_capacity(names.len());
    for name in names {
        let app = client.toolkits().get(&name).await?;
        let progress = Progress::start(format!("reading {}", app.slug));
        let tools = client.tools().list().toolkits([&app.slug]).limit(PAGE);
        let tools = pages::whole(tools.stream()).await?;
        drop(progress);
        apps.push(App::new(app.slug, tools.items));
    }
    for slug in &asked.actions {
        let is_there = |app: &App| app.has_action(slug);
        if !apps.iter().any(is_there) {
            let message = format!("none of the apps has an action {slug}");
            return Err(Failure::new(Exit::NotFound, message)
                .hint("`composio actions search WORDS` finds actions"));
        }
    }
    let chosen = apps.into_iter().map(|app| {
        let own: Vec<&String> = asked
            .actions
            .iter()
            .filter(|slug| app.has_action(slug))
            .collect();
        // An app without any of the actions that were asked for has none to be written.
        let is_left_out = own.is_empty() && !asked.actions.is_empty() && asked.tags.is_empty();
        let app = app.actions(own).tags(&asked.tags);
        (!is_left_out).then_some(app)
    });
    Ok(chosen.flatten().collect())
}
