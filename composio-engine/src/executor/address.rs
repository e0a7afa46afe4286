use composio_core::{Error, ErrorKind, Result};
use minijinja::Environment;
use moka::sync::Cache;
use url::{Host, Url};

use super::{
    EgressPolicy,
    request::Context,
    style::path_segment,
    template::{self, Part, Rendered, Values},
};

/// How many addresses of toolkits stay parsed.
const CAPACITY: u64 = 10_000;

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// Addresses that toolkits name without a placeholder, by their text. Parsing one takes longer than rendering the rest
/// of a request.
#[derive(Debug)]
pub(super) struct Addresses(Cache<String, Url>);

impl Addresses {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// As [`of_toolkit`].
    pub(super) fn of_toolkit(&self, text: &str, what: &str) -> Result<Url> {
        if let Some(url) = self.0.get(text) {
            return Ok(url);
        }
        let url = of_toolkit(text, what)?;
        self.0.insert(text.to_owned(), url.clone());
        Ok(url)
    }
}

/// Parses an address that a user or caller gives: `https`, or `http` where the policy permits it; nothing but scheme,
/// host, port and path.
pub(super) fn of_user(text: &str, name: &str, egress: &EgressPolicy) -> Result<Url> {
    let refuse = |why: &str| Error::new(ErrorKind::InvalidInput, format!("{name} {why}"));
    // The parser would quietly drop or mend these, so that what is checked is not what was given.
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(refuse("has characters that an address cannot have"));
    }
    let url = Url::parse(text).map_err(|_| refuse("is not an absolute address"))?;
    plain(&url).map_err(refuse)?;
    if url.scheme() == "http" && !egress.permits_plain(&url) {
        return Err(refuse("must be https"));
    }
    Ok(url)
}

/// Parses an address that the toolkit names.
fn of_toolkit(text: &str, what: &str) -> Result<Url> {
    let refuse = |why: &str| Error::new(ErrorKind::Config, format!("{what} of the toolkit {why}"));
    let url = Url::parse(text).map_err(|_| refuse("is not an absolute address"))?;
    plain(&url).map_err(refuse)?;
    Ok(url)
}

fn plain(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or fragment");
    }
    match url.host() {
        None | Some(Host::Domain("")) => Err("has no host"),
        // The parser lets braces and more through.
        Some(Host::Domain(name)) if !name.bytes().all(is_host_byte) => Err("has no usable host"),
        Some(_) => Ok(()),
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

/// Renders the template of a base URL and pins its host.
///
/// A placeholder in the host stands for exactly one DNS label, or for a part of one; a host that is one placeholder
/// alone stands for a name of several labels. A template that begins with a placeholder takes the user's whole address.
/// Placeholders in the path stand for one segment.
pub(super) fn of_template(source: &str, values: Values<'_>, context: &Context) -> Result<Url> {
    let egress = &context.egress;
    let Some(parts) = template::parts(source) else {
        return of_engine(source, values, &context.environment, egress);
    };
    if let [Part::Text(text)] = *parts
        && has_scheme(text)
    {
        return context.addresses.of_toolkit(text, "base_url");
    }
    let missing: Vec<String> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Field(name) if values.get(name).is_none() => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    if !missing.is_empty() {
        return Err(template::missing("base_url", &missing));
    }
    if let Some((Part::Field(name), rest)) = parts.split_first() {
        let url = of_user(values.get(name).unwrap_or_default(), name, egress)?;
        return below(&url, rest, values);
    }
    pinned(source, values)
}

/// A template that only the engine can render: its host cannot be read off, so every field must be one label.
fn of_engine(
    source: &str,
    values: Values<'_>,
    environment: &Environment<'_>,
    egress: &EgressPolicy,
) -> Result<Url> {
    let of_users = source.trim_start().starts_with("{{");
    if !of_users {
        for name in template::fields(environment, source) {
            if let Some(value) = values.get(&name) {
                label(&name, value)?;
            }
        }
    }
    match template::render(environment, || "base_url".to_owned(), source, values)? {
        Rendered::Text(text) if of_users => of_user(&text, "base_url", egress),
        Rendered::Text(text) => of_toolkit(&text, "base_url"),
        Rendered::Missing(names) => Err(template::missing("base_url", &names)),
    }
}

/// The user's address with the rest of the template behind it.
fn below(url: &Url, rest: &[Part<'_>], values: Values<'_>) -> Result<Url> {
    match rest.first() {
        None => return Ok(url.clone()),
        Some(Part::Text(path)) if path.starts_with('/') => {}
        Some(_) => {
            return Err(config(
                "goes on behind the address with something else than a path",
            ));
        }
    }
    let mut text = url.as_str().trim_end_matches('/').to_owned();
    push_path(&mut text, rest, values)?;
    of_toolkit(&text, "base_url")
}

fn pinned(source: &str, values: Values<'_>) -> Result<Url> {
    let (scheme, rest) = SCHEMES
        .iter()
        .find_map(|scheme| Some((*scheme, source.trim().strip_prefix(scheme)?)))
        .ok_or_else(|| config("begins with neither https:// nor a placeholder"))?;
    // A placeholder's name has no slash, so the first one ends the host.
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = template::parts(host).unwrap_or_default();
    let has_fields = host.iter().any(|part| matches!(part, Part::Field(_)));
    let authority = authority(&host, values)?;
    let mut text = format!("{scheme}{authority}");
    push_path(
        &mut text,
        &template::parts(path).unwrap_or_default(),
        values,
    )?;
    let url = of_toolkit(&text, "base_url")?;
    // `1.2` would be read as an IPv4 address, and an international label might be mended into another one.
    let name = authority
        .split_once(':')
        .map_or(&*authority, |(name, _)| name);
    if has_fields && url.host() != Some(Host::Domain(&*name.to_ascii_lowercase())) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the connection's fields do not form a host name of the toolkit",
        ));
    }
    Ok(url)
}

fn has_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

fn authority(parts: &[Part<'_>], values: Values<'_>) -> Result<String> {
    let alone = match parts {
        [Part::Field(_)] => true,
        [Part::Field(_), Part::Text(port), ..] => port.starts_with(':'),
        _ => false,
    };
    let mut out = String::new();
    for part in parts {
        match *part {
            Part::Text(literal) => out.push_str(literal),
            Part::Field(name) => {
                let value = values.get(name).unwrap_or_default();
                if out.ends_with(':') {
                    port(name, value)?;
                } else if alone && out.is_empty() {
                    domain(name, value)?;
                } else {
                    label(name, value)?;
                }
                out.push_str(value);
            }
        }
    }
    Ok(out)
}

/// One DNS label (RFC 1123, section 2.1), or a part of one.
fn label(name: &str, value: &str) -> Result<()> {
    if is_label(value) {
        Ok(())
    } else {
        Err(not_a(
            name,
            "one part of a host name: letters a to z, digits, hyphens",
        ))
    }
}

fn is_label(value: &str) -> bool {
    (1..=63).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn domain(name: &str, value: &str) -> Result<()> {
    if value.len() <= 253 && value.split('.').all(is_label) {
        Ok(())
    } else {
        Err(not_a(
            name,
            "a host name: labels of letters a to z, digits and hyphens, with dots between",
        ))
    }
}

fn port(name: &str, value: &str) -> Result<()> {
    if value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse::<u16>().is_ok() {
        Ok(())
    } else {
        Err(not_a(name, "a port number"))
    }
}

fn push_path(text: &mut String, parts: &[Part<'_>], values: Values<'_>) -> Result<()> {
    for part in parts {
        match *part {
            Part::Text(literal) => text.push_str(literal),
            Part::Field(name) => {
                text.push_str(&path_segment(name, values.get(name).unwrap_or_default())?);
            }
        }
    }
    Ok(())
}

fn not_a(name: &str, what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("the field {name} must be {what}"),
    )
}

fn config(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("base_url of the toolkit {why}"))
}
