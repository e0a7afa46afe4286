//! What the toolkit's templates, a connection, and credentials given with a call add to a request.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_catalog::{Location, Toolkit};
use composio_core::{
    Error, ErrorKind, Result,
    models::{AuthParameter, AuthScheme, CustomAuth, Placement},
};
use http::{HeaderName, HeaderValue, header};
use minijinja::Environment;

use super::{
    Credentials,
    headers::{credential_value, header_name, header_value},
    scheme::Templates,
    scrub::Scrubber,
    style,
    template::{self, Rendered, Values},
};

/// What goes on top of the arguments, and what must be kept out of sight afterwards.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) query: Vec<style::Pair>,
    /// Placeholders of the path with their encoded values.
    pub(super) path: Vec<(String, String)>,
    pub(super) cookies: Vec<style::Pair>,
    pub(super) scrubber: Scrubber,
}

/// Everything that `credentials` add. What `custom` gives in the same place is left out.
pub(super) fn of_connection(
    templates: &Templates<'_>,
    credentials: Option<&Credentials>,
    custom: Option<&CustomAuth>,
    environment: &Environment<'_>,
) -> Result<Additions> {
    let values = Values {
        fields: credentials.map(|own| &own.values),
        given: &[],
    };
    let mut additions = Additions::default();
    for (name, value) in credentials.iter().flat_map(|own| &own.values) {
        if templates.is_secret(name) {
            additions.scrubber.add(value.expose());
        }
    }
    // What nobody has credentials for is left out; what a connection should have and has not is an error.
    let rendered = |what: &str, name: &str, template: &str| -> Result<Option<String>> {
        let what = || format!("{what} {name}");
        match template::render(environment, what, template, values)? {
            Rendered::Text(text) => Ok(Some(text)),
            Rendered::Missing(_) if credentials.is_none() => Ok(None),
            Rendered::Missing(names) => Err(template::missing(&what(), &names)),
        }
    };
    // Whether a template says where the credentials go, so that the scheme's usual place is not for them.
    let shows = |template| templates.shows_secret(environment, template);
    let mut is_placed = templates.base_url().is_some_and(shows);
    for (name, template) in templates.headers() {
        let is_credential =
            header::AUTHORIZATION.as_str().eq_ignore_ascii_case(name) || shows(template);
        is_placed |= is_credential;
        if !gives(custom, Placement::Header, name)
            && let Some(text) = rendered("the header", name, template)?
        {
            additions.push_header(name, &text, is_credential)?;
        }
    }
    for (name, template) in templates.query() {
        is_placed |= shows(template);
        if !gives(custom, Placement::Query, name)
            && let Some(text) = rendered("the query parameter", name, template)?
        {
            additions
                .query
                .push((style::encode(name), style::encode(&text)));
        }
    }
    for (name, template) in templates.path() {
        is_placed |= shows(template);
        if !gives(custom, Placement::Path, name)
            && let Some(text) = rendered("the path parameter", name, template)?
        {
            additions
                .path
                .push((name.to_owned(), style::path_segment(name, &text)?));
        }
    }
    if let Some(credentials) = credentials
        && !gives(custom, Placement::Header, header::AUTHORIZATION.as_str())
        && !is_placed
    {
        additions.push_usual(credentials, templates)?;
    }
    Ok(additions)
}

fn gives(custom: Option<&CustomAuth>, placement: Placement, name: &str) -> bool {
    let same = |own: &AuthParameter| match placement {
        Placement::Header => own.name.eq_ignore_ascii_case(name),
        _ => own.name == name,
    };
    custom.is_some_and(|custom| {
        custom
            .parameters
            .iter()
            .any(|own| own.placement == placement && same(own))
    })
}

impl Additions {
    /// Whether they bring the parameter `name` themselves.
    pub(super) fn hold(&self, location: Location, name: &str) -> bool {
        match location {
            Location::Path => self.path.iter().any(|(own, _)| own == name),
            Location::Header => self
                .headers
                .iter()
                .any(|(own, _)| name.eq_ignore_ascii_case(own.as_str())),
            Location::Query => self
                .query
                .iter()
                .any(|(own, _)| *own == style::encode(name)),
            Location::Cookie => self
                .cookies
                .iter()
                .any(|(own, _)| *own == style::encode(name)),
            _ => false,
        }
    }

    /// Adds the credentials that came with the call; the host's are read elsewhere.
    pub(super) fn push_custom(&mut self, custom: &CustomAuth) -> Result<()> {
        for parameter in &custom.parameters {
            let value = parameter.value.expose();
            let encoded = || (style::encode(&parameter.name), style::encode(value));
            match parameter.placement {
                Placement::Header => self.push_header(&parameter.name, value, true)?,
                Placement::Query => self.query.push(encoded()),
                Placement::Cookie => self.cookies.push(encoded()),
                Placement::Path => {
                    let text = style::path_segment(&parameter.name, value)?;
                    self.path.push((parameter.name.clone(), text));
                }
                // A host is no secret.
                Placement::Subdomain => continue,
                _ => {
                    return Err(Error::new(
                        ErrorKind::NotSupported,
                        format!(
                            "{} is placed where this engine places nothing",
                            parameter.name
                        ),
                    ));
                }
            }
            self.scrubber.add(value);
        }
        Ok(())
    }

    fn push_header(&mut self, name: &str, text: &str, is_credential: bool) -> Result<()> {
        let kind = ErrorKind::Config;
        let header = header_name(name, kind)?;
        let value = if is_credential {
            // `Bearer abc` may come back whole or without its first word, and a `Basic` one only encoded.
            self.scrubber.add_header(text);
            credential_value(name, text)?
        } else {
            header_value(name, text, kind)?
        };
        self.headers.push((header, value));
        Ok(())
    }

    /// Puts the credentials where their scheme usually has them, for toolkits whose templates do not say:
    /// `Authorization: Bearer` (RFC 6750) for tokens and keys, `Authorization: Basic` (RFC 7617).
    fn push_usual(&mut self, credentials: &Credentials, templates: &Templates<'_>) -> Result<()> {
        const TOKENS: [&str; 3] = ["access_token", "token", "bearer_token"];
        const KEYS: [&str; 5] = [
            "api_key",
            "generic_api_key",
            "bearer_token",
            "access_token",
            "token",
        ];
        let values = Values {
            fields: Some(&credentials.values),
            given: &[],
        };
        let first = |names: &[&str]| names.iter().find_map(|name| values.get(name));
        let text = match credentials.scheme {
            AuthScheme::NoAuth => return Ok(()),
            AuthScheme::Basic => basic(values)?,
            AuthScheme::ApiKey => match (first(&KEYS), values.get("basic_encoded")) {
                (Some(key), _) => format!("Bearer {key}"),
                (None, Some(encoded)) => format!("Basic {encoded}"),
                (None, None) => format!("Bearer {}", only_secret(credentials, templates)?),
            },
            AuthScheme::Oauth1 => {
                return Err(Error::new(
                    ErrorKind::NotSupported,
                    "requests with OAuth 1 credentials must be signed, which this engine does not do",
                ));
            }
            _ => match first(&TOKENS) {
                Some(token) => format!("Bearer {token}"),
                None => {
                    return Err(template::missing(
                        "the usual place",
                        &["access_token".into()],
                    ));
                }
            },
        };
        self.push_header(header::AUTHORIZATION.as_str(), &text, true)
    }
}

fn basic(values: Values<'_>) -> Result<String> {
    let username = values
        .get("username")
        .ok_or_else(|| template::missing("the Basic scheme", &["username".to_owned()]))?;
    if username.contains(':') {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "a user name cannot have a colon in it",
        ));
    }
    let pair = format!("{username}:{}", values.get("password").unwrap_or_default());
    Ok(format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

fn only_secret<'a>(credentials: &'a Credentials, templates: &Templates<'_>) -> Result<&'a str> {
    let mut secrets = credentials
        .values
        .iter()
        .filter(|(name, _)| templates.is_secret(name));
    match (secrets.next(), secrets.next()) {
        (Some((_, value)), None) if !value.expose().is_empty() => Ok(value.expose()),
        _ => Err(template::missing(
            "the API key scheme",
            &["api_key".to_owned()],
        )),
    }
}

/// The placeholders of the address that a call fills itself, as names and values.
pub(super) fn address_values(custom: Option<&CustomAuth>) -> Vec<(&str, &str)> {
    address_parameters(custom)
        .map(|own| (own.name.as_str(), own.value.expose()))
        .collect()
}

/// Refuses a parameter for a placeholder that the address has not: `is_known` tells.
pub(super) fn check_strays(
    toolkit: &Toolkit,
    custom: Option<&CustomAuth>,
    is_known: impl Fn(&str, Placement) -> bool,
) -> Result<()> {
    match address_parameters(custom).find(|own| !is_known(&own.name, own.placement)) {
        None => Ok(()),
        Some(own) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "the address of {} has no placeholder {}",
                toolkit.slug, own.name
            ),
        )),
    }
}

fn address_parameters(custom: Option<&CustomAuth>) -> impl Iterator<Item = &AuthParameter> {
    custom
        .into_iter()
        .flat_map(|custom| &custom.parameters)
        .filter(|own| matches!(own.placement, Placement::Subdomain | Placement::Path))
}
