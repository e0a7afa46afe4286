use composio_engine::{KeyInfo, NewKey};
use serde_json::json;

use crate::{
    cli::{CreateKey, KeysCommand},
    context::Context,
    failure::Failure,
    output::Table,
};

pub(super) async fn run(context: &Context, command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::Create(asked) => create(context, asked).await,
        KeysCommand::List => list(context).await,
        KeysCommand::Revoke { id } => revoke(context, &id).await,
    }
}

async fn create(context: &Context, asked: CreateKey) -> Result<(), Failure> {
    let mut new = NewKey::new();
    new.name = asked.name;
    new.project = asked.project;
    new.user_id = asked.entity_id;
    new.apps = (!asked.app.is_empty()).then_some(asked.app);
    new.operator = asked.operator;
    new.requests_per_minute = asked.requests_per_minute;
    if let Some(time) = asked.expires_at {
        let parsed = time.parse().map_err(|_| {
            Failure::usage(format!("{time} is no time")).hint("write it like 2030-01-01T00:00:00Z")
        })?;
        new = new.expires_at(parsed);
    }
    let created = context.backend().await?.operator().create_key(new).await?;
    if context.out.is_json() {
        // The one time that it can be seen, and what the command is for.
        return context
            .out
            .json(&json!({"id": created.id, "key": created.key.expose()}));
    }
    context.out.text(created.key.expose())?;
    context.out.note(&format!(
        "{}: keep it now, it is not shown again; `composio keys revoke {}` ends it",
        created.id, created.id
    ));
    Ok(())
}

async fn list(context: &Context) -> Result<(), Failure> {
    let keys = context.backend().await?.operator().keys().await?;
    if context.out.is_json() {
        return context.out.json(&json!({"items": keys}));
    }
    if keys.is_empty() {
        context.out.note("no key; `composio keys create` makes one");
        return Ok(());
    }
    let mut table = Table::new(["ID", "KEY", "PROJECT", "NAME", "FOR"]);
    for key in &keys {
        table.row([
            &key.id,
            &format!("{}…", key.hint),
            key.scope.project.as_deref().unwrap_or("default"),
            key.scope.name.as_deref().unwrap_or_default(),
            &scope(key),
        ]);
    }
    context.out.table(table)
}

/// What a key is narrowed or widened to, in words.
fn scope(key: &KeyInfo) -> String {
    let mut words = Vec::new();
    if key.scope.operator {
        words.push("operator".to_owned());
    }
    words.push(match &key.scope.user_id {
        Some(user) => format!("user {user}"),
        None => "all users".to_owned(),
    });
    if let Some(apps) = &key.scope.apps {
        words.push(apps.join(" "));
    }
    if let Some(end) = &key.scope.expires_at {
        words.push(format!("until {end}"));
    }
    words.join(", ")
}

async fn revoke(context: &Context, id: &str) -> Result<(), Failure> {
    context.backend().await?.operator().revoke_key(id).await?;
    if context.out.is_json() {
        return context.out.json(&json!({"success": true}));
    }
    context.out.say(&format!("{id} is revoked"))
}
