use composio_core::{
    Plain, ToolSet, ToolkitVersions,
    models::{DryRun, RawJson, ToolResult},
};
use serde_json::Value;
use tokio::{
    fs,
    io::{AsyncReadExt as _, stdin},
};

use super::add::own_user;
use crate::{
    cli::Execute,
    context::Context,
    failure::{Exit, Failure},
};

/// Where the addresses of files lead that an engine without a server has made.
const IN_PROCESS: &str = "https://engine.invalid/";

pub(super) async fn run(context: &Context, command: Execute) -> Result<(), Failure> {
    let arguments = arguments(&command.params).await?;
    let slug = command.slug.clone();
    if command.files_from.is_some() || command.files_to.is_some() {
        let result = with_files(context, command, &arguments).await?;
        return tell(context, &slug, &result);
    }
    let client = context.backend().await?.client();
    let mut call = client.tools().execute(&command.slug).arguments(arguments);
    if let Some(entity) = command.entity_id {
        call = call.user_id(entity);
    }
    if let Some(id) = command.connected_account_id {
        call = call.connected_account_id(id);
    }
    if let Some(version) = command.toolkit_version {
        call = call.version(version);
    } else if *client.versions() != ToolkitVersions::latest() {
        // Which app the action is of decides which version is meant.
        call = call.version(client.tools().get(&command.slug).await?.version);
    }
    if command.dry_run {
        return show(context, &call.dry_run().await?);
    }
    let result = call.await?;
    if !context.out.is_json() && result.data.as_str().contains(IN_PROCESS) {
        let next = "the addresses of files lead nowhere outside the engine: --files-to DIR saves the files";
        context.out.note(next);
    }
    tell(context, &slug, &result)
}

/// The call as a program's toolset makes it: files come from one folder, and go to one.
async fn with_files(
    context: &Context,
    command: Execute,
    arguments: &RawJson,
) -> Result<ToolResult, Failure> {
    let client = context.backend().await?.client();
    let versions = command
        .toolkit_version
        .map_or_else(|| client.versions().clone(), ToolkitVersions::every);
    let entity = match command.entity_id {
        Some(entity) => entity,
        None => own_user(client).await?,
    };
    let mut toolset = ToolSet::<Plain>::new(client.transport().clone())
        .toolkit_versions(versions)
        .entity(entity);
    if let Some(folder) = command.files_from {
        toolset = toolset.allow_uploads_from(folder);
    }
    if let Some(folder) = command.files_to {
        toolset = toolset.downloads_to(folder);
    }
    let mut call = toolset.execute_action(&command.slug, arguments.to_value());
    if let Some(id) = command.connected_account_id {
        call = call.connected_account_id(id);
    }
    Ok(call.await?)
}

fn tell(context: &Context, slug: &str, result: &ToolResult) -> Result<(), Failure> {
    write(context, result)?;
    if result.successful {
        return Ok(());
    }
    if context.out.is_json() {
        return Err(Failure::told(Exit::Failed));
    }
    let error = result.error.as_deref().unwrap_or("the tool failed");
    Err(Failure::new(Exit::Failed, error).hint(format!(
        "`composio actions show {slug}` shows what it expects"
    )))
}

/// A request as it travels: its line, its headers, a blank line, its body.
fn show(context: &Context, request: &DryRun) -> Result<(), Failure> {
    if context.out.is_json() {
        return context.out.json(request);
    }
    let mut text = format!("{} {}", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("\n{name}: {value}"));
    }
    if let Some(body) = &request.body {
        text.push_str(&format!("\n\n{body}"));
    }
    context.out.text(&text)
}

fn write(context: &Context, result: &ToolResult) -> Result<(), Failure> {
    if context.out.is_json() {
        return context.out.json(result);
    }
    let data = result.data();
    let is_nothing = match &data {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if is_nothing && !result.successful {
        return Ok(());
    }
    context.out.json(&data)
}

/// The arguments: the text itself, `@FILE`, or `-` for standard input.
async fn arguments(given: &str) -> Result<RawJson, Failure> {
    let text = if given == "-" {
        let mut text = String::new();
        let read = stdin().read_to_string(&mut text).await;
        read.map_err(|error| Failure::usage(format!("standard input: {error}")))?;
        text
    } else if let Some(path) = given.strip_prefix('@') {
        let read = fs::read_to_string(path).await;
        read.map_err(|error| Failure::usage(format!("{path}: {error}")))?
    } else {
        given.to_owned()
    };
    let problem = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(_)) => return Ok(RawJson::parse(text)?),
        Ok(_) => "another value".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(
        Failure::usage(format!("the arguments are no JSON object: {problem}")).hint(
            "write them like -p '{\"title\": \"Hello\"}', or give @FILE or - for standard input",
        ),
    )
}
