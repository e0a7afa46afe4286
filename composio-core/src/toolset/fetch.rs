use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{ToolSet, selection::Selection, set::Binding};
use crate::{
    BoundTool, CustomTool, Error, ErrorKind, ModelTool, Provider, Result,
    client::{Client, ListTools},
    files,
    models::Tool,
    schema::Restoration,
    tool::ToolKind,
};

const WITHOUT_IMPORTANT: usize = 30;
const SEARCH_LIMIT: u32 = 20;
const PAGE: u32 = 1000;
// Long lists of slugs go in several requests, so that no address gets too long.
const SLUGS_A_REQUEST: usize = 40;

/// A definition and what runs it.
pub(super) type Found = (Tool, ToolKind);

/// Finds what `selection` is about: named actions in their order, then apps, each tool once.
pub(super) async fn find<P: Provider>(
    toolset: &ToolSet<P>,
    selection: &Selection,
    custom_tools: &[CustomTool],
) -> Result<Vec<Found>> {
    let client = &toolset.client;
    let mut found = named(client, &selection.actions, custom_tools).await?;
    if let Some(query) = &selection.query {
        found.extend(remote(client, searched(client, selection, query).await?));
    } else if !selection.apps.is_empty() || !selection.tags.is_empty() {
        found.extend(remote(client, of_apps(client, selection).await?));
    }
    let mut seen = BTreeSet::new();
    found.retain(|(tool, _)| seen.insert(tool.slug.clone()));
    if !selection.unchecked {
        check_connections(toolset, &found).await?;
    }
    Ok(found)
}

fn remote(client: &Client, tools: Vec<Tool>) -> impl Iterator<Item = Found> {
    tools
        .into_iter()
        .map(move |tool| (tool, ToolKind::Remote(client.clone())))
}

async fn named(
    client: &Client,
    actions: &[String],
    custom_tools: &[CustomTool],
) -> Result<Vec<Found>> {
    let custom = |name: &String| custom_tools.iter().find(|tool| tool.answers_to(name));
    let slugs: Vec<&String> = actions
        .iter()
        .filter(|name| custom(name).is_none())
        .collect();
    let mut remote: HashMap<String, Tool> = HashMap::new();
    for some in slugs.chunks(SLUGS_A_REQUEST) {
        let page = client.tools().list().slugs(some).limit(PAGE).await?;
        remote.extend(
            page.items
                .into_iter()
                .map(|tool| (tool.slug.to_uppercase(), tool)),
        );
    }
    let mut found = Vec::with_capacity(actions.len());
    let mut missing = Vec::new();
    for action in actions {
        if let Some(tool) = custom(action) {
            found.push(bound_custom(tool.clone().settled(client).await?, client));
        } else if let Some(tool) = remote.get(&action.to_uppercase()) {
            found.push((tool.clone(), ToolKind::Remote(client.clone())));
        } else {
            // A list tells tools by their own slugs; an alias is resolved one by one.
            match client.tools().get(action).await {
                Ok(tool) => found.push((tool, ToolKind::Remote(client.clone()))),
                Err(error) if error.kind() == ErrorKind::NotFound => missing.push(action.as_str()),
                Err(error) => return Err(error),
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(Error::new(
        ErrorKind::NotFound,
        format!("no action {}", missing.join(", ")),
    ))
}

fn bound_custom(tool: CustomTool, client: &Client) -> Found {
    (
        tool.tool().clone(),
        ToolKind::Custom(Box::new(tool), client.clone()),
    )
}

async fn searched(client: &Client, selection: &Selection, query: &str) -> Result<Vec<Tool>> {
    let limit = selection.limit.unwrap_or(SEARCH_LIMIT);
    let mut list = client.tools().list().query(query).limit(limit);
    if !selection.apps.is_empty() {
        list = list.toolkits(&selection.apps);
    }
    if !selection.tags.is_empty() {
        list = list.tags(&selection.tags);
    }
    Ok(list.await?.items)
}

async fn of_apps(client: &Client, selection: &Selection) -> Result<Vec<Tool>> {
    let mut tools = Vec::new();
    if selection.apps.is_empty() {
        tools = collect(client.tools().list().tags(&selection.tags), selection.limit).await?;
    }
    for app in &selection.apps {
        tools.extend(of_app(client, selection, app).await?);
    }
    if let Some(limit) = selection.limit {
        tools.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(tools)
}

async fn of_app(client: &Client, selection: &Selection, app: &str) -> Result<Vec<Tool>> {
    // A misspelt app is an error, not a fetch of nothing.
    client.toolkits().get(app).await?;
    let list = || client.tools().list().toolkits([app]);
    if !selection.tags.is_empty() {
        return collect(list().tags(&selection.tags), selection.limit).await;
    }
    if selection.all {
        return collect(list(), selection.limit).await;
    }
    let important = collect(list().important(true), selection.limit).await?;
    if !important.is_empty() {
        return Ok(important);
    }
    let mut every = collect(list(), None).await?;
    if every.len() > WITHOUT_IMPORTANT {
        tracing::info!(
            app,
            "no action is marked important: taking the first {WITHOUT_IMPORTANT}, reads first"
        );
    }
    every.sort_by_key(|tool| !tool.is_read_only());
    every.truncate(WITHOUT_IMPORTANT);
    Ok(every)
}

async fn collect(list: ListTools, limit: Option<u32>) -> Result<Vec<Tool>> {
    let limit = limit.unwrap_or(u32::MAX);
    let entries = list.limit(limit.min(PAGE)).stream();
    entries
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .try_collect()
        .await
}

async fn check_connections<P: Provider>(toolset: &ToolSet<P>, found: &[Found]) -> Result<()> {
    let binding = &toolset.binding;
    let apps: BTreeSet<&str> = found
        .iter()
        .filter(|(tool, kind)| !tool.no_auth && matches!(kind, ToolKind::Remote(_)))
        .map(|(tool, _)| tool.toolkit.slug.as_str())
        .filter(|app| !binding.auth.contains_key(*app))
        .collect();
    if apps.is_empty() || binding.account.is_some() {
        return Ok(());
    }
    let list = toolset
        .client
        .connected_accounts()
        .list()
        .users([&binding.entity])
        .toolkits(&apps)
        .statuses(["ACTIVE"]);
    let accounts: Vec<_> = list.stream().try_collect().await?;
    let connected = |app: &str| {
        accounts
            .iter()
            .any(|account| account.is_active() && account.toolkit.slug.eq_ignore_ascii_case(app))
    };
    let missing: Vec<&str> = apps.into_iter().filter(|app| !connected(app)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} has no active connection to {}: connect the user first, or fetch with check_connected_accounts(false)",
        binding.entity,
        missing.join(", ")
    );
    Err(Error::new(ErrorKind::NotFound, message))
}

/// Binds one tool with the toolset's own processors, as it is: for calls by the program.
pub(super) async fn bind_one<P: Provider>(toolset: &ToolSet<P>, name: &str) -> Result<BoundTool> {
    let custom = toolset
        .custom_tools
        .iter()
        .find(|tool| tool.answers_to(name));
    let (tool, kind) = match custom {
        Some(tool) => bound_custom(
            tool.clone().settled(&toolset.client).await?,
            &toolset.client,
        ),
        None => (
            toolset.client.tools().get(name).await?,
            ToolKind::Remote(toolset.client.clone()),
        ),
    };
    let shown = shown(&toolset.binding, &tool, files::Reader::Program).await?;
    let compiled = toolset.provider.dialect().compile(shown.parameters.clone());
    Ok(bind(
        &toolset.binding,
        tool,
        (&shown, compiled.restoration),
        kind,
    ))
}

/// How a tool is shown after the schema processors.
pub(super) async fn shown(
    binding: &Binding,
    tool: &Tool,
    reader: files::Reader,
) -> Result<ModelTool> {
    let mut shown = ModelTool::from(tool);
    files::show(tool, &mut shown.parameters, reader);
    binding
        .processors
        .schema((&tool.toolkit.slug, &tool.slug), shown)
        .await
}

/// Binds a tool that was shown so, before it was put into the words that `restoration` leads back from.
pub(super) fn bind(
    binding: &Binding,
    tool: Tool,
    (shown, restoration): (&ModelTool, Restoration),
    kind: ToolKind,
) -> BoundTool {
    let mut parts = BoundTool::parts(tool, shown, restoration, kind, &binding.processors);
    parts.entity.clone_from(&binding.entity);
    parts.account.clone_from(&binding.account);
    parts.auth = binding
        .auth
        .get(&parts.tool.toolkit.slug.to_lowercase())
        .cloned();
    parts.policy = binding.policy.clone();
    parts.service.clone_from(&binding.service);
    parts.files = binding.files.clone();
    BoundTool::new(parts)
}
