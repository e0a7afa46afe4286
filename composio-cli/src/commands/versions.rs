//! What is different between the versions of an app.

use composio_catalog::{Integration, VersionDiff};
use composio_engine::{NewApp, Operator};

use crate::{
    cli::DiffApp,
    context::Context,
    failure::Failure,
    output::{Progress, Table},
    prompt,
};

pub(super) async fn diff(context: &Context, asked: &DiffApp) -> Result<(), Failure> {
    let operator = context.backend().await?.operator();
    let DiffApp { name, from, to } = asked;
    let diff = operator.diff(name, from.as_deref(), to.as_deref());
    let diff = diff.await?;
    if context.out.is_json() {
        return context.out.json(&diff);
    }
    let versions = format!("{name} {} after {}", diff.to, diff.from);
    context
        .out
        .say(&format!("{versions}: {}", counted(&diff)))?;
    table(&diff).map_or(Ok(()), |table| context.out.table(table))
}

/// The app, to be taken as it was looked at, if whoever is asked agrees to what is different from the version before.
pub(super) async fn agreed(
    context: &Context,
    operator: &Operator,
    app: NewApp,
) -> Result<NewApp, Failure> {
    let slug = slug(&app);
    let Ok(known) = operator.app(&slug).await else {
        return Ok(app);
    };
    let progress = Progress::start(format!("comparing {slug} with {}", known.version));
    let linted = operator
        .lint_app_with(app.clone(), progress.of_import())
        .await;
    drop(progress);
    let linted = linted?;
    if let Some(changes) = linted.changes.filter(|changes| !changes.is_empty()) {
        context.out.note(&format!(
            "{slug} would differ from {}: {}",
            known.version,
            counted(&changes)
        ));
        if !context.out.is_json()
            && let Some(table) = table(&changes)
        {
            context.out.table(table)?;
        }
        let breaks = if changes.is_breaking() {
            " Calls that work now may fail with it."
        } else {
            ""
        };
        let question = format!("Take the new version of {slug}?{breaks}");
        prompt::confirm(&question).await?;
    }
    Ok(match linted.digest {
        Some(digest) => app.only(digest),
        None => app,
    })
}

/// The name that the app has or would have.
fn slug(app: &NewApp) -> String {
    let integration = Integration::parse(app.integration.as_bytes());
    match (&app.name, integration) {
        (Some(name), _) => name.to_lowercase(),
        (None, Ok(integration)) => integration.slug(),
        (None, Err(_)) => String::new(),
    }
}

fn counted(diff: &VersionDiff) -> String {
    let mut parts = vec![
        format!("{} new", diff.added.len()),
        format!("{} gone", diff.removed.len()),
        format!("{} different", diff.changed.len()),
        format!("{} as before", diff.unchanged),
    ];
    if !diff.hosts_added.is_empty() {
        parts.push(format!("leads to {} too", diff.hosts_added.join(", ")));
    }
    if !diff.hosts_removed.is_empty() {
        parts.push(format!(
            "no longer leads to {}",
            diff.hosts_removed.join(", ")
        ));
    }
    if diff.integration_changed {
        parts.push("another integration.yaml".to_owned());
    }
    parts.join(", ")
}

fn table(diff: &VersionDiff) -> Option<Table> {
    if diff.added.is_empty() && diff.removed.is_empty() && diff.changed.is_empty() {
        return None;
    }
    let mut table = Table::new(["ACTION", "BREAKS", "DIFFERENCE"]);
    for slug in &diff.removed {
        table.row([slug, "yes", "gone"]);
    }
    let (breaking, others): (Vec<_>, Vec<_>) = diff.changed.iter().partition(|tool| tool.breaking);
    for tool in breaking.into_iter().chain(others) {
        let changes: Vec<String> = tool.changes.iter().map(ToString::to_string).collect();
        let breaks = if tool.breaking { "yes" } else { "no" };
        table.row([&tool.slug, breaks, &changes.join("; ")]);
    }
    for slug in &diff.added {
        table.row([slug, "no", "new"]);
    }
    Some(table)
}
