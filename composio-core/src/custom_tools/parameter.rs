use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value},
    forward_to_deserialize_any,
};

use super::{CustomCall, ExecuteRequest};
use crate::{Error, ErrorKind, Result, client::Client, models::CustomAuth};

/// What a function with `#[action]` can take: an argument that the model gives, or a context that it never sees.
///
/// Every type with [`serde::Deserialize`] and [`JsonSchema`] is an argument. [`ExecuteRequest`], [`CustomCall`] (user,
/// account, call id), [`CustomAuth`] and [`Client`] are contexts. A type of the program's own becomes a context by
/// implementing [`Parameter::take`] alone:
///
/// ```
/// use composio_core::{CustomCall, Parameter, Result};
///
/// /// The user for whom a tool runs.
/// struct Caller(String);
///
/// impl Parameter for Caller {
///     fn take(call: &mut CustomCall, _name: &str) -> Result<Self> {
///         Ok(Self(call.entity().to_owned()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an argument of an action nor a context",
    label = "the model cannot give this",
    note = "an argument needs `serde::Deserialize` and `schemars::JsonSchema`",
    note = "contexts are `ExecuteRequest`, `CustomCall`, `CustomAuth`, `Client`, and what implements `Parameter`"
)]
pub trait Parameter: Sized {
    /// Takes the value out of `call`; `name` is the parameter's.
    ///
    /// # Errors
    ///
    /// Whatever keeps the function from being called: the result is a failure with the error's text for the reader.
    fn take(call: &mut CustomCall, name: &str) -> Result<Self>;

    /// What the model is shown; `None`, the default, hides the parameter.
    #[must_use]
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        let _ = generator;
        None
    }

    /// Whether the model may leave it out; only asked if there is a schema. False by default.
    #[must_use]
    fn is_optional() -> bool {
        false
    }
}

impl<T: DeserializeOwned + JsonSchema> Parameter for T {
    fn take(call: &mut CustomCall, name: &str) -> Result<Self> {
        let decoded = match call.arguments.remove(name) {
            Some(value) => serde_json::from_value(value).map_err(|error| error.to_string()),
            None => Self::deserialize(Absent).map_err(|error| error.to_string()),
        };
        decoded.map_err(|why| invalid(name, &why))
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<Self>())
    }

    // An alias hides what a type is from a macro, but not from its own `Deserialize`.
    fn is_optional() -> bool {
        Self::deserialize(Absent).is_ok()
    }
}

impl Parameter for ExecuteRequest {
    fn take(call: &mut CustomCall, _name: &str) -> Result<Self> {
        Ok(Self::new(call.clone()))
    }
}

impl Parameter for CustomCall {
    fn take(call: &mut CustomCall, _name: &str) -> Result<Self> {
        Ok(call.clone())
    }
}

impl Parameter for Client {
    fn take(call: &mut CustomCall, _name: &str) -> Result<Self> {
        Ok(call.client.clone())
    }
}

impl Parameter for CustomAuth {
    fn take(call: &mut CustomCall, _name: &str) -> Result<Self> {
        call.auth.clone().ok_or_else(|| {
            let message = format!("the program has no credentials for {}", call.app);
            Error::new(ErrorKind::NotFound, message)
        })
    }
}

fn invalid(name: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("invalid argument {name}: {why}"),
    )
}

/// An argument that was left out: nothing to any type but an `Option`.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("it is missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
