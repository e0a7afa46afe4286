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
        let own = |given: &[(&str, &str)]| {
            let values = Values { fields, given };
            let source = templates.base_url();
            match source.or(server).or(toolkit.base_url.as_deref()) {
                Some(template) if source.is_some() => {
                    address::of_template(template, values, context)
                }
                Some(text) => context.addresses.of_toolkit(text, "the server"),
                None => Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "{} does not say where its API is: it needs a base_url",
                        toolkit.slug
                    ),
                )),
            }
        };
        let base = match custom.and_then(|custom| custom.base_url.as_deref()) {
            Some(text) => address::of_user(text, "base_url", &context.egress)?,
            None => own(&given)?,
        };
        let moves = custom.is_some_and(|custom| custom.base_url.is_some()) || !given.is_empty();
        if moves
            && credentials.is_some()
            && !own(&[]).is_ok_and(|own| own.origin() == base.origin())
        {
            credentials = None;
            templates = Templates::of(toolkit, None);
        }
        let mut additions =
            authenticate::of_connection(&templates, credentials, custom, &context.environment)?;
        if let Some(custom) = custom {
            additions.push_custom(custom)?;
        }
        Ok((base, additions))
    }
}
