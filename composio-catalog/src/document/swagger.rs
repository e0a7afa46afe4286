//! Swagger 2.0 becomes OpenAPI 3.0, so that everything after reading knows one language.

use std::borrow::Cow;

use super::{
    Node,
    fields::{Fields, items, list, single, text},
    swagger_parameter::{self as parameter, Budget},
};
use crate::CompileError;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
/// Media types that are looked at.
const MAX_MEDIA_TYPES: usize = 50;
const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// Rewrites a Swagger 2.0 document. What has no counterpart is left out.
pub(super) fn to_openapi(root: Node<'_>) -> Result<Node<'_>, CompileError> {
    let mut root = Fields::of(root);
    let mut openapi = Fields::default();
    openapi.push("openapi", text("3.0.3"));
    openapi.move_from(&mut root, &["info", "tags", "security"]);
    if let Some(url) = server(&mut root) {
        openapi.push("servers", list([single("url", text(url))]));
    }
    let shared = Fields::of(root.take("parameters").unwrap_or(Node::Null));
    let mut conversion = Conversion {
        consumes: media_types(root.take("consumes")),
        produces: media_types(root.take("produces")),
        shared: &shared,
        budget: Budget::default(),
    };
    let paths = Fields::of(root.take("paths").unwrap_or(Node::Null));
    let paths: Result<Fields<'_>, CompileError> = paths
        .into_iter()
        .map(|(path, item)| Ok((path, conversion.item(item)?)))
        .collect();
    openapi.push("paths", paths?.into_node());
    let responses = Fields::of(root.take("responses").unwrap_or(Node::Null));
    let produces = std::mem::take(&mut conversion.produces);
    let responses = responses
        .into_iter()
        .map(|(name, node)| (name, response(node, &produces)));
    let mut components = Fields::default();
    components.push("responses", responses.collect::<Fields<'_>>().into_node());
    if let Some(definitions) = root.take("definitions") {
        components.push("schemas", definitions);
    }
    let schemes = Fields::of(root.take("securityDefinitions").unwrap_or(Node::Null));
    let schemes = schemes
        .into_iter()
        .map(|(name, node)| (name, security_scheme(node)));
    components.push(
        "securitySchemes",
        schemes.collect::<Fields<'_>>().into_node(),
    );
    let parameters = shared
        .into_iter()
        .filter(|(_, node)| !parameter::is_of_body(node))
        .map(|(name, node)| (name, parameter::plain(node)));
    components.push("parameters", parameters.collect::<Fields<'_>>().into_node());
    openapi.push("components", components.into_node());
    let mut openapi = openapi.into_node();
    rename(&mut openapi);
    Ok(openapi)
}

/// Where the API is: `https` unless the document knows `http` alone.
fn server(root: &mut Fields<'_>) -> Option<String> {
    let host = root.take_text("host").unwrap_or_default();
    let base = root.take_text("basePath").unwrap_or_default();
    let schemes = items(root.take("schemes"));
    if host.is_empty() {
        return (!base.is_empty()).then(|| base.into_owned());
    }
    let names = || schemes.iter().filter_map(Node::text);
    let is_plain = names().any(|name| name == "http") && !names().any(|name| name == "https");
    let scheme = if is_plain { "http" } else { "https" };
    let host = host.split_once("://").map_or(&*host, |(_, host)| host);
    let slash = if base.is_empty() || base.starts_with('/') {
        ""
    } else {
        "/"
    };
    Some(format!(
        "{scheme}://{}{slash}{base}",
        host.trim_end_matches('/')
    ))
}

struct Conversion<'s, 'a> {
    consumes: Vec<String>,
    produces: Vec<String>,
    shared: &'s Fields<'a>,
    budget: Budget,
}

impl<'a> Conversion<'_, 'a> {
    fn item(&mut self, item: Node<'a>) -> Result<Node<'a>, CompileError> {
        let mut item = Fields::of(item);
        let parameters = items(item.take("parameters"));
        let (of_body, plain): (Vec<_>, Vec<_>) = parameters
            .into_iter()
            .partition(|node| target(self.shared, node).is_some_and(parameter::is_of_body));
        let mut converted = Fields::default();
        for (key, node) in item {
            let is_operation = METHODS.contains(&key.to_ascii_lowercase().as_str());
            let node = if is_operation && node.is_map() {
                self.operation(node, &of_body)?
            } else {
                node
            };
            converted.push(key, node);
        }
        let plain = plain.into_iter().map(parameter::plain);
        converted.push("parameters", list(plain));
        Ok(converted.into_node())
    }

    fn operation(
        &mut self,
        operation: Node<'a>,
        of_path: &[Node<'a>],
    ) -> Result<Node<'a>, CompileError> {
        let mut operation = Fields::of(operation);
        let consumes = operation.take("consumes").map(|own| media_types(Some(own)));
        let produces = operation.take("produces").map(|own| media_types(Some(own)));
        operation.take("schemes");
        let mut plain = Vec::new();
        let mut of_body = Vec::new();
        for node in items(operation.take("parameters")) {
            match target(self.shared, &node).filter(|target| parameter::is_of_body(target)) {
                None => plain.push(parameter::plain(node)),
                Some(target) => of_body.push(self.budget.copy(target)?),
            }
        }
        if of_body.is_empty() {
            for node in of_path {
                let target = target(self.shared, node).unwrap_or(node);
                of_body.push(self.budget.copy(target)?);
            }
        }
        let consumes = consumes.as_ref().unwrap_or(&self.consumes);
        if let Some(body) = parameter::body(of_body, consumes) {
            operation.set("requestBody", body);
        }
        operation.set("parameters", list(plain));
        let produces = produces.as_ref().unwrap_or(&self.produces);
        let responses = Fields::of(operation.take("responses").unwrap_or(Node::Null));
        let responses = responses
            .into_iter()
            .map(|(status, node)| (status, response(node, produces)));
        operation.set("responses", responses.collect::<Fields<'_>>().into_node());
        Ok(operation.into_node())
    }
}

/// The parameter itself, or the shared one that it refers to.
fn target<'n, 'a>(shared: &'n Fields<'a>, node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    match node.text_of("$ref") {
        None => Some(node),
        Some(reference) => shared.get(reference.strip_prefix("#/parameters/")?),
    }
}

fn media_types(node: Option<Node<'_>>) -> Vec<String> {
    let items = items(node).into_iter().take(MAX_MEDIA_TYPES);
    items
        .filter_map(|item| item.text().map(str::to_owned))
        .collect()
}

/// A response with its schema under the media type that suits best.
fn response<'a>(node: Node<'a>, produces: &[String]) -> Node<'a> {
    if node.text_of("$ref").is_some() {
        return node;
    }
    let mut response = Fields::of(node);
    response.take("headers");
    response.take("examples");
    let Some(schema) = response.take("schema") else {
        return response.into_node();
    };
    let is_file = schema.text_of("type") == Some("file");
    let is_json = |name: &&String| name.contains("json") || name.as_str() == "*/*";
    let media_type = match produces.iter().find(is_json) {
        Some(name) if !is_file => name.clone(),
        _ => {
            let usual = if is_file { BYTES } else { JSON };
            let other = produces.iter().find(|name| !is_json(name));
            other.map_or_else(|| usual.to_owned(), Clone::clone)
        }
    };
    let media = single("schema", parameter::schema(schema));
    response.push("content", single(media_type, media));
    response.into_node()
}

fn security_scheme(node: Node<'_>) -> Node<'_> {
    let mut scheme = Fields::of(node);
    match scheme.text_of("type") {
        Some("basic") => {
            scheme.set("type", text("http"));
            scheme.set("scheme", text("basic"));
        }
        Some("oauth2") => {
            let flow = scheme.take_text("flow").unwrap_or_default();
            let name = match &*flow {
                "accessCode" => "authorizationCode",
                "application" => "clientCredentials",
                "password" => "password",
                _ => "implicit",
            };
            let mut members = Fields::default();
            members.move_from(&mut scheme, &["authorizationUrl", "tokenUrl", "scopes"]);
            scheme.set("flows", single(name, members.into_node()));
        }
        _ => {}
    }
    scheme.into_node()
}

/// Every reference points to where things are now, and schemas speak OpenAPI 3.0.
fn rename(node: &mut Node<'_>) {
    match node {
        Node::List(items) => items.iter_mut().for_each(rename),
        Node::Map(entries) => {
            let is_schema = entries
                .iter()
                .any(|(key, _)| key == "properties" || key == "type");
            for (key, value) in entries {
                match (key.as_ref(), &mut *value) {
                    ("$ref", Node::Text(reference)) => redirect(reference),
                    ("discriminator", Node::Text(name)) if is_schema => {
                        let name = std::mem::take(name);
                        *value = single("propertyName", Node::Text(name));
                    }
                    ("x-nullable", Node::Flag(_)) => *key = Cow::Borrowed("nullable"),
                    _ => rename(value),
                }
            }
        }
        _ => {}
    }
}

fn redirect(reference: &mut Cow<'_, str>) {
    const MOVED: [(&str, &str); 3] = [
        ("#/definitions/", "#/components/schemas/"),
        ("#/parameters/", "#/components/parameters/"),
        ("#/responses/", "#/components/responses/"),
    ];
    let moved = MOVED
        .iter()
        .find_map(|(before, after)| Some(format!("{after}{}", reference.strip_prefix(before)?)));
    if let Some(moved) = moved {
        *reference = Cow::Owned(moved);
    }
}
