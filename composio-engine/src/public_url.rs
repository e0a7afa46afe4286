//! Where this engine is reached from outside.

use std::sync::RwLock;

use composio_core::{Error, ErrorKind, Result};
use url::Url;

/// The address under which others reach this engine: the operator's, else where it is served.
#[derive(Debug, Default)]
pub(crate) struct PublicUrl {
    own: RwLock<Option<Url>>,
    /// A port that is open for one connection.
    lent: RwLock<Option<Url>>,
}

impl PublicUrl {
    pub(crate) fn new(url: Option<Url>) -> Self {
        Self {
            own: RwLock::new(url),
            lent: RwLock::default(),
        }
    }

    /// Sets it, if nobody has said so yet.
    pub(crate) fn set(&self, url: Url) {
        if let Ok(mut own) = self.own.write() {
            own.get_or_insert(url);
        }
    }

    /// The address without a slash at its end; `None` while nobody has said.
    pub(crate) fn get(&self) -> Option<String> {
        plain(&self.own)
    }

    /// Where browsers reach the engine now: that address, else one that is lent.
    pub(crate) fn of_browsers(&self) -> Option<String> {
        self.get().or_else(|| plain(&self.lent))
    }

    /// Lends an address to browsers; not if there is one.
    pub(crate) fn lend(&self, url: Url) -> bool {
        match self.lent.write() {
            Ok(mut lent) if lent.is_none() && self.get().is_none() => {
                *lent = Some(url);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn take_back(&self) {
        if let Ok(mut lent) = self.lent.write() {
            *lent = None;
        }
    }
}

fn plain(url: &RwLock<Option<Url>>) -> Option<String> {
    let url = url.read().ok()?.clone()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
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
