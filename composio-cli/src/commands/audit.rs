use composio_engine::{AuditEntry, AuditQuery};
use serde_json::json;

use crate::{
    cli::{AuditCommand, ListAudit},
    context::Context,
    failure::{Exit, Failure},
    output::{Progress, Table},
};

pub(super) async fn run(context: &Context, command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::List(asked) => list(context, asked).await,
        AuditCommand::Verify { head } => verify(context, head.as_deref()).await,
    }
}

async fn list(context: &Context, asked: ListAudit) -> Result<(), Failure> {
    let mut query = AuditQuery::new().limit(asked.limit);
    query.user_id = asked.entity_id;
    query.connected_account_id = asked.connection;
    query.toolkit_slug = asked.app;
    query.action = asked.action;
    query.before = asked.before;
    let entries = context.backend().await?.operator().audit(&query).await?;
    if context.out.is_json() {
        return context.out.json(&json!({"items": entries}));
    }
    if entries.is_empty() {
        context.out.note("no credential was used");
        return Ok(());
    }
    let mut table = Table::new(["NUMBER", "AT", "BY", "ENTITY", "WHAT", "HOST"]);
    for entry in &entries {
        table.row([
            &entry.number.to_string(),
            &entry.at,
            &entry.by,
            entry.user_id.as_deref().unwrap_or_default(),
            what(entry),
            entry.host.as_deref().unwrap_or_default(),
        ]);
    }
    context.out.table(table)
}

/// The tool, or what else was done.
fn what(entry: &AuditEntry) -> &str {
    let tool = entry.note.as_deref().or(entry.tool_slug.as_deref());
    tool.unwrap_or(&entry.action)
}

async fn verify(context: &Context, head: Option<&str>) -> Result<(), Failure> {
    let operator = context.backend().await?.operator();
    let progress = Progress::start("reading the audit log");
    let report = operator.verify_audit(head).await?;
    drop(progress);
    if context.out.is_json() {
        context.out.json(&report)?;
    } else {
        let (entries, removed) = (report.entries, report.removed);
        for problem in &report.problems {
            let place = problem.entry.map(|number| format!("entry {number}: "));
            let place = place.unwrap_or_default();
            context.out.say(&format!("{place}{}", problem.what))?;
        }
        if report.is_sound {
            context.out.say(&format!(
                "{entries} entries are as they were written; {removed} were removed because they were old"
            ))?;
        }
        if let Some(head) = report.head.filter(|_| report.is_sound) {
            context.out.say(&format!("the log ends at {head}"))?;
            context.out.note(
                "keep that line elsewhere; `composio audit verify --head` with it notices an older copy of the database",
            );
        }
    }
    if report.is_sound {
        return Ok(());
    }
    Err(
        Failure::new(Exit::Failed, "the audit log is not as it was written").hint(
            "somebody has changed the database, or part of it was lost: compare it with a backup",
        ),
    )
}
