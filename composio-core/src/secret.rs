//! Values that must not be seen.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A secret text: redacted in [`Debug`](fmt::Debug), without `Display` or `Serialize`, wiped on drop.
///
/// ```
/// use composio_core::Secret;
///
/// let key = Secret::from("ak_live");
/// assert_eq!(format!("{key:?}"), "Secret(***)");
/// assert_eq!(key.expose(), "ak_live");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Wraps `value`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into().into_boxed_str()))
    }

    /// The text itself. Keep it as short-lived as the request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first four characters and `...`, as Composio's API shows secrets (wire reference 1.5).
    ///
    /// A secret of eight characters or fewer shows none of its own.
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.expose();
        let shown = if text.chars().count() > 8 { 4 } else { 0 };
        text.chars().take(shown).chain("...".chars()).collect()
    }
}

impl<S: Into<String>> From<S> for Secret {
    fn from(value: S) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn short_secrets_are_masked_whole() {
        assert_eq!(Secret::from("12345678").masked(), "...");
        assert_eq!(Secret::from("123456789").masked(), "1234...");
    }
}
