//! A tool's plan, its arguments and the credentials become one request. Nothing here does I/O.

use std::fmt;

use composio_catalog::{Location, ToolPlan};
use composio_core::{Error, ErrorKind, Result, Secret, models::Fields};
use http::{HeaderMap, HeaderValue, Method, header};
use minijinja::Environment;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{
    Call, EgressPolicy,
    access::Access,
    address::Addresses,
    arguments::{self, Placed},
    authenticate::Additions,
    body::{self, Encoded, Files, Member},
    headers::{credential_value, header_value},
    payload::Payload,
    scrub::Scrubber,
    style::Pair,
};
use crate::{
    auth::oauth1::{self, Signed, Signer},
    clock,
    files::ResultFiles,
};

const ACCEPT: HeaderValue = HeaderValue::from_static("application/json, */*;q=0.8");

/// A request ready to be sent. `Debug` shows method and host alone.
pub(crate) struct Prepared {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Payload>,
    /// Whether sending it twice is as good as once (RFC 9110, section 9.2.2).
    pub(super) repeatable: bool,
    pub(super) scrubber: Scrubber,
    /// Where bytes go that come back.
    pub(super) results: Option<ResultFiles>,
}

impl Prepared {
    /// Where it goes.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}",
            self.method,
            self.url.host_str().unwrap_or_default()
        )
    }
}

/// What rendering needs besides the call.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) environment: Environment<'static>,
    /// For the templates of steps.
    pub(super) steps: Environment<'static>,
    pub(super) addresses: Addresses,
    pub(super) egress: EgressPolicy,
}

/// Renders a tool call.
pub(super) fn prepare(context: &Context, call: Call<'_>) -> Result<Prepared> {
    let Call {
        toolkit,
        plan,
        arguments,
        credentials,
        custom,
        files,
        results,
    } = call;
    let custom = custom.as_ref();
    let method = method(&plan.method, ErrorKind::Config)?;
    let access = Access {
        toolkit,
        credentials: credentials.as_deref(),
        custom,
    };
    let (base, additions) = access.open(context, plan.server.as_deref(), &plan.path)?;
    let extra = custom.and_then(|custom| custom.body.as_ref());
    let mut placed = arguments::place(plan, arguments, |argument| {
        let name = &*argument.wire_name;
        match argument.location {
            Location::Body => extra.is_some_and(|extra| extra.contains_key(name)),
            location => additions.hold(location, name),
        }
    })?;
    let body = payload(plan, &method, &mut placed, extra, &files)?;
    let path = fill(&plan.path, |name| {
        let own = additions
            .path
            .iter()
            .rev()
            .find(|(own, _)| own == name)
            .map(|(_, text)| &**text);
        own.or_else(|| {
            placed
                .path
                .iter()
                .find(|(own, _)| *own == name)
                .map(|(_, text)| &**text)
        })
    })?;
    let draft = Draft {
        repeatable: plan.idempotent && method.is_idempotent(),
        method,
        base,
        path,
        query: placed.query,
        headers: placed.headers,
        cookies: placed.cookies,
        body,
    };
    let mut prepared = draft.finish(additions)?;
    prepared.results = results;
    Ok(prepared)
}

/// Checks a method: those that carry a tool's call, OpenAPI 3.2's `QUERY` among them.
pub(super) fn method(name: &str, kind: ErrorKind) -> Result<Method> {
    const METHODS: [&str; 8] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY",
    ];
    let method = METHODS.contains(&name).then(|| name.parse().ok()).flatten();
    method.ok_or_else(|| {
        let message = format!("the method must be one of {}", METHODS.join(", "));
        Error::new(kind, message)
    })
}

/// Fills the placeholders of a path with encoded texts.
fn fill<'t>(path: &str, text_of: impl Fn(&str) -> Option<&'t str>) -> Result<String> {
    let mut out = String::with_capacity(path.len() + 32);
    let mut rest = path.split('#').next().unwrap_or_default();
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let text = text_of(name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("nothing fills {{{name}}} of the path"),
            )
        })?;
        out.push_str(literal);
        out.push_str(text);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn payload(
    plan: &ToolPlan,
    method: &Method,
    placed: &mut Placed<'_>,
    extra: Option<&Fields>,
    files: &Files,
) -> Result<Option<Encoded>> {
    let mut members = std::mem::take(&mut placed.members);
    let mut whole = placed.whole.take();
    let extra = extra.filter(|extra| !extra.is_empty());
    for (name, value) in extra.into_iter().flat_map(|extra| extra.iter()) {
        match &mut whole {
            Some(Value::Object(map)) => drop(map.insert(name.clone(), value.clone())),
            Some(_) => return Err(no_place(&plan.slug)),
            None => {
                members.retain(|member| member.name != *name);
                members.push(Member {
                    name: name.clone(),
                    value: value.clone(),
                    argument: None,
                });
            }
        }
    }
    let is_given = whole.is_some() || !members.is_empty();
    match &plan.body {
        Some(body) if is_given || body.required => {
            body::encode(body, members, whole, files).map(Some)
        }
        Some(_) => Ok(None),
        None if !is_given => Ok(None),
        None if method.is_safe() => Err(no_place(&plan.slug)),
        None => body::json_object(members).map(Some),
    }
}

fn no_place(slug: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("{slug} has no body that members could be added to"),
    )
}

/// A request whose parts are known and not yet put together.
pub(super) struct Draft {
    pub(super) method: Method,
    pub(super) base: Url,
    /// Encoded, below the base.
    pub(super) path: String,
    pub(super) query: Vec<Pair>,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<Pair>,
    pub(super) body: Option<Encoded>,
    pub(super) repeatable: bool,
}

impl Draft {
    /// Puts the request together; what `additions` hold replaces arguments of the same name.
    pub(super) fn finish(mut self, additions: Additions) -> Result<Prepared> {
        let Additions {
            headers,
            query,
            cookies,
            mut scrubber,
            signer,
            ..
        } = additions;
        self.query
            .retain(|(name, _)| !query.iter().any(|(own, _)| own == name));
        self.query.extend(query);
        let url = self.url()?;
        for (name, value) in headers {
            self.headers.insert(name, value);
        }
        self.push_cookies(cookies)?;
        if let Some(body) = &self.body {
            self.headers
                .insert(header::CONTENT_TYPE, body.media_type.clone());
            if body.payload.is_stream() {
                let length = HeaderValue::from(body.payload.length());
                self.headers.insert(header::CONTENT_LENGTH, length);
            }
        }
        self.headers.entry(header::ACCEPT).or_insert(ACCEPT);
        if let Some(signer) = signer {
            let value = self.signature(&signer, &url)?;
            scrubber.add_header(value.expose());
            let value = credential_value("authorization", value.expose())?;
            self.headers.insert(header::AUTHORIZATION, value);
            // A nonce is good for one request.
            self.repeatable = false;
        }
        Ok(Prepared {
            method: self.method,
            url,
            headers: self.headers,
            body: self.body.map(|body| body.payload),
            repeatable: self.repeatable,
            scrubber,
            results: None,
        })
    }

    /// Signs method, address and the members of a form (RFC 5849, 3.4.1.3.1).
    fn signature(&self, signer: &Signer, url: &Url) -> Result<Secret> {
        let form = match &self.body {
            Some(Encoded {
                payload: Payload::Whole(bytes),
                media_type,
            }) if media_type == "application/x-www-form-urlencoded" => {
                form_urlencoded::parse(bytes).into_owned().collect()
            }
            _ => Vec::new(),
        };
        signer.authorization(Signed {
            method: self.method.as_str(),
            url,
            form: &form,
            own: &[],
            nonce: &oauth1::nonce(),
            timestamp: clock::now() / 1_000_000,
        })
    }

    fn url(&self) -> Result<Url> {
        let base = self.base.as_str().trim_end_matches('/');
        let between = if self.path.is_empty() || self.path.starts_with('/') {
            ""
        } else {
            "/"
        };
        let mut text = format!("{base}{between}{}", self.path);
        let mut query = String::new();
        body::push_pairs(&mut query, &self.query);
        if !query.is_empty() {
            text.push(if text.contains('?') { '&' } else { '?' });
            text.push_str(&query);
        }
        let path = text.split('?').next().unwrap_or_default();
        let slashes = slashes(path);
        let has_backslash = path.contains('\\');
        Url::parse(&text)
            .ok()
            // The parser resolves dot segments; a path that had some does not lead where it says.
            .filter(|url| !has_backslash && self::slashes(url.path()) + 2 == slashes.max(3))
            .filter(|url| url.origin() == self.base.origin())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    "the arguments do not form an address of the toolkit",
                )
            })
    }

    fn push_cookies(&mut self, cookies: Vec<Pair>) -> Result<()> {
        let is_credential = !cookies.is_empty();
        self.cookies
            .retain(|(name, _)| !cookies.iter().any(|(own, _)| own == name));
        self.cookies.extend(cookies);
        if self.cookies.is_empty() {
            return Ok(());
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut value = header_value("cookie", &cookies.join("; "), ErrorKind::InvalidInput)?;
        value.set_sensitive(is_credential);
        self.headers.insert(header::COOKIE, value);
        Ok(())
    }
}

fn slashes(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}
