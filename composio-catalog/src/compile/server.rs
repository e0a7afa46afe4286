use url::Url;

use crate::{
    Integration, Report,
    document::{Document, Node},
};

use super::{compiler::Compiler, operation::Operation};

const MAX_URL: usize = 2_048;

/// The address of the document's first server. A problem only if the app's templates do not say where the API is.
pub(super) fn of_document(
    document: &Document<'_>,
    integration: &Integration,
    report: &mut Report,
) -> Option<String> {
    let result = match first_server(document.root) {
        None => Err("the document names no server".to_owned()),
        Some(server) => resolved(server, None),
    };
    let result = result.and_then(|url| within(url, integration));
    match result {
        Ok(url) => Some(url),
        Err(problem) => {
            if !has_base_url(integration) {
                report.problem("servers", &format!("{problem}: set proxy.base_url"));
            }
            None
        }
    }
}

/// Whether the app says itself where its API is.
pub(super) fn has_base_url(integration: &Integration) -> bool {
    let schemes = integration.auth_schemes.iter();
    schemes
        .filter_map(|scheme| scheme.proxy.as_ref())
        .chain(&integration.proxy)
        .any(|proxy| proxy.base_url.is_some())
}

impl<'d> Compiler<'_, 'd> {
    /// The operation's or its path's own server, if that is another than the document's.
    pub(super) fn server_of(&mut self, operation: &Operation<'d>, place: &str) -> Option<String> {
        let server = first_server(operation.node).or_else(|| first_server(operation.item))?;
        let url = resolved(server, self.base_url);
        match url.and_then(|url| within(url, self.integration)) {
            Ok(url) => (Some(url.as_str()) != self.base_url).then_some(url),
            Err(problem) => {
                self.report.problem(place, &problem);
                None
            }
        }
    }
}

/// The address, if its host is one of the app's: a document must not send the credentials elsewhere.
fn within(url: String, integration: &Integration) -> Result<String, String> {
    let parsed = Url::parse(&url).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    if integration.permits_host(host) {
        return Ok(url);
    }
    Err(format!("the server {host} is none of the app's hosts"))
}

pub(super) fn first_server<'n, 'd>(node: &'n Node<'d>) -> Option<&'n Node<'d>> {
    node.get("servers")?.items().first()
}

/// The server's address, absolute and without a slash at the end.
fn resolved(server: &Node<'_>, base: Option<&str>) -> Result<String, String> {
    let template = server.text_of("url").unwrap_or_default();
    let url = filled(template, server.get("variables"))?;
    // The engine reads them as fields of the connection, and the document writes none.
    if url.contains(['{', '}']) {
        return Err("the address of the server has a brace too many".to_owned());
    }
    if url.len() > MAX_URL {
        return Err("the address of the server is too long".to_owned());
    }
    let parsed = match (Url::parse(&url), base.map(Url::parse)) {
        (Ok(parsed), _) => parsed,
        (Err(url::ParseError::RelativeUrlWithoutBase), Some(Ok(base))) => base
            .join(&url)
            .map_err(|error| format!("the address of the server is wrong: {error}"))?,
        (Err(url::ParseError::RelativeUrlWithoutBase), _) => {
            return Err("the address of the server is relative to an unknown one".to_owned());
        }
        (Err(error), _) => return Err(format!("the address of the server is wrong: {error}")),
    };
    let is_plain = matches!(parsed.scheme(), "http" | "https")
        && parsed.host_str().is_some()
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.query().is_none()
        && parsed.fragment().is_none();
    if !is_plain {
        return Err("the address of the server must be http(s), a host and a path".to_owned());
    }
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

/// The template with each variable's default in its place.
fn filled(template: &str, variables: Option<&Node<'_>>) -> Result<String, String> {
    let mut url = String::with_capacity(template.len());
    let mut rest = template.trim();
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind
            .split_once('}')
            .ok_or("the address of the server has a brace too many")?;
        let variable = variables.and_then(|variables| variables.get(name));
        let default = variable.and_then(|variable| {
            let first = || {
                variable
                    .get("enum")
                    .and_then(|values| values.items().first())
            };
            variable.get("default").or_else(first)
        });
        url.push_str(before);
        match default {
            Some(Node::Text(text)) => url.push_str(text),
            Some(Node::Number(number)) => url.push_str(&number.to_string()),
            _ => {
                return Err(format!(
                    "the variable `{name}` of the server has no default"
                ));
            }
        }
        if url.len() > MAX_URL {
            break;
        }
        rest = after;
    }
    url.push_str(rest);
    Ok(url)
}
