//! Google's Discovery format becomes OpenAPI 3.0, so that everything after reading knows one language.

use std::borrow::Cow;

use serde_json::Number;

use super::{
    Node,
    discovery_media::Media,
    fields::{Fields, items, list, single, text},
};
use crate::CompileError;

/// Resources lie within resources; the deepest public ones eight deep.
const MAX_RESOURCES: usize = 32;

/// Rewrites a document of `discovery#restDescription`. Uploads and downloads of media become operations of their own.
pub(super) fn to_openapi(root: Node<'_>) -> Result<Node<'_>, CompileError> {
    let mut root = Fields::of(root);
    let mut openapi = Fields::default();
    openapi.push("openapi", text("3.0.3"));
    let name = root.take_text("name").unwrap_or_default();
    openapi.push("info", info(&mut root, &name));
    let url = [
        root.take_text("rootUrl").unwrap_or_default(),
        root.take_text("servicePath").unwrap_or_default(),
    ];
    openapi.push("servers", list([single("url", text(url.concat()))]));
    let [root_url, _] = url;
    let mut methods = Methods {
        prefix: format!("{name}."),
        root: root_url.into_owned(),
        paths: Vec::new(),
    };
    methods.resource(&mut root, None, 0)?;
    openapi.push("paths", methods.finish());
    let mut components = Fields::default();
    let schemas = Fields::of(root.take("schemas").unwrap_or(Node::Null));
    let schemas = schemas.into_iter().map(|(name, node)| (name, schema(node)));
    components.push("schemas", schemas.collect::<Fields<'_>>().into_node());
    if let Some(scheme) = root.take("auth").and_then(security_scheme) {
        components.push("securitySchemes", single("oauth2", scheme));
    }
    openapi.push("components", components.into_node());
    Ok(openapi.into_node())
}

fn info<'a>(root: &mut Fields<'a>, name: &str) -> Node<'a> {
    let mut info = Fields::default();
    info.move_from(root, &["title", "version", "description"]);
    if info.text_of("title").is_none_or(str::is_empty) {
        info.set("title", text(name.to_owned()));
    }
    info.into_node()
}

fn security_scheme(auth: Node<'_>) -> Option<Node<'_>> {
    let mut oauth2 = Fields::of(Fields::of(auth).take("oauth2")?);
    let scopes = Fields::of(oauth2.take("scopes")?);
    let scopes = scopes.into_iter().map(|(scope, node)| {
        let about = Fields::of(node).take("description");
        (scope, about.unwrap_or_else(|| text("")))
    });
    let mut flow = Fields::default();
    flow.push(
        "authorizationUrl",
        text("https://accounts.google.com/o/oauth2/v2/auth"),
    );
    flow.push("tokenUrl", text("https://oauth2.googleapis.com/token"));
    flow.push("scopes", scopes.collect::<Fields<'_>>().into_node());
    let mut scheme = Fields::default();
    scheme.push("type", text("oauth2"));
    scheme.push("flows", single("authorizationCode", flow.into_node()));
    Some(scheme.into_node())
}

/// The methods of all resources, by path.
struct Methods<'a> {
    /// What each method's id begins with: `gmail.`.
    prefix: String,
    /// Where uploads go: the host without the service.
    root: String,
    paths: Vec<(String, Cow<'a, str>, Node<'a>)>,
}

impl<'a> Methods<'a> {
    fn resource(
        &mut self,
        resource: &mut Fields<'a>,
        tag: Option<&str>,
        depth: usize,
    ) -> Result<(), CompileError> {
        if depth > MAX_RESOURCES {
            let message = format!("resources within resources over {MAX_RESOURCES} deep");
            return Err(CompileError::TooLarge(message));
        }
        for (_, method) in Fields::of(resource.take("methods").unwrap_or(Node::Null)) {
            if method.is_map() {
                self.method(Fields::of(method), tag);
            }
        }
        for (name, inner) in Fields::of(resource.take("resources").unwrap_or(Node::Null)) {
            let tag = tag.unwrap_or(&name).to_owned();
            self.resource(&mut Fields::of(inner), Some(&tag), depth + 1)?;
        }
        Ok(())
    }

    fn method(&mut self, mut method: Fields<'a>, tag: Option<&str>) {
        let mut operation = Fields::default();
        operation.move_from(&mut method, &["description", "deprecated"]);
        if let Some(id) = method.take_text("id") {
            let own = id.strip_prefix(&self.prefix).unwrap_or(&id).to_owned();
            operation.push("operationId", text(own));
        }
        if let Some(tag) = tag {
            operation.push("tags", list([text(tag.to_owned())]));
        }
        let media = Media::of(&mut method);
        let written = method.text_of("path").unwrap_or_default().to_owned();
        let path = path(&mut method);
        let order = items(method.take("parameterOrder"));
        let parameters = Fields::of(method.take("parameters").unwrap_or(Node::Null));
        operation.push("parameters", list(parameters_of(parameters, &order, &path)));
        if let Some(request) = method.take("request") {
            let mut body = Fields::default();
            body.push("required", Node::Flag(true));
            body.push("content", json(request));
            operation.push("requestBody", body.into_node());
        }
        let mut response = Fields::default();
        response.push("description", text("What the method gives."));
        if let Some(schema) = method.take("response") {
            response.push("content", json(schema));
        }
        operation.push("responses", single("200", response.into_node()));
        // One scope is enough, each is an alternative.
        let scopes = items(method.take("scopes"));
        if !scopes.is_empty() {
            let alternatives = scopes
                .into_iter()
                .map(|scope| single("oauth2", list([scope])));
            operation.push("security", list(alternatives));
        }
        let verb = method
            .take_text("httpMethod")
            .unwrap_or(Cow::Borrowed("GET"));
        let verb: Cow<'a, str> = Cow::Owned(verb.to_ascii_lowercase());
        let operation = operation.into_node();
        let upload = media.upload(&self.root, (&written, &path), &operation);
        let download = media.download(&path, &operation);
        self.paths.push((path, verb.clone(), operation));
        for (path, operation) in upload.into_iter().chain(download) {
            self.paths.push((path, verb.clone(), operation));
        }
    }

    /// A path item for each path. Two methods at one place are both kept: the second under its path with an empty
    /// fragment, which is not sent.
    fn finish(self) -> Node<'a> {
        let mut found: indexmap::IndexMap<String, Fields<'a>> = indexmap::IndexMap::new();
        for (mut path, verb, operation) in self.paths {
            while found
                .get(&path)
                .is_some_and(|item| item.get(&verb).is_some())
            {
                path.push('#');
            }
            found.entry(path).or_default().push(verb, operation);
        }
        let items = found
            .into_iter()
            .map(|(path, item)| (Cow::Owned(path), item.into_node()));
        items.collect::<Fields<'_>>().into_node()
    }
}

/// The path below the server. `{+name}` stands for several segments: the flat path has a placeholder for each.
fn path(method: &mut Fields<'_>) -> String {
    let path = method.take_text("path").unwrap_or_default();
    let flat = method.take_text("flatPath");
    let chosen = flat.filter(|_| path.contains("{+")).unwrap_or(path);
    let chosen = chosen
        .replace("{+", "{")
        .replace("{/", "/{")
        .replace("*}", "}");
    format!("/{}", chosen.trim_start_matches('/'))
}

/// The parameters, those of the path in their order first; a placeholder that none describes is a text.
fn parameters_of<'a>(described: Fields<'a>, order: &[Node<'_>], path: &str) -> Vec<Node<'a>> {
    let placeholders: Vec<&str> = path
        .split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect();
    let place = |name: &str| {
        let mut names = order.iter().filter_map(Node::text);
        names.position(|own| own == name).unwrap_or(usize::MAX)
    };
    let mut described: Vec<(Cow<'a, str>, Node<'a>)> = described.into_iter().collect();
    described.sort_by_key(|(name, _)| place(name));
    let implied: Vec<String> = placeholders
        .iter()
        .filter(|name| !described.iter().any(|(own, _)| own == *name))
        .map(|name| (*name).to_owned())
        .collect();
    let mut parameters: Vec<Node<'a>> = implied.into_iter().map(segment).collect();
    for (name, node) in described {
        let is_path = node.text_of("location") == Some("path");
        if is_path && !placeholders.contains(&name.as_ref()) {
            // Its segments stand in the flat path.
            continue;
        }
        parameters.push(parameter(name, Fields::of(node)));
    }
    parameters
}

/// One segment of a name: `projectsId` is the id of one of `projects`.
fn segment<'a>(name: String) -> Node<'a> {
    let mut parameter = Fields::default();
    let about = name.strip_suffix("Id").map_or_else(
        || "A part of the path.".to_owned(),
        |kind| format!("The id behind `{kind}/` in the resource's name."),
    );
    parameter.push("name", text(name));
    parameter.push("in", text("path"));
    parameter.push("required", Node::Flag(true));
    parameter.push("description", text(about));
    parameter.push("schema", single("type", text("string")));
    parameter.into_node()
}

fn parameter<'a>(name: Cow<'a, str>, mut fields: Fields<'a>) -> Node<'a> {
    let mut parameter = Fields::default();
    parameter.push("name", Node::Text(name));
    let location = fields
        .take_text("location")
        .unwrap_or(Cow::Borrowed("query"));
    parameter.push("in", Node::Text(location));
    parameter.move_from(&mut fields, &["description", "required", "deprecated"]);
    let is_repeated = matches!(fields.take("repeated"), Some(Node::Flag(true)));
    let mut schema = value(fields);
    if is_repeated {
        let mut array = Fields::default();
        array.push("type", text("array"));
        array.push("items", schema);
        schema = array.into_node();
    }
    parameter.push("schema", schema);
    parameter.into_node()
}

/// A schema, and those within it.
fn schema(node: Node<'_>) -> Node<'_> {
    let mut fields = Fields::of(node);
    let mut rewritten = Fields::default();
    if let Some(properties) = fields.take("properties") {
        let properties = Fields::of(properties).into_iter();
        let properties = properties.map(|(name, node)| (name, schema(node)));
        rewritten.push("properties", properties.collect::<Fields<'_>>().into_node());
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = fields.take(key) {
            let inner = if inner.is_map() { schema(inner) } else { inner };
            rewritten.push(key, inner);
        }
    }
    for (key, node) in Fields::of(value(fields)) {
        rewritten.push(key, node);
    }
    rewritten.into_node()
}

/// What is said about one value: numbers are written as texts, and `any` is no type.
fn value(mut fields: Fields<'_>) -> Node<'_> {
    for key in [
        "id",
        "enumDescriptions",
        "enumDeprecated",
        "annotations",
        "required",
    ] {
        fields.take(key);
    }
    if fields.text_of("type") == Some("any") {
        fields.take("type");
    }
    if let Some(Node::Text(name)) = fields.get("$ref") {
        let target = format!("#/components/schemas/{name}");
        fields.set("$ref", text(target));
    }
    for key in ["minimum", "maximum"] {
        if let Some(Node::Text(written)) = fields.get(key) {
            match number(written) {
                Some(number) => fields.set(key, Node::Number(number)),
                None => drop(fields.take(key)),
            }
        }
    }
    if let Some(Node::Text(written)) = fields.get("default") {
        let typed = match fields.text_of("type") {
            Some("boolean") => Some(Node::Flag(written == "true")),
            Some("integer" | "number") => number(written).map(Node::Number),
            _ => Some(Node::Text(written.clone())),
        };
        match typed {
            Some(node) => fields.set("default", node),
            None => drop(fields.take("default")),
        }
    }
    fields.into_node()
}

fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| Number::from_f64(text.parse().ok()?))
}

fn json(node: Node<'_>) -> Node<'_> {
    let mut reference = Fields::of(node);
    reference.take("parameterName");
    let schema = value(reference);
    single("application/json", single("schema", schema))
}
