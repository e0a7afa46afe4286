use composio_catalog::{Integration, Proxy, SchemeConfig, Toolkit};
use indexmap::IndexMap;
use minijinja::Environment;

use super::{Credentials, template};

/// The toolkit's templates as one scheme sees them: the scheme's own on top of the toolkit's.
pub(super) struct Templates<'a> {
    toolkit: &'a Toolkit,
    scheme: Option<&'a SchemeConfig>,
    own: Option<&'a Proxy>,
    shared: Option<&'a Proxy>,
}

impl<'a> Templates<'a> {
    /// The templates for `credentials`; without any, those of the toolkit alone.
    pub(super) fn of(toolkit: &'a Toolkit, credentials: Option<&Credentials>) -> Self {
        let Integration {
            auth_schemes,
            proxy,
            ..
        } = &toolkit.integration;
        let scheme = credentials.and_then(|credentials| {
            let mut same = auth_schemes
                .iter()
                .filter(|own| own.auth_mode == credentials.scheme);
            same.clone()
                .find(|own| own.name == credentials.scheme_name)
                .or_else(|| same.next())
        });
        Self {
            toolkit,
            scheme,
            own: scheme.and_then(|scheme| scheme.proxy.as_ref()),
            shared: proxy.as_ref(),
        }
    }

    /// How the scheme signs requests (RFC 5849, 3.4); `None` for the usual way.
    pub(super) fn signature_method(&self) -> Option<&'a str> {
        self.scheme?.signature_method.as_deref()
    }

    /// The template of the base URL. A call without a connection takes the first scheme's if the toolkit has none.
    pub(super) fn base_url(&self) -> Option<&'a str> {
        let of_first_scheme = || {
            let mut schemes = self.toolkit.integration.auth_schemes.iter();
            schemes.find_map(|scheme| scheme.proxy.as_ref()?.base_url.as_deref())
        };
        let of_proxy = |proxy: &'a Proxy| proxy.base_url.as_deref();
        self.own
            .and_then(of_proxy)
            .or_else(|| self.shared.and_then(of_proxy))
            .or_else(|| {
                if self.scheme.is_none() {
                    of_first_scheme()
                } else {
                    None
                }
            })
    }

    /// Header templates by name.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.merged(|proxy| &proxy.headers, str::eq_ignore_ascii_case)
    }

    /// Query parameter templates by name.
    pub(super) fn query(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.merged(|proxy| &proxy.query_params, |one, other| one == other)
    }

    /// Path parameter templates by placeholder.
    pub(super) fn path(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.merged(|proxy| &proxy.path_params, |one, other| one == other)
    }

    fn merged(
        &self,
        pick: fn(&Proxy) -> &IndexMap<String, String>,
        same: fn(&str, &str) -> bool,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let own = self.own.map(pick);
        let covered =
            move |name: &str| own.is_some_and(|own| own.keys().any(|key| same(key, name)));
        self.shared
            .map(pick)
            .into_iter()
            .flatten()
            .filter(move |(name, _)| !covered(name))
            .chain(own.into_iter().flatten())
            .map(|(name, template)| (name.as_str(), template.as_str()))
    }

    /// Whether `field` holds a secret: as its definition says, else as its name sounds.
    pub(super) fn is_secret(&self, field: &str) -> bool {
        self.scheme
            .and_then(|scheme| {
                scheme
                    .fields
                    .iter()
                    .find(|own| own.name == field)?
                    .is_secret
            })
            .unwrap_or_else(|| sounds_secret(field))
    }

    /// Whether `template` shows a credential.
    pub(super) fn shows_secret(&self, environment: &Environment<'_>, template: &str) -> bool {
        template.contains('{')
            && template::fields(environment, template)
                .iter()
                .any(|field| self.is_secret(field))
    }
}

fn sounds_secret(field: &str) -> bool {
    const WHOLE: [&str; 4] = ["key", "pass", "pat", "jwt"];
    const PARTS: [&str; 13] = [
        "token",
        "secret",
        "passw",
        "passphrase",
        "apikey",
        "accesskey",
        "privatekey",
        "authkey",
        "devkey",
        "credential",
        "encoded",
        "sessionid",
        "cookie",
    ];
    let field: String = field
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    WHOLE.contains(&field.as_str()) || PARTS.iter().any(|part| field.contains(part))
}
