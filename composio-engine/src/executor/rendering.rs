//! Templates outside of tool calls: addresses and parameters of an app's authorization server.

use std::collections::BTreeMap;

use composio_core::{Error, Result, Secret};
use url::{Url, form_urlencoded};

use super::{
    Executor, address,
    template::{self, Part, Rendered, Values},
};

impl Executor {
    /// Renders an address of the toolkit, its host pinned as that of `base_url` is; it may have a query.
    ///
    /// Errors: `Config` for a template that is no address or lacks fields, `InvalidInput` for fields that form no host.
    pub(crate) fn render_address(
        &self,
        what: &str,
        source: &str,
        fields: &BTreeMap<String, Secret>,
    ) -> Result<Url> {
        let named = |error: Error| {
            let message = error.message().replace("base_url", what);
            Error::new(error.kind(), message)
        };
        let (place, query) = source.split_once('?').unwrap_or((source, ""));
        let values = Values {
            fields: Some(fields),
            given: &[],
        };
        let mut url = address::of_template(place, values, self.context()).map_err(named)?;
        for (name, template) in form_urlencoded::parse(query.as_bytes()) {
            if let Some(text) = self.render_text(what, &template, fields)? {
                url.query_pairs_mut().append_pair(&name, &text);
            }
        }
        Ok(url)
    }

    /// Renders a text; `None` if it needs a field that is not there.
    ///
    /// Errors: `Config` for a template that cannot be rendered.
    pub(crate) fn render_text(
        &self,
        what: &str,
        source: &str,
        fields: &BTreeMap<String, Secret>,
    ) -> Result<Option<String>> {
        let values = Values {
            fields: Some(fields),
            given: &[],
        };
        let context = self.context();
        match template::render(&context.environment, || what.to_owned(), source, values)? {
            Rendered::Text(text) => Ok(Some(text)),
            Rendered::Missing(_) => Ok(None),
        }
    }

    /// The fields that decide alone about the host of an address, not about one label of it.
    pub(crate) fn host_fields(&self, source: &str) -> Vec<String> {
        let source = source.trim();
        let Some(parts) = template::parts(source) else {
            // What only the template engine can render may put any field anywhere.
            let environment = &self.context().environment;
            let names = template::fields(environment, source);
            return names.into_iter().map(Into::into).collect();
        };
        let field = |part: Option<&Part<'_>>| match part {
            Some(Part::Field(name)) => vec![(*name).to_owned()],
            _ => Vec::new(),
        };
        match parts.first() {
            Some(Part::Text("https://" | "http://")) => match parts.get(2) {
                None => field(parts.get(1)),
                Some(Part::Text(rest)) if rest.starts_with(['/', ':', '?']) => field(parts.get(1)),
                Some(_) => Vec::new(),
            },
            first => field(first),
        }
    }
}
