//! The parameters of Swagger 2.0: those that become parameters, and those that become a body.

use super::{
    Node,
    fields::{Fields, list, single, text},
};
use crate::CompileError;

/// How many values may be copied because several operations share them.
const MAX_COPIED: usize = 2_000_000;
/// What describes the parameter, not its value.
const OUTER: [&str; 6] = [
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "x-example",
];
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Counts what is copied.
#[derive(Debug, Default)]
pub(super) struct Budget {
    copied: usize,
}

impl Budget {
    pub(super) fn copy<'a>(&mut self, node: &Node<'a>) -> Result<Node<'a>, CompileError> {
        self.copied += 1;
        if self.copied > MAX_COPIED {
            let message = format!("operations share over {MAX_COPIED} values");
            return Err(CompileError::TooLarge(message));
        }
        Ok(match node {
            Node::Null => Node::Null,
            Node::Flag(flag) => Node::Flag(*flag),
            Node::Number(number) => Node::Number(number.clone()),
            Node::Text(text) => Node::Text(text.clone()),
            Node::List(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.copy(item)).collect();
                Node::List(items?)
            }
            Node::Map(entries) => {
                let entries: Result<_, _> = entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.copy(value)?)))
                    .collect();
                Node::Map(entries?)
            }
        })
    }
}

/// Whether it is the body, or a field of it.
pub(super) fn is_of_body(node: &Node<'_>) -> bool {
    matches!(node.text_of("in"), Some("body" | "formData"))
}

/// A parameter of the path, the query or a header.
pub(super) fn plain(node: Node<'_>) -> Node<'_> {
    if node.text_of("$ref").is_some() || !node.is_map() {
        return node;
    }
    let mut fields = Fields::of(node);
    let mut parameter = Fields::default();
    parameter.move_from(&mut fields, &OUTER);
    if let Some(example) = parameter.take("x-example") {
        parameter.push("example", example);
    }
    let format = fields.take_text("collectionFormat");
    if fields.text_of("type") == Some("array") {
        let is_query = parameter.text_of("in") == Some("query");
        let (style, explode) = written(format.as_deref());
        if is_query {
            parameter.push("style", text(style));
            parameter.push("explode", Node::Flag(explode));
        }
    }
    parameter.push("schema", value(fields));
    parameter.into_node()
}

/// What the rest of a parameter says about its value.
fn value(mut fields: Fields<'_>) -> Node<'_> {
    fields.take("allowEmptyValue");
    match fields.take("schema") {
        Some(own) => schema(own),
        None => schema(fields.into_node()),
    }
}

/// A schema whose files are bytes.
pub(super) fn schema(node: Node<'_>) -> Node<'_> {
    if node.text_of("type") != Some("file") {
        return node;
    }
    let mut fields = Fields::of(node);
    fields.set("type", text("string"));
    fields.set("format", text("binary"));
    fields.into_node()
}

/// OpenAPI's style and explode of a `collectionFormat`; `csv` if absent. Tabs have no counterpart.
fn written(format: Option<&str>) -> (&'static str, bool) {
    match format {
        Some("multi") => ("form", true),
        Some("ssv") => ("spaceDelimited", false),
        Some("pipes") => ("pipeDelimited", false),
        _ => ("form", false),
    }
}

/// The request body that the parameters of body and form are.
pub(super) fn body<'a>(parameters: Vec<Node<'a>>, consumes: &[String]) -> Option<Node<'a>> {
    let (mut whole, form): (Vec<_>, Vec<_>) = parameters
        .into_iter()
        .partition(|node| node.text_of("in") == Some("body"));
    if let Some(last) = whole.pop() {
        let mut parameter = Fields::of(last);
        let mut body = Fields::default();
        body.move_from(&mut parameter, &["description", "required"]);
        let media = single("schema", value(parameter));
        body.push("content", single(of_body(consumes).to_owned(), media));
        return Some(body.into_node());
    }
    (!form.is_empty()).then(|| of_form(form, consumes))
}

/// The media type of a whole body: JSON if that is taken.
fn of_body(consumes: &[String]) -> &str {
    let is_form = |name: &&String| name.starts_with(FORM) || name.starts_with("multipart/");
    let json = consumes.iter().find(|name| name.contains("json"));
    json.or_else(|| consumes.iter().find(|name| !is_form(name)))
        .map_or("application/json", String::as_str)
}

fn of_form<'a>(parameters: Vec<Node<'a>>, consumes: &[String]) -> Node<'a> {
    let has_file = parameters
        .iter()
        .any(|node| node.text_of("type") == Some("file"));
    let takes = |essence: &str| consumes.iter().any(|name| name.starts_with(essence));
    let is_multipart = has_file || (takes("multipart/") && !takes(FORM));
    let mut properties = Fields::default();
    let mut required = Vec::new();
    let mut encodings = Fields::default();
    for parameter in parameters {
        let mut fields = Fields::of(parameter);
        let Some(name) = fields.take_text("name") else {
            continue;
        };
        let mut outer = Fields::default();
        outer.move_from(&mut fields, &OUTER);
        if matches!(outer.get("required"), Some(Node::Flag(true))) {
            required.push(Node::Text(name.clone()));
        }
        let format = fields.take_text("collectionFormat");
        if fields.text_of("type") == Some("array") {
            let (style, explode) = written(format.as_deref());
            let mut encoding = Fields::default();
            encoding.push("style", text(style));
            encoding.push("explode", Node::Flag(explode));
            encodings.set(name.clone(), encoding.into_node());
        }
        let mut schema = Fields::of(value(fields));
        schema.move_from(&mut outer, &["description", "deprecated"]);
        properties.set(name, schema.into_node());
    }
    let is_required = !required.is_empty();
    let mut schema = Fields::default();
    schema.push("type", text("object"));
    schema.push("properties", properties.into_node());
    schema.push("required", list(required));
    let mut media = Fields::default();
    media.push("schema", schema.into_node());
    if !encodings.is_empty() {
        media.push("encoding", encodings.into_node());
    }
    let media_type = if is_multipart { MULTIPART } else { FORM };
    let mut body = Fields::default();
    body.push("required", Node::Flag(is_required));
    body.push("content", single(media_type, media.into_node()));
    body.into_node()
}
