use composio_core::{Error, ErrorKind, Result};
use http::{HeaderName, HeaderValue};

/// Headers that frame the message or choose its host (RFC 9110, sections 7.2 and 7.6.1): never an argument's.
const FRAMING: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Checks the name of a header; `kind` is whose mistake a bad one is.
pub(super) fn header_name(name: &str, kind: ErrorKind) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes())
        .ok()
        .filter(|name| !FRAMING.contains(&name.as_str()))
        .ok_or_else(|| {
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            Error::new(
                kind,
                format!("{name:?} is not a header that a tool may set"),
            )
        })
}

/// Checks a header's value: any text without control characters (RFC 9110, section 5.5).
pub(super) fn header_value(name: &str, value: &str, kind: ErrorKind) -> Result<HeaderValue> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Error::new(
            kind,
            format!("the header {name} cannot hold line breaks or other control characters"),
        )
    })
}

/// A header's value that must not be seen or compressed.
pub(super) fn credential_value(name: &str, value: &str) -> Result<HeaderValue> {
    let mut value = header_value(name, value, ErrorKind::InvalidInput)?;
    value.set_sensitive(true);
    Ok(value)
}
