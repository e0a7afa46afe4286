use std::{fmt, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{Error, ErrorKind, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Uri, uri::PathAndQuery};
use sha2::Sha256;

use super::faults::{link_expired, link_invalid};
use crate::public_url::PublicUrl;

/// The base of addresses that only the engine in this process answers (RFC 2606, section 2).
const IN_PROCESS: &str = "https://engine.invalid";
/// Below the base.
const PATH: &str = "/files/";

/// What an address is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Sends the bytes of an awaited file, once.
    Upload,
    /// Sends the bytes of a file that is there; they are compared and dropped.
    Repeat,
    /// Fetches the bytes.
    Download,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Repeat => "repeat",
            Self::Download => "download",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Upload, Self::Repeat, Self::Download]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// What an address says besides the file's id.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) purpose: Option<String>,
    /// Seconds since 1970.
    pub(crate) expires: Option<String>,
    pub(crate) signature: Option<String>,
}

/// Signs and checks addresses of files. A signature binds purpose, id and time; what else is known of a file never
/// changes once it has an id.
pub(crate) struct Links {
    code: Hmac<Sha256>,
    base: Arc<PublicUrl>,
}

impl Links {
    pub(super) fn new(key: &[u8], base: Arc<PublicUrl>) -> Result<Self> {
        let code = Hmac::new_from_slice(key).map_err(|error| {
            Error::new(ErrorKind::Internal, "the key that signs addresses is none")
                .with_source(error)
        })?;
        Ok(Self { code, base })
    }

    /// The address that is good for `purpose` until `expires`, in seconds since 1970.
    pub(super) fn address(&self, purpose: Purpose, id: &str, expires: i64) -> String {
        let base = self.base();
        let code = self.code(purpose, id, expires).finalize().into_bytes();
        let signature = BASE64_URL_SAFE_NO_PAD.encode(code);
        let purpose = purpose.as_str();
        format!("{base}{PATH}{id}?purpose={purpose}&expires={expires}&signature={signature}")
    }

    /// What `link` is good for, if it was signed here for this file and its time is not over.
    pub(super) fn check(&self, id: &str, link: &Link, now: i64) -> Result<Purpose> {
        let purpose = link.purpose.as_deref().and_then(Purpose::parse);
        let expires = link.expires.as_deref().and_then(|text| text.parse().ok());
        let signature = link
            .signature
            .as_ref()
            .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
        let (Some(purpose), Some(expires), Some(signature)) = (purpose, expires, signature) else {
            return Err(link_invalid());
        };
        self.code(purpose, id, expires)
            .verify_slice(&signature)
            .map_err(|_| link_invalid())?;
        if expires <= now {
            return Err(link_expired());
        }
        Ok(purpose)
    }

    /// The path of an address in absolute form that leads to this engine's own files.
    pub(crate) fn own_path(&self, uri: &Uri) -> Option<PathAndQuery> {
        let base: Uri = self.base().parse().ok()?;
        let is_ours = [base, Uri::from_static(IN_PROCESS)]
            .into_iter()
            .find(|own| own.scheme() == uri.scheme() && own.authority() == uri.authority())?;
        let rest = uri
            .path_and_query()?
            .as_str()
            .strip_prefix(is_ours.path().trim_end_matches('/'))?;
        rest.starts_with(PATH).then(|| rest.parse().ok()).flatten()
    }

    fn base(&self) -> String {
        self.base.get().unwrap_or_else(|| IN_PROCESS.to_owned())
    }

    fn code(&self, purpose: Purpose, id: &str, expires: i64) -> Hmac<Sha256> {
        // No part but the last varies in length without a bound of its own, so no two links share a text.
        let text = format!("1\n{}\n{expires}\n{id}", purpose.as_str());
        let mut code = self.code.clone();
        code.update(text.as_bytes());
        code
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base())
            .finish_non_exhaustive()
    }
}
