use std::collections::HashSet;

use crate::{
    Integration, Location, Proxy, Style,
    document::{Document, Node},
    schema::{Notes, is_nameable},
};

use super::{
    body::essence,
    compiler::Compiler,
    operation::{Failure, Operation},
};

/// The largest public operation has 581 arguments.
const MAX_PARAMETERS: usize = 1_000;

/// Headers that describe the message itself: the engine writes them, and no document may.
const MESSAGE_HEADERS: [&str; 13] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// One parameter that becomes an argument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter<'d> {
    pub(super) name: &'d str,
    pub(super) location: Location,
    pub(super) is_required: bool,
    pub(super) schema: Option<&'d Node<'d>>,
    pub(super) media_type: Option<&'d str>,
    pub(super) style: Style,
    pub(super) explode: bool,
    pub(super) allow_reserved: bool,
    pub(super) notes: Notes<'d>,
}

impl<'d> Parameter<'d> {
    fn new(document: &Document<'d>, node: &'d Node<'d>, name: &'d str, location: Location) -> Self {
        let content = node
            .get("content")
            .and_then(|content| content.entries().first());
        let style = style(node.text_of("style"), location);
        let is_query = is_query_string(node);
        Self {
            name,
            location,
            is_required: location == Location::Path || node.is_set("required"),
            schema: content.map_or_else(
                || node.get("schema"),
                |(_, media)| document.follow(media).unwrap_or(media).get("schema"),
            ),
            media_type: content
                .filter(|_| !is_query)
                .map(|(media_type, _)| media_type.as_ref()),
            style,
            explode: is_query || explode(node, style),
            allow_reserved: location == Location::Query && node.is_set("allowReserved"),
            notes: Notes {
                description: node.text_of("description"),
                is_deprecated: node.is_set("deprecated"),
                example: example(document, node),
            },
        }
    }

    /// A placeholder of the path that no parameter describes.
    fn implied(name: &'d str) -> Self {
        Self {
            name,
            location: Location::Path,
            is_required: true,
            schema: None,
            media_type: None,
            style: Style::Simple,
            explode: false,
            allow_reserved: false,
            notes: Notes::default(),
        }
    }
}

/// The style that `written` names for `location`, or the location's default.
pub(super) fn style(written: Option<&str>, location: Location) -> Style {
    match (location, written) {
        (Location::Path, Some("matrix")) => Style::Matrix,
        (Location::Path, Some("label")) => Style::Label,
        (Location::Path | Location::Header, _) => Style::Simple,
        (Location::Query | Location::Body, Some("spaceDelimited")) => Style::SpaceDelimited,
        (Location::Query | Location::Body, Some("pipeDelimited")) => Style::PipeDelimited,
        (Location::Query | Location::Body, Some("deepObject")) => Style::DeepObject,
        (Location::Query | Location::Body | Location::Cookie, _) => Style::Form,
    }
}

/// `explode` as written; else only the style `form` explodes.
pub(super) fn explode(node: &Node<'_>, style: Style) -> bool {
    match node.get("explode") {
        Some(Node::Flag(explode)) => *explode,
        _ => style == Style::Form,
    }
}

fn example<'d>(document: &Document<'d>, node: &'d Node<'d>) -> Option<&'d Node<'d>> {
    node.get("example").or_else(|| {
        let (_, first) = node.get("examples")?.entries().first()?;
        document.follow(first).ok()?.get("value")
    })
}

/// What the credentials or the app's templates send, so that no caller has to.
#[derive(Debug, Default)]
pub(super) struct Owned<'c> {
    /// Lower case.
    headers: HashSet<String>,
    queries: HashSet<&'c str>,
    paths: HashSet<&'c str>,
    cookies: HashSet<&'c str>,
}

impl<'c> Owned<'c> {
    pub(super) fn new(document: &'c Document<'_>, integration: &'c Integration) -> Self {
        let mut owned = Self::default();
        let schemes = integration.auth_schemes.iter();
        let proxies = schemes.filter_map(|scheme| scheme.proxy.as_ref());
        for proxy in proxies.chain(&integration.proxy) {
            owned.add(proxy);
        }
        for (_, scheme) in document.section("securitySchemes") {
            let scheme = document.follow(scheme).unwrap_or(scheme);
            let Some(name) = scheme.text_of("name") else {
                continue;
            };
            match (scheme.text_of("type"), scheme.text_of("in")) {
                (Some("apiKey"), Some("header")) => {
                    owned.headers.insert(name.to_ascii_lowercase());
                }
                (Some("apiKey"), Some("query")) => {
                    owned.queries.insert(name);
                }
                (Some("apiKey"), Some("cookie")) => {
                    owned.cookies.insert(name);
                }
                _ => {}
            }
        }
        owned
    }

    fn add(&mut self, proxy: &'c Proxy) {
        self.headers
            .extend(proxy.headers.keys().map(|name| name.to_ascii_lowercase()));
        self.queries
            .extend(proxy.query_params.keys().map(String::as_str));
        self.paths
            .extend(proxy.path_params.keys().map(String::as_str));
    }

    fn has(&self, location: Location, name: &str) -> bool {
        match location {
            Location::Header => {
                let name = name.to_ascii_lowercase();
                MESSAGE_HEADERS.contains(&name.as_str()) || self.headers.contains(&name)
            }
            Location::Query => self.queries.contains(name),
            Location::Path => self.paths.contains(name),
            Location::Cookie => self.cookies.contains(name),
            Location::Body => false,
        }
    }
}

impl<'d> Compiler<'_, 'd> {
    /// The parameters of an operation: the path's, unless its own have the same name and place, then its own.
    pub(super) fn parameters(
        &mut self,
        operation: &Operation<'d>,
        place: &str,
    ) -> Result<Vec<Parameter<'d>>, Failure> {
        let list = |node: &'d Node<'d>| node.get("parameters").map_or(&[][..], Node::items);
        let (shared, own) = (list(operation.item), list(operation.node));
        if shared.len() + own.len() > MAX_PARAMETERS {
            return Err(Failure::skip("it has over 1,000 parameters"));
        }
        let placeholders = placeholders(operation.path);
        let mut found: Vec<Parameter<'d>> = Vec::new();
        let mut places: HashSet<(Location, &str)> = HashSet::new();
        for node in own.iter().chain(shared) {
            let Some(parameter) = self.parameter(node, &placeholders, place) else {
                continue;
            };
            if places.insert((parameter.location, parameter.name)) {
                found.push(parameter);
            }
        }
        found.retain(|parameter| !self.owned.has(parameter.location, parameter.name));
        for name in placeholders {
            if places.insert((Location::Path, name)) && !self.owned.has(Location::Path, name) {
                self.report
                    .problem(place, &format!("`{name}` of the path is not described"));
                found.push(Parameter::implied(name));
            }
        }
        found.sort_by_key(|parameter| rank(parameter.location));
        Ok(found)
    }

    fn parameter(
        &mut self,
        node: &'d Node<'d>,
        placeholders: &[&str],
        place: &str,
    ) -> Option<Parameter<'d>> {
        let problem = match self.document.follow(node) {
            Err(unresolved) => format!("the reference of a parameter {}", unresolved.reason()),
            Ok(node) => match (node.text_of("name"), location(node)) {
                (None | Some(""), _) => "a parameter has no name".to_owned(),
                (Some(name), _) if !is_nameable(name) => {
                    format!("the name `{name}` is too long or has characters that nobody sees")
                }
                (Some(name), None) => format!("`{name}` stands in no place that OpenAPI 3 knows"),
                (Some(name), Some(Location::Path)) if !placeholders.contains(&name) => {
                    format!("`{name}` is no placeholder of the path")
                }
                (Some(name), Some(Location::Header)) if !is_token(name) => {
                    format!("`{name}` cannot be the name of a header")
                }
                (Some(name), Some(location)) => {
                    return Some(Parameter::new(self.document, node, name, location));
                }
            },
        };
        self.report.problem(place, &problem);
        None
    }
}

/// Who comes first in the list, and keeps its name when two are equal.
pub(super) const fn rank(location: Location) -> u8 {
    match location {
        Location::Path => 0,
        Location::Query => 1,
        Location::Header => 2,
        Location::Cookie => 3,
        Location::Body => 4,
    }
}

fn location(node: &Node<'_>) -> Option<Location> {
    Some(match node.text_of("in")? {
        "path" => Location::Path,
        "query" => Location::Query,
        "querystring" if is_query_string(node) => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    })
}

/// Whether a parameter is the whole query, written as a form (OpenAPI 3.2): each member of the object is then a pair, as
/// those of an object that explodes are.
fn is_query_string(node: &Node<'_>) -> bool {
    let content = node.get("content").map_or(&[][..], Node::entries);
    let kinds: Vec<&str> = content.iter().map(|(kind, _)| essence(kind)).collect();
    node.text_of("in") == Some("querystring") && kinds == ["application/x-www-form-urlencoded"]
}

/// The names in braces, each once.
fn placeholders(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in path.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !name.is_empty()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
