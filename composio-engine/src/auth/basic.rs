//! `BASIC`: user name and password (RFC 7617).

use composio_core::{Error, ErrorKind, Result};

use super::{fields::Values, scheme::Scheme};

pub(super) const SCHEME: Scheme = Scheme {
    names: &[],
    members: &[],
    check,
};

// RFC 7617 section 2: the first colon ends the user name.
fn check(values: &Values) -> Result<()> {
    match values.get("username") {
        Some(name) if name.expose().contains(':') => {
            let message = "username must not contain a colon (RFC 7617)";
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
        _ => Ok(()),
    }
}
