use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Integration;
use crate::{CompileError, document};

/// A repair of the vendor's document: an OpenAPI Overlay 1.0 or a JSON Patch (RFC 6902).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Overlay {
    /// A file beside the `integration.yaml`, or an `https` address. It has to be given before the document is compiled:
    /// [`Integration::give_overlay`].
    Named(String),
    /// The overlay itself.
    Written(Value),
}

impl From<Value> for Overlay {
    fn from(value: Value) -> Self {
        match value {
            Value::String(name) => Self::Named(name),
            value => Self::Written(value),
        }
    }
}

impl Integration {
    /// The overlays that are named and not given yet.
    pub fn missing_overlays(&self) -> impl Iterator<Item = &str> {
        self.overlays.iter().filter_map(|overlay| match overlay {
            Overlay::Named(name) => Some(name.as_str()),
            Overlay::Written(_) => None,
        })
    }

    /// Gives the text, JSON or YAML, of the overlay that is named `name`.
    ///
    /// ```
    /// use composio_catalog::Integration;
    ///
    /// let mut integration = Integration::parse(b"name: Desk\nunique_key: desk\noverlays: [fixes.yaml]")?;
    /// assert_eq!(integration.missing_overlays().collect::<Vec<_>>(), ["fixes.yaml"]);
    /// integration.give_overlay("fixes.yaml", b"overlay: 1.0.0\nactions: [{target: $.info, update: {version: '2'}}]")?;
    /// assert_eq!(integration.missing_overlays().count(), 0);
    /// # Ok::<(), composio_catalog::CompileError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompileError::Syntax`] if it is neither JSON nor YAML, [`CompileError::TooLarge`] beyond the limits of documents.
    pub fn give_overlay(&mut self, name: &str, text: &[u8]) -> Result<(), CompileError> {
        let overlay = document::overlay_value(text)?;
        for own in &mut self.overlays {
            if matches!(own, Overlay::Named(known) if known == name) {
                *own = Overlay::Written(overlay.clone());
            }
        }
        Ok(())
    }
}
