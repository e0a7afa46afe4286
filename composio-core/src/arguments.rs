use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, ErrorKind, Result};

/// The arguments of one call, as pre-processors and gates see them. `Debug` shows the names alone.
///
/// ```
/// use composio_core::Arguments;
///
/// let arguments = Arguments::new().set("owner", "octocat").set("page", 2);
/// assert_eq!(arguments.text("owner"), Some("octocat"));
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what a model wrote. Nothing at all, and `null`, count as no arguments.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is not a JSON object; the message says where.
    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("the arguments are not JSON: {error}"),
            )
        })?;
        match value {
            // Some models encode the object once more.
            Value::String(inner) if inner.trim_start().starts_with('{') => Self::parse(&inner),
            other => Self::try_from(other),
        }
    }

    /// Sets an argument, replacing what it was.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets an argument that is absent or `null`.
    #[must_use]
    pub fn set_default(self, name: &str, value: impl Into<Value>) -> Self {
        if self.0.get(name).is_none_or(Value::is_null) {
            self.set(name, value)
        } else {
            self
        }
    }

    /// Takes an argument out.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// The text of the argument `name`, if it is there and is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The arguments as a JSON object.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

impl TryFrom<Value> for Arguments {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            Value::Null => Ok(Self::default()),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                "the arguments are not a JSON object",
            )),
        }
    }
}

impl From<Map<String, Value>> for Arguments {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl Deref for Arguments {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Arguments {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arguments")?;
        f.debug_list().entries(self.0.keys()).finish()
    }
}
