//! A request that the caller spells out, with the credentials added.

use bytes::Bytes;
use composio_catalog::Toolkit;
use composio_core::{
    Error, ErrorKind, Result,
    models::{ProxyParameterType, ProxyRequest, RawJson},
};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use url::Url;

use super::{
    Credentials,
    access::Access,
    body::Encoded,
    headers::{header_name, header_value},
    payload::Payload,
    request::{self, Context, Draft, Prepared},
    scheme::Templates,
    style,
};

/// Renders a proxied request. It can only go where the toolkit's own tools go.
pub(super) fn prepare(
    context: &Context,
    toolkit: &Toolkit,
    credentials: Option<&Credentials>,
    request: &ProxyRequest,
) -> Result<Prepared> {
    let method = request::method(&request.method, ErrorKind::InvalidInput)?;
    let custom = request.custom_auth_params.as_ref();
    let (base, additions) = Access {
        toolkit,
        credentials,
        custom,
    }
    .open(context, None, &request.endpoint)?;
    // Where a template pins the host, tools go nowhere else, and neither does this.
    let is_pinned = Templates::of(toolkit, credentials).base_url().is_some();
    let servers = if is_pinned {
        Vec::new()
    } else {
        servers(toolkit)
    };
    let (base, path, query) = split(&servers, base, &request.endpoint)?;
    let (headers, query) = parameters(request, &query)?;
    let body = request
        .body
        .as_ref()
        .map(|body| encode(body, headers.get(header::CONTENT_TYPE)));
    let draft = Draft {
        repeatable: method.is_idempotent(),
        method,
        base,
        path,
        query,
        headers,
        cookies: Vec::new(),
        body,
    };
    draft.finish(additions)
}

/// The request's own headers, and its query: that of the endpoint with what is given beside it.
fn parameters(request: &ProxyRequest, query: &str) -> Result<(HeaderMap, Vec<style::Pair>)> {
    let kind = ErrorKind::InvalidInput;
    let mut headers = HeaderMap::new();
    let mut pairs: Vec<style::Pair> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for parameter in &request.parameters {
        let (name, value) = (&parameter.name, &parameter.value);
        match parameter.kind {
            ProxyParameterType::Header => {
                headers.insert(header_name(name, kind)?, header_value(name, value, kind)?);
            }
            ProxyParameterType::Query => pairs.push((style::encode(name), style::encode(value))),
            _ => {
                let message = format!("{name} is placed where this engine places nothing");
                return Err(Error::new(ErrorKind::NotSupported, message));
            }
        }
    }
    Ok((headers, pairs))
}

/// JSON, or the text itself if the caller names another media type.
fn encode(body: &RawJson, media_type: Option<&HeaderValue>) -> Encoded {
    let is_json = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("json"));
    let text = match media_type {
        Some(given) if !is_json(given) => match body.to_value() {
            Value::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    };
    Encoded {
        payload: Payload::Whole(text.map_or_else(
            || Bytes::copy_from_slice(body.as_str().as_bytes()),
            Bytes::from,
        )),
        media_type: media_type
            .cloned()
            .unwrap_or(HeaderValue::from_static("application/json")),
    }
}

/// The base, the path below it, and the query that `endpoint` means.
fn split(servers: &[Url], base: Url, endpoint: &str) -> Result<(Url, String, String)> {
    let refuse = |why: &str| Error::new(ErrorKind::InvalidInput, format!("the endpoint {why}"));
    if endpoint.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(refuse("has characters that an address cannot have"));
    }
    let endpoint = endpoint.split('#').next().unwrap_or_default();
    let (path, query) = endpoint.split_once('?').unwrap_or((endpoint, ""));
    let is_absolute = path.contains("://");
    let (base, path) = if is_absolute {
        let url = Url::parse(path).map_err(|_| refuse("is not an address"))?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let mut known = servers.iter().chain([&base]);
        if !is_plain || !known.any(|known| known.origin() == url.origin()) {
            let message = "the endpoint is not on a host of the toolkit";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        // The text after the host, as it was given: the parser has already resolved its dot segments.
        let given = path.splitn(4, '/').nth(3).unwrap_or_default();
        let mut origin = url.clone();
        origin.set_path("");
        (origin, format!("/{given}"))
    } else if path.starts_with("//") {
        return Err(refuse("names a host without a scheme"));
    } else {
        (base, path.to_owned())
    };
    if path.split('/').any(is_dot_segment) {
        return Err(refuse("has dot segments in its path"));
    }
    Ok((base, path, query.to_owned()))
}

/// The servers that the toolkit's document names.
fn servers(toolkit: &Toolkit) -> Vec<Url> {
    let servers = toolkit.base_url.iter().chain(&toolkit.servers);
    servers
        .filter(|server| !server.contains('{'))
        .filter_map(|server| Url::parse(server).ok())
        .collect()
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(&*plain, "." | "..")
}
