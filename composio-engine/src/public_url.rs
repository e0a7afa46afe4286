//! Where this engine is reached from outside.

use std::sync::RwLock;

use composio_core::{Error, ErrorKind, Result};
use url::Url;

/// The address under which others reach this engine: the operator's, else where it is served.
#[derive(Debug, Default)]
pub(crate) struct PublicUrl(RwLock<Option<Url>>);

impl PublicUrl {
    pub(crate) fn new(url: Option<Url>) -> Self {
        Self(RwLock::new(url))
    }

    /// Sets it, if nobody has said so yet.
    pub(crate) fn set(&self, url: Url) {
        if let Ok(mut own) = self.0.write() {
            own.get_or_insert(url);
        }
    }

    /// The address without a slash at its end; `None` while nobody has said.
    pub(crate) fn get(&self) -> Option<String> {
        let url = self.0.read().ok()?.clone()?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    }
}

/// Reads the address under which this engine is reached from outside.
///
/// Errors: `Config` if it is not a plain `http` or `https` address.
pub(crate) fn parse(text: &str) -> Result<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| {
            let message = "the public URL must be an http or https address without a query";
            Error::new(ErrorKind::Config, message)
        })
}
