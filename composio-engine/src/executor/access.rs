use std::collections::BTreeMap;

use composio_catalog::Toolkit;
use composio_core::{
    Error, ErrorKind, Result, Secret,
    models::{CustomAuth, Placement},
};
use url::Url;

use super::{
    Credentials, address,
    authenticate::{self, Additions},
    request::Context,
    scheme::Templates,
    template::{self, Values},
};

/// Who calls which toolkit.
#[derive(Clone, Copy)]
pub(super) struct Access<'a> {
    pub(super) toolkit: &'a Toolkit,
    pub(super) credentials: Option<&'a Credentials>,
    pub(super) custom: Option<&'a CustomAuth>,
}

impl Access<'_> {
    /// Where the request goes and what it takes along.
    ///
    /// The first of: the call's base URL, the template's, the operation's server, the document's. If the call leads to
    /// another origin than the connection does, the connection's credentials stay behind.
    pub(super) fn open(
        self,
        context: &Context,
        server: Option<&str>,
        path: &str,
    ) -> Result<(Url, Additions)> {
        let Self {
            toolkit,
            mut credentials,
            custom,
        } = self;
        let mut templates = Templates::of(toolkit, credentials);
        let given = authenticate::address_values(custom);
        authenticate::check_strays(toolkit, custom, |name, placement| {
            let source = templates.base_url().or(toolkit.base_url.as_deref());
            let source = source.unwrap_or_default();
            template::fields(&context.environment, source)
                .iter()
                .any(|own| own == name)
                || (placement == Placement::Path && path.contains(&format!("{{{name}}}")))
        })?;
        let defaults = match (credentials, templates.base_url()) {
            (None, None) => defaults(toolkit),
            _ => BTreeMap::new(),
        };
        let fields = credentials.map_or(&defaults, |own| &own.values);
        let own = |given: &[(&str, &str)]| {
            let fields = Some(fields);
            self.base(context, &templates, server, Values { fields, given })
        };
        let base = match custom.and_then(|custom| custom.base_url.as_deref()) {
            Some(text) => address::of_user(text, "base_url", &context.egress)?,
            None => own(&given)?,
        };
        let moves = custom.is_some_and(|custom| custom.base_url.is_some()) || !given.is_empty();
        let stays = || own(&[]).is_ok_and(|own| own.origin() == base.origin());
        if moves && credentials.is_some() && !stays() {
            credentials = None;
            templates = Templates::of(toolkit, None);
        }
        if credentials.is_some() {
            self.stays_within(&base)?;
        }
        let mut additions =
            authenticate::of_connection(&templates, credentials, custom, &context.environment)?;
        if let Some(custom) = custom {
            additions.push_custom(custom)?;
        }
        Ok((base, additions))
    }

    /// Where the app says that its API is.
    fn base(
        self,
        context: &Context,
        templates: &Templates<'_>,
        server: Option<&str>,
        values: Values<'_>,
    ) -> Result<Url> {
        let own = templates.base_url();
        let server_wins = server.is_some_and(|server| self.is_listed(server))
            && own.is_some_and(|own| !own.contains('{'));
        if let Some(template) = own.filter(|_| !server_wins) {
            return address::of_template(template, values, context);
        }
        match server.or(self.toolkit.base_url.as_deref()) {
            None => Err(no_address(&self.toolkit.slug)),
            Some(text) if server.is_some() || !text.contains('{') => {
                context.addresses.of_toolkit(text, "the server")
            }
            // The document's variables are fields that anybody may read, and no others.
            Some(template) if templates.shows_secret(&context.environment, template) => {
                Err(no_address(&self.toolkit.slug))
            }
            Some(template) => address::of_template(template, values, context),
        }
    }

    /// Whether the app names the host of `server` itself, so that the document may lead there.
    fn is_listed(&self, server: &str) -> bool {
        let server = Url::parse(server).ok();
        let host = server.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| self.toolkit.integration.lists_host(host))
    }

    /// Refuses to take credentials to a host that is none of the app's.
    fn stays_within(&self, base: &Url) -> Result<()> {
        let host = base.host_str().unwrap_or_default();
        if self.toolkit.integration.permits_host(host) {
            return Ok(());
        }
        let app = &self.toolkit.slug;
        let message = format!("{host} is no host of {app}: its credentials do not go there");
        Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_HostNotPermitted"))
    }
}

/// What stands for the variables of the document's server where no connection says more.
fn defaults(toolkit: &Toolkit) -> BTreeMap<String, Secret> {
    let has_fields = toolkit
        .base_url
        .as_ref()
        .is_some_and(|url| url.contains('{'));
    let schemes = toolkit.integration.auth_schemes.iter();
    let fields = schemes
        .filter(|_| has_fields)
        .flat_map(|scheme| &scheme.fields);
    let texts = fields.filter_map(|field| {
        let text = field.default.as_ref()?.as_str()?;
        Some((field.name.clone(), Secret::from(text)))
    });
    texts.collect()
}

fn no_address(app: &str) -> Error {
    let message = format!("{app} does not say where its API is: it needs a base_url");
    Error::new(ErrorKind::Config, message)
}
