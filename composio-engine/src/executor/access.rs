use composio_catalog::Toolkit;
use composio_core::{
    Error, ErrorKind, Result,
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
            let source = templates.base_url().unwrap_or_default();
            template::fields(&context.environment, source)
                .iter()
                .any(|own| own == name)
                || (placement == Placement::Path && path.contains(&format!("{{{name}}}")))
        })?;
        let fields = credentials.map(|own| &own.values);
        let server_wins = server.is_some_and(|server| self.is_listed(server))
            && templates.base_url().is_some_and(|own| !own.contains('{'));
        let own = |given: &[(&str, &str)]| {
            let values = Values { fields, given };
            let source = templates.base_url().filter(|_| !server_wins);
            match source.or(server).or(toolkit.base_url.as_deref()) {
                Some(template) if source.is_some() => {
                    address::of_template(template, values, context)
                }
                Some(text) => context.addresses.of_toolkit(text, "the server"),
                None => Err(no_address(&toolkit.slug)),
            }
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

fn no_address(app: &str) -> Error {
    let message = format!("{app} does not say where its API is: it needs a base_url");
    Error::new(ErrorKind::Config, message)
}
