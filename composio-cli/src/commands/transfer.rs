//! Connections with their credentials, out of an engine and into one.

use std::{fs, path::Path};

use composio_core::models::CreatedConnectedAccount;
use composio_engine::ExportedAccount;
use serde::{Deserialize, Serialize};

use crate::{
    cli::ExportConnections,
    context::Context,
    failure::{Exit, Failure},
    home,
};

/// What a file of this version begins with.
const VERSION: u32 = 1;

/// The file of an export.
#[derive(Debug, Serialize, Deserialize)]
struct Export {
    version: u32,
    connections: Vec<ExportedAccount>,
}

pub(super) async fn export(context: &Context, asked: ExportConnections) -> Result<(), Failure> {
    let operator = context.backend().await?.operator();
    let mut connections = Vec::with_capacity(asked.ids.len());
    for id in &asked.ids {
        connections.push(operator.export_account(id).await?);
    }
    let count = connections.len();
    let export = Export {
        version: VERSION,
        connections,
    };
    let text = serde_json::to_string_pretty(&export)
        .map_err(|error| Failure::new(Exit::Failed, format!("no JSON form: {error}")))?;
    home::write_new(&asked.output, &format!("{text}\n"))
        .map_err(|error| unusable(&asked.output, &error.to_string()))?;
    context.out.note(&format!(
        "{} has {count} connections with their credentials: whoever reads it acts as these users",
        asked.output.display()
    ));
    Ok(())
}

pub(super) async fn import(context: &Context, file: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file).map_err(|error| unusable(file, &error.to_string()))?;
    let export: Export =
        serde_json::from_str(&text).map_err(|_| unusable(file, "it is no export"))?;
    if export.version != VERSION {
        let version = export.version;
        return Err(unusable(
            file,
            &format!("it is an export of version {version}"),
        ));
    }
    let mut made = Vec::with_capacity(export.connections.len());
    for account in export.connections {
        match connect(context, account).await {
            Ok(created) => made.push(created),
            Err(failure) => {
                let done = made.len();
                let note = format!("{done} connections were made before the failure");
                context.out.note(&note);
                return Err(failure);
            }
        }
    }
    if context.out.is_json() {
        return context.out.json(&made);
    }
    for created in &made {
        context
            .out
            .say(&format!("{} is {}", created.id, created.status))?;
    }
    Ok(())
}

async fn connect(
    context: &Context,
    account: ExportedAccount,
) -> Result<CreatedConnectedAccount, Failure> {
    let client = context.backend().await?.client();
    let mut connect = client
        .connect(account.toolkit)
        .scheme(account.auth_scheme)
        .user_id(account.user_id)
        .labels(account.labels)
        .fields(account.val);
    if let Some(alias) = account.alias {
        connect = connect.alias(alias);
    }
    Ok(connect.await?)
}

fn unusable(file: &Path, why: &str) -> Failure {
    Failure::usage(format!("{}: {why}", file.display()))
}
