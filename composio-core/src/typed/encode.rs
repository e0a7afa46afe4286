use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Arguments;

/// A value that can be an argument, as JSON.
pub trait Encode {
    /// The value as JSON.
    fn encode(&self) -> Value;
}

/// The members of a JSON object, one after the other.
#[derive(Debug, Default)]
#[must_use]
pub struct Members(Map<String, Value>);

impl Members {
    /// No members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub fn put<T: Encode>(mut self, name: &str, value: &T) -> Self {
        self.0.insert(name.to_owned(), value.encode());
        self
    }

    /// Adds a member if there is a value; `Some(None)` is one, JSON's `null`.
    pub fn put_some<T: Encode>(self, name: &str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }
}

impl From<Members> for Arguments {
    fn from(members: Members) -> Self {
        Self::from(members.0)
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

macro_rules! encode_scalars {
    ($($type:ty),+) => {
        $(impl Encode for $type {
            fn encode(&self) -> Value {
                Value::from(self.clone())
            }
        })+
    };
}

encode_scalars!(bool, i64, f64, String);

impl Encode for Value {
    fn encode(&self) -> Value {
        self.clone()
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self) -> Value {
        self.as_ref().map_or(Value::Null, Encode::encode)
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self) -> Value {
        T::encode(self)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self) -> Value {
        self.iter().map(Encode::encode).collect()
    }
}

impl<T: Encode> Encode for BTreeMap<String, T> {
    fn encode(&self) -> Value {
        let members = self.iter();
        let members = members.map(|(name, value)| (name.clone(), value.encode()));
        Value::Object(members.collect())
    }
}
