use std::borrow::Cow;

use serde_json::{Value, json};

use super::{
    body::{essence, is_text},
    file,
};
use crate::document::{Document, Node};

const MAX_ENTRIES: usize = 50;

/// The schema of the body that the operation answers with when it succeeds.
pub(super) fn success_schema<'d>(
    document: &Document<'d>,
    operation: &'d Node<'d>,
) -> Option<&'d Node<'d>> {
    let content = success_content(document, operation);
    let json = content
        .iter()
        .take(MAX_ENTRIES)
        .find(|(media_type, _)| is_json(media_type));
    let schema = json.and_then(|(_, media)| document.follow(media).ok()?.get("schema"))?;
    schema.is_map().then_some(schema)
}

/// The schema of a body that is not JSON: a text, bytes, or nothing we know.
pub(super) fn without_schema<'d>(document: &Document<'d>, operation: &'d Node<'d>) -> Value {
    match success_content(document, operation) {
        [] => json!({}),
        content if content.iter().any(|(media_type, _)| is_json(media_type)) => json!({}),
        [(media_type, _), ..] if is_text(essence(media_type)) => json!({"type": "string"}),
        _ => file::received(),
    }
}

/// The content of the first 2xx response that has one, of `2XX`, or of `default`.
fn success_content<'d>(
    document: &Document<'d>,
    operation: &'d Node<'d>,
) -> &'d [(Cow<'d, str>, Node<'d>)] {
    let responses = operation.get("responses").map_or(&[][..], Node::entries);
    let mut successes: Vec<_> = responses
        .iter()
        .take(MAX_ENTRIES)
        .filter(|(status, _)| status.starts_with('2') || status == "default")
        .collect();
    successes.sort_by(|(one, _), (other, _)| one.cmp(other));
    successes
        .into_iter()
        .filter_map(|(_, response)| document.follow(response).ok()?.get("content"))
        .map(Node::entries)
        .find(|content| !content.is_empty())
        .unwrap_or_default()
}

fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "*/*" || essence.ends_with("/json") || essence.ends_with("+json")
}
