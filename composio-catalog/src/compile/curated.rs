//! From the `tools` section of an `integration.yaml` to the plans of a toolkit.

use composio_core::models::RawJson;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{arguments::plain, file, operation::is_sendable};
use crate::{
    Argument, BodyEncoding, BodyPlan, CuratedStep, CuratedTool, Integration, Location, Report,
    Step, Steps, Style, ToolPlan,
    schema::{put, put_member, sealed},
    text,
};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const MAX_SLUG: usize = 160;
const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 2_048;
/// The argument of a step's plan that is the body.
const BODY: &str = "body";

/// Puts the tools of the `tools` section among those of the document; one with a slug of the document's takes its place.
pub(super) fn add(
    integration: &Integration,
    tools: &mut IndexMap<String, ToolPlan>,
    report: &mut Report,
) {
    for (index, tool) in integration.tools.iter().enumerate() {
        match plan(integration, tool) {
            Ok(plan) => drop(tools.insert(plan.slug.clone(), plan)),
            Err(problem) => report.skip(&format!("tools[{index}] {}", tool.slug), &problem),
        }
    }
}

/// The plan of a tool, or why it cannot have one.
pub(crate) fn plan(integration: &Integration, tool: &CuratedTool) -> Result<ToolPlan, String> {
    check_slug(integration, &tool.slug)?;
    if tool.name.trim().is_empty() {
        return Err("it has no name".to_owned());
    }
    if tool.steps.is_empty() {
        return Err("it has no step".to_owned());
    }
    if tool.steps.len() > CuratedTool::MOST_STEPS {
        return Err(format!("it has over {} steps", CuratedTool::MOST_STEPS));
    }
    let has_no_auth = integration.needs_no_auth();
    let list = tool
        .steps
        .iter()
        .map(|one| step(integration, tool, one, has_no_auth))
        .collect::<Result<Vec<Step>, String>>()?;
    let (input, defaults) = input(tool)?;
    let mut output = tool.output.clone().unwrap_or_else(|| json!({}));
    file::expand(&mut output, file::kept);
    let last = list.last().map(|step| &step.plan);
    let name = text::line(&tool.name, MAX_NAME);
    let description = text::prose(&tool.description, MAX_DESCRIPTION);
    Ok(ToolPlan {
        description: match description.trim() {
            "" => name.clone(),
            described => described.to_owned(),
        },
        name,
        method: last.map(|plan| plan.method.clone()).unwrap_or_default(),
        path: last.map(|plan| plan.path.clone()).unwrap_or_default(),
        server: last.and_then(|plan| plan.server.clone()),
        input,
        output: RawJson::from(output),
        tags: tags(integration, tool, &list)?,
        scopes: tool.scopes.clone(),
        idempotent: list.iter().all(|step| step.plan.idempotent),
        steps: Some(Box::new(Steps {
            defaults,
            files: files(tool),
            list,
            result: tool.result.clone(),
        })),
        ..empty(&tool.slug, has_no_auth)
    })
}

fn check_slug(integration: &Integration, slug: &str) -> Result<(), String> {
    let prefix = integration.slug().to_ascii_uppercase().replace('-', "_") + "_";
    if !slug.starts_with(&prefix) || slug.len() == prefix.len() {
        return Err(format!("its slug does not begin with {prefix}"));
    }
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if slug.len() > MAX_SLUG || !slug.bytes().all(is_letter) {
        return Err("its slug has other than upper case letters, digits and `_`".to_owned());
    }
    Ok(())
}

fn empty(slug: &str, no_auth: bool) -> ToolPlan {
    ToolPlan {
        slug: slug.to_owned(),
        name: String::new(),
        description: String::new(),
        method: String::new(),
        path: String::new(),
        server: None,
        arguments: Vec::new(),
        body: None,
        input: RawJson::empty_object(),
        output: RawJson::empty_object(),
        tags: Vec::new(),
        scopes: Vec::new(),
        scope_alternatives: Vec::new(),
        no_auth,
        idempotent: false,
        deprecated: false,
        steps: None,
    }
}

/// The schema of the arguments, and their defaults.
fn input(tool: &CuratedTool) -> Result<(RawJson, IndexMap<String, Value>), String> {
    // Written by hand, so that the arguments keep their order.
    let mut text = b"{\"type\":\"object\",\"properties\":{".to_vec();
    let mut required = Vec::new();
    let mut defaults = IndexMap::new();
    for (name, schema) in &tool.arguments {
        let Value::Object(mut schema) = schema.clone() else {
            return Err(format!("the argument {name} has no schema"));
        };
        // Inside a schema `required` is a list of members.
        if let Some(is_required) = schema.get("required").and_then(Value::as_bool) {
            schema.remove("required");
            required.extend(is_required.then(|| name.clone()));
        }
        if let Some(default) = schema.get("default") {
            defaults.insert(name.clone(), default.clone());
        }
        let mut schema = Value::Object(schema);
        file::expand(&mut schema, file::sent);
        put_member(&mut text, name);
        put(&mut text, &schema);
    }
    text.extend_from_slice(b"},\"additionalProperties\":false");
    if !required.is_empty() {
        put_member(&mut text, "required");
        put(&mut text, &required);
    }
    text.push(b'}');
    let input = sealed(text).map_err(|error| error.to_string())?;
    Ok((input, defaults))
}

/// The arguments that are files, or lists of files.
fn files(tool: &CuratedTool) -> Vec<String> {
    let is_file =
        |schema: &Value| file::is_meant(schema) || schema.get("items").is_some_and(file::is_meant);
    let files = tool.arguments.iter().filter(|(_, schema)| is_file(schema));
    files.map(|(name, _)| name.clone()).collect()
}

fn step(
    integration: &Integration,
    tool: &CuratedTool,
    step: &CuratedStep,
    no_auth: bool,
) -> Result<Step, String> {
    let at = |problem: &str| format!("step {}: {problem}", step.id());
    let (method, path) = step.target().ok_or_else(|| {
        at("it has neither an operation, as `GET /notes`, nor a graphql document")
    })?;
    if !METHODS.contains(&method.as_str()) {
        return Err(at(
            "its method is none of GET, HEAD, POST, PUT, PATCH and DELETE",
        ));
    }
    if !is_sendable(path) || path.contains(['?', '#']) {
        return Err(at("its path cannot be part of an address"));
    }
    for name in placeholders(path) {
        if !step.path.contains_key(name) && !has_path_parameter(integration, name) {
            return Err(at(&format!("nothing fills {{{name}}} of its path")));
        }
    }
    let body = body(step).map_err(|problem| at(&problem))?;
    let (arguments, values) = placed(step);
    Ok(Step {
        id: step.id().to_owned(),
        plan: ToolPlan {
            idempotent: !matches!(method.as_str(), "POST" | "PATCH"),
            method,
            path: path.to_owned(),
            server: step.server.clone(),
            arguments,
            body,
            ..empty(&tool.slug, no_auth)
        },
        values,
        graphql: step.graphql.clone(),
        file: step.file.clone(),
        content: step.content.clone(),
        content_type: step.content_type.clone(),
        when: step.when.clone(),
        each: step.each.clone(),
        pages: step.pages.clone(),
        select: step.select.clone(),
        fails_if: step.fails_if.clone(),
        error: step.error.clone(),
    })
}

/// The arguments of a step's request, and the template of each.
fn placed(step: &CuratedStep) -> (Vec<Argument>, IndexMap<String, Value>) {
    let mut arguments = Vec::new();
    let mut values = IndexMap::new();
    for (kind, location, style, map) in [
        ("path", Location::Path, Style::Simple, &step.path),
        ("query", Location::Query, Style::Form, &step.query),
        ("headers", Location::Header, Style::Simple, &step.headers),
    ] {
        for (name, value) in map {
            let mut argument = plain(&format!("{kind}.{name}"), name, location, style);
            argument.required = location == Location::Path;
            values.insert(argument.name.clone(), value.clone());
            arguments.push(argument);
        }
    }
    let template = match &step.graphql {
        Some(_) => Some(step.variables.clone().unwrap_or_else(|| json!({}))),
        None => step.body.clone(),
    };
    if let Some(template) = template {
        arguments.push(whole());
        values.insert(BODY.to_owned(), template);
    }
    (arguments, values)
}

fn whole() -> Argument {
    plain(BODY, BODY, Location::Body, Style::Form)
}

/// How the body is written, if there is one.
fn body(step: &CuratedStep) -> Result<Option<BodyPlan>, String> {
    if step.graphql.is_none() && step.body.is_none() {
        return Ok(None);
    }
    let media_type = step.media_type.as_deref().unwrap_or("application/json");
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let encoding = match essence.to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => BodyEncoding::Form,
        "multipart/form-data" => BodyEncoding::Multipart,
        "multipart/related" => BodyEncoding::Related,
        json if json.ends_with("/json") || json.ends_with("+json") => BodyEncoding::Json,
        text if text.starts_with("text/") || text.ends_with("xml") => BodyEncoding::Text,
        _ => return Err(format!("bodies of {media_type} cannot be written")),
    };
    if step.graphql.is_some() && encoding != BodyEncoding::Json {
        return Err("a graphql document is sent as JSON".to_owned());
    }
    Ok(Some(BodyPlan {
        media_type: media_type.to_owned(),
        encoding,
        whole: Some(BODY.to_owned()),
        required: false,
    }))
}

/// The names of a path's placeholders.
fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    let pieces = path.split('{').skip(1);
    pieces.filter_map(|piece| Some(piece.split_once('}')?.0))
}

fn has_path_parameter(integration: &Integration, name: &str) -> bool {
    let schemes = integration.auth_schemes.iter();
    schemes
        .filter_map(|scheme| scheme.proxy.as_ref())
        .chain(&integration.proxy)
        .any(|proxy| proxy.path_params.contains_key(name))
}

/// Group names, `important`, and hints by what the steps do.
fn tags(
    integration: &Integration,
    tool: &CuratedTool,
    steps: &[Step],
) -> Result<Vec<String>, String> {
    let has = |method: &str| steps.iter().any(|step| step.plan.method == method);
    let writes = |step: &Step| match &step.graphql {
        Some(document) => document.contains("mutation"),
        None => step.plan.method == "POST",
    };
    let hint = match tool.effect.as_deref() {
        Some("read") => "readOnlyHint",
        Some("create") => "createHint",
        Some("update") => "updateHint",
        Some("delete") => "destructiveHint",
        Some(_) => return Err("its effect is none of read, create, update and delete".to_owned()),
        None if has("DELETE") => "destructiveHint",
        None if steps.iter().any(writes) => "createHint",
        None if has("PUT") || has("PATCH") => "updateHint",
        None => "readOnlyHint",
    };
    let mut tags: Vec<String> = tool.tags.iter().map(|tag| text::line(tag, 64)).collect();
    let mut named = integration.important.iter();
    if !tool.minor || named.any(|slug| slug.eq_ignore_ascii_case(&tool.slug)) {
        tags.push("important".to_owned());
    }
    tags.push(hint.to_owned());
    if steps.iter().all(|step| step.plan.idempotent) {
        tags.push("idempotentHint".to_owned());
    }
    tags.push("openWorldHint".to_owned());
    Ok(tags)
}
