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
use crate::auth::oauth1::Signer;

/// What goes on top of the arguments, and what must be kept out of sight afterwards.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) query: Vec<style::Pair>,
    /// Placeholders of the path with their encoded values.
    pub(super) path: Vec<(String, String)>,
    pub(super) cookies: Vec<style::Pair>,
    pub(super) scrubber: Scrubber,
    /// Signs the request when all of it is known.
    pub(super) signer: Option<Signer>,
}

/// Everything that `credentials` add. What `custom` gives in the same place is left out.
pub(super) fn of_connection(
    templates: &Templates<'_>,
    credentials: Option<&Credentials>,
    custom: Option<&CustomAuth>,
    environment: &Environment<'_>,
) -> Result<Additions> {
    let mut placing = Placing {
        credentials,
        custom,
        environment,
        // Whether a template says where the credentials go, so that the scheme's usual place is not for them.
        is_placed: templates
            .base_url()
            .is_some_and(|url| templates.shows_secret(environment, url)),
        additions: Additions::default(),
    };
    for (name, value) in credentials.iter().flat_map(|own| &own.values) {
        if templates.is_secret(name) {
            placing.additions.scrubber.add(value.expose());
        }
    }
    placing.headers(templates)?;
    placing.query(templates)?;
    placing.path(templates)?;
    let has_own = gives(custom, Placement::Header, header::AUTHORIZATION.as_str());
    if let Some(credentials) = credentials.filter(|_| !has_own && !placing.is_placed) {
        placing.additions.push_usual(credentials, templates)?;
    }
    Ok(placing.additions)
}

/// Credentials on their way to where the templates put them.
struct Placing<'a> {
    credentials: Option<&'a Credentials>,
    custom: Option<&'a CustomAuth>,
    environment: &'a Environment<'a>,
    is_placed: bool,
    additions: Additions,
}

impl Placing<'_> {
    fn headers(&mut self, templates: &Templates<'_>) -> Result<()> {
        for (name, template) in templates.headers() {
            let is_credential = header::AUTHORIZATION.as_str().eq_ignore_ascii_case(name)
                || templates.shows_secret(self.environment, template);
            self.is_placed |= is_credential;
            if !gives(self.custom, Placement::Header, name)
                && let Some(text) = self.rendered("the header", name, template)?
            {
                self.additions.push_header(name, &text, is_credential)?;
            }
        }
        Ok(())
    }

    fn query(&mut self, templates: &Templates<'_>) -> Result<()> {
        for (name, template) in templates.query() {
            self.is_placed |= templates.shows_secret(self.environment, template);
            if !gives(self.custom, Placement::Query, name)
                && let Some(text) = self.rendered("the query parameter", name, template)?
            {
                let pair = (style::encode(name), style::encode(&text));
                self.additions.query.push(pair);
            }
        }
        Ok(())
    }

    fn path(&mut self, templates: &Templates<'_>) -> Result<()> {
        for (name, template) in templates.path() {
            self.is_placed |= templates.shows_secret(self.environment, template);
            if !gives(self.custom, Placement::Path, name)
                && let Some(text) = self.rendered("the path parameter", name, template)?
            {
                let segment = style::path_segment(name, &text)?;
                self.additions.path.push((name.to_owned(), segment));
            }
        }
        Ok(())
    }

    /// What nobody has credentials for is left out; what a connection should have and has not is an error.
    fn rendered(&self, what: &str, name: &str, template: &str) -> Result<Option<String>> {
        let what = || format!("{what} {name}");
        let values = Values {
            fields: self.credentials.map(|own| &own.values),
            given: &[],
        };
        match template::render(self.environment, what, template, values)? {
            Rendered::Text(text) => Ok(Some(text)),
            Rendered::Missing(_) if self.credentials.is_none() => Ok(None),
            Rendered::Missing(names) => Err(template::missing(&what(), &names)),
        }
    }
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
                let method = templates.signature_method();
                self.signer = Some(Signer::of(&credentials.values, method)?);
                return Ok(());
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
