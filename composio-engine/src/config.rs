//! The one place that reads the environment.

use composio_core::{Error, ErrorKind, Result, Secret};

/// The variable that holds the master key: 32 bytes in base64.
pub(crate) const MASTER_KEY: &str = "COMPOSIO_MASTER_KEY";

/// The text of [`MASTER_KEY`], if the variable is set.
pub(crate) fn master_key() -> Result<Option<Secret>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where configuration is read"
    )]
    match std::env::var(MASTER_KEY) {
        Ok(text) => Ok(Some(Secret::from(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            let message = format!("{MASTER_KEY} is not text: it must be 32 bytes in base64");
            Err(Error::new(ErrorKind::Config, message))
        }
    }
}
