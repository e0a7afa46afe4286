//! Addresses of servers that are relative to where the document was found (OpenAPI 3.0.3, "Server Object").

use std::borrow::Cow;

use url::Url;

use super::{Node, edit};

/// Makes the addresses of servers absolute: those of the document, of its paths and of their operations.
pub(super) fn resolve(node: &mut Node<'_>, address: &Url, depth: usize) {
    let is_served = node.get("openapi").is_some()
        && node
            .get("servers")
            .is_none_or(|servers| servers.items().is_empty());
    if depth == 0 && is_served {
        // "If the servers property is not provided …, the default value would be a Server Object with a url value of /."
        let server = Node::Map(Box::new([(
            Cow::Borrowed("url"),
            Node::Text(Cow::Borrowed("/")),
        )]));
        edit::set(node, "servers", Node::List(Box::new([server])));
    }
    if depth == 0
        && node.get("swagger").is_some()
        && node.get("host").is_none()
        && let Some(host) = address.host_str()
    {
        let host = address
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        edit::set(node, "host", Node::Text(Cow::Owned(host)));
        let schemes = Node::List(Box::new([Node::Text(Cow::Owned(
            address.scheme().to_owned(),
        ))]));
        edit::set(node, "schemes", schemes);
    }
    let Node::Map(entries) = node else { return };
    for (key, value) in entries.iter_mut() {
        match (key.as_ref(), value) {
            ("servers", Node::List(servers)) => {
                for server in servers.iter_mut() {
                    resolve_server(server, address);
                }
            }
            ("paths", paths @ Node::Map(_)) if depth == 0 => resolve(paths, address, 1),
            (_, inner @ Node::Map(_)) if (1..=2).contains(&depth) => {
                resolve(inner, address, depth + 1)
            }
            _ => {}
        }
    }
}

fn resolve_server(server: &mut Node<'_>, address: &Url) {
    let Some(url) = server.text_of("url") else {
        return;
    };
    // Its variables stand in braces, which joining would encode.
    if url.contains("://") || url.starts_with('{') {
        return;
    }
    let Ok(mut absolute) = address.join("/") else {
        return;
    };
    let text = if url.starts_with('/') {
        format!("{}{}", absolute.as_str().trim_end_matches('/'), url)
    } else if let Ok(url) = address.join(url) {
        absolute = url;
        absolute.to_string()
    } else {
        return;
    };
    edit::set(server, "url", Node::Text(Cow::Owned(text)));
}
