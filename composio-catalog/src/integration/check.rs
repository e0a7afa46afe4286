use composio_core::models::AuthScheme;
use serde_json::Value;

use super::{Integration, Proxy, SchemeConfig, template};
use crate::Diagnostic;

/// Names that credentials and connections bring along, whatever the fields are.
const STANDARD_NAMES: [&str; 34] = [
    "access_token",
    "account_id",
    "api_key",
    "application_id",
    "authed_user",
    "base_url",
    "basic_encoded",
    "bearer_token",
    "callback_url",
    "client_id",
    "client_secret",
    "code_challenge",
    "consumer_key",
    "consumer_secret",
    "credentials_json",
    "expires_in",
    "generic_api_key",
    "id_token",
    "installation_id",
    "jwt",
    "oauth_token",
    "oauth_token_secret",
    "password",
    "private_key",
    "redirect_uri",
    "refresh_token",
    "scope",
    "scopes",
    "state",
    "token",
    "token_type",
    "user_id",
    "user_scopes",
    "username",
];

impl Integration {
    /// What is probably a mistake: unknown placeholders and auth modes. Nothing of it is fatal.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for scheme in &self.auth_schemes {
            if let AuthScheme::Other(mode) = &scheme.auth_mode {
                let problem = format!("auth_mode {mode} is not known");
                found.push(Diagnostic::new("auth_schemes", &problem));
            }
        }
        let _ = templates(self, &mut |place, text, scheme| {
            for name in template::placeholders(text).unwrap_or_default() {
                if !self.knows(name, scheme) {
                    let problem = format!("`{name}` is no field and no member of the credentials");
                    found.push(Diagnostic::new(place, &problem));
                }
            }
            Ok::<(), ()>(())
        });
        found
    }

    fn knows(&self, name: &str, scheme: Option<&SchemeConfig>) -> bool {
        let declares = |scheme: &SchemeConfig| {
            // `your-domain` is a field's name in the wild, and a subtraction in Jinja.
            scheme.fields.iter().any(|field| {
                field.name == name
                    || field
                        .name
                        .split('-')
                        .next()
                        .is_some_and(|head| head == name)
            })
        };
        STANDARD_NAMES.contains(&name)
            || self.token_response_metadata.iter().any(|own| own == name)
            || match scheme {
                Some(scheme) => declares(scheme),
                None => self.auth_schemes.iter().any(declares),
            }
    }
}

/// Calls `visit` with the place and the text of each template, and the scheme it belongs to.
pub(super) fn templates<E>(
    integration: &Integration,
    visit: &mut impl FnMut(&str, &str, Option<&SchemeConfig>) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(endpoint) = &integration.get_current_user_endpoint {
        visit("get_current_user_endpoint", endpoint, None)?;
    }
    if let Some(proxy) = &integration.proxy {
        proxy_templates("proxy", proxy, None, visit)?;
    }
    for (index, scheme) in integration.auth_schemes.iter().enumerate() {
        let place = format!("auth_schemes[{index}]");
        let urls = [
            ("authorization_url", &scheme.authorization_url),
            ("token_url", &scheme.token_url),
            ("request_url", &scheme.request_url),
        ];
        for (name, url) in urls {
            if let Some(url) = url {
                visit(&format!("{place}.{name}"), url, Some(scheme))?;
            }
        }
        for (name, value) in &scheme.authorization_params {
            if let Value::String(text) = value {
                let place = format!("{place}.authorization_params.{name}");
                visit(&place, text, Some(scheme))?;
            }
        }
        oauth_templates(&place, scheme, visit)?;
        if let Some(proxy) = &scheme.proxy {
            proxy_templates(&format!("{place}.proxy"), proxy, Some(scheme), visit)?;
        }
    }
    Ok(())
}

fn oauth_templates<E>(
    place: &str,
    scheme: &SchemeConfig,
    visit: &mut impl FnMut(&str, &str, Option<&SchemeConfig>) -> Result<(), E>,
) -> Result<(), E> {
    for (name, url) in scheme.oauth.urls() {
        visit(&format!("{place}.oauth.{name}"), url, Some(scheme))?;
    }
    for (name, map) in scheme.oauth.maps() {
        for (key, template) in map {
            let place = format!("{place}.oauth.{name}.{key}");
            visit(&place, template, Some(scheme))?;
        }
    }
    for (name, template) in scheme.assertion.templates() {
        visit(&format!("{place}.assertion.{name}"), template, Some(scheme))?;
    }
    Ok(())
}

fn proxy_templates<E>(
    place: &str,
    proxy: &Proxy,
    scheme: Option<&SchemeConfig>,
    visit: &mut impl FnMut(&str, &str, Option<&SchemeConfig>) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(url) = &proxy.base_url {
        visit(&format!("{place}.base_url"), url, scheme)?;
    }
    let maps = [
        ("headers", &proxy.headers),
        ("query_params", &proxy.query_params),
        ("path_params", &proxy.path_params),
    ];
    for (name, map) in maps {
        for (key, template) in map {
            visit(&format!("{place}.{name}.{key}"), template, scheme)?;
        }
    }
    Ok(())
}
