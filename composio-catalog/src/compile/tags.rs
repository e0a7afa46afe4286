use crate::{Integration, document::Node, text};

use super::operation::Operation;

const MAX_TAGS: usize = 16;

/// Tags with a meaning of their own. A document may not set them: it would call a deletion harmless.
const RESERVED: [&str; 8] = [
    "important",
    "mcpignore",
    "readonlyhint",
    "createhint",
    "updatehint",
    "destructivehint",
    "idempotenthint",
    "openworldhint",
];

/// The document's group names, `important`, and hints by method.
pub(super) fn of(operation: &Operation<'_>, slug: &str, integration: &Integration) -> Vec<String> {
    let groups = operation.node.get("tags").map_or(&[][..], Node::items);
    let mut tags: Vec<String> = Vec::new();
    for group in groups.iter().filter_map(Node::text).take(MAX_TAGS) {
        let group = text::line(group, 64);
        let is_reserved = RESERVED.contains(&group.to_ascii_lowercase().as_str());
        if !group.is_empty() && !is_reserved && !tags.contains(&group) {
            tags.push(group);
        }
    }
    let is_important = operation.node.is_set("x-composio-important")
        || integration
            .important
            .iter()
            .any(|own| own.eq_ignore_ascii_case(slug));
    if is_important {
        tags.push("important".to_owned());
    }
    let kind = match operation.method {
        "GET" | "HEAD" | "OPTIONS" | "QUERY" => "readOnlyHint",
        "DELETE" => "destructiveHint",
        "POST" => "createHint",
        _ => "updateHint",
    };
    tags.push(kind.to_owned());
    if is_idempotent(operation) {
        tags.push("idempotentHint".to_owned());
    }
    tags.push("openWorldHint".to_owned());
    tags
}

/// RFC 9110, section 9.2.2, or the document's word for it.
pub(super) fn is_idempotent(operation: &Operation<'_>) -> bool {
    !matches!(operation.method, "POST" | "PATCH") || operation.node.is_set("x-idempotent")
}
