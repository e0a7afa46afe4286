//! JSON that is carried, not built.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use crate::{Error, ErrorKind, Result};

/// A JSON text, checked to be well formed and shared on clone.
///
/// Schemas and results travel as this; a [`Value`] is built only where one is needed.
/// `Debug` shows the length alone, since results are the user's data.
#[derive(Clone)]
pub struct RawJson(Arc<RawValue>);

impl RawJson {
    /// Checks `text` and keeps it as it is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if `text` is not one JSON value.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        RawValue::from_string(text.into())
            .map(Self::from)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("not JSON: {error}")))
    }

    /// Serialises `value`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if `value` has no JSON form, such as a map with keys that are not texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        serde_json::value::to_raw_value(value)
            .map(Self::from)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("no JSON form: {error}")))
    }

    /// `{}`.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::from(&Value::Object(serde_json::Map::new()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn as_raw(&self) -> &RawValue {
        &self.0
    }

    /// The value, built anew.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or(Value::Null)
    }

    /// Decodes the text into `T`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if the text does not have that shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.0.get()).map_err(|error| {
            Error::new(
                ErrorKind::UnexpectedResponse,
                format!("unexpected JSON: {error}"),
            )
        })
    }
}

impl Default for RawJson {
    fn default() -> Self {
        Self::from(&Value::Null)
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        Self(Arc::from(raw))
    }
}

impl From<&Value> for RawJson {
    fn from(value: &Value) -> Self {
        // A `Value` always has a JSON text, so the fallback is never taken.
        RawValue::from_string(value.to_string())
            .map_or_else(|_| Self(Arc::from(null())), Self::from)
    }
}

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || self.to_value() == other.to_value()
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_str().len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}
