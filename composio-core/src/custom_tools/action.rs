//! What the code that `#[action]` writes calls. Not for hand-written code: it may change in any version.

use std::{
    any::Any, convert::Infallible, fmt::Display, future::Future, marker::PhantomData, sync::Arc,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    CustomCall, CustomTool, Parameter,
    custom_tool::{failure, schema, success},
};
use crate::{BoxError, Error, models::ToolResult};

/// A tool in the making: parameters in the order of the function, then [`Action::tool`].
#[derive(Debug)]
pub struct Action {
    name: &'static str,
    description: &'static str,
    generator: SchemaGenerator,
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Action {
    /// An action without parameters.
    #[must_use]
    pub fn new(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            generator: SchemaSettings::draft2020_12().into_generator(),
            properties: Map::new(),
            required: Vec::new(),
        }
    }

    /// Adds a parameter; what is no argument stays out of the schema.
    pub fn parameter<T: Parameter>(&mut self, name: &'static str, description: &str) {
        if let Some(schema) = T::schema(&mut self.generator) {
            if !T::is_optional() {
                self.required.push(name);
            }
            self.property(name, described(schema, description));
        }
    }

    /// Adds an argument that is `default` if the model leaves it out.
    pub fn defaulted<T: Parameter + Serialize>(
        &mut self,
        name: &'static str,
        description: &str,
        default: &T,
    ) {
        let Some(mut schema) = T::schema(&mut self.generator) else {
            return;
        };
        if let Ok(default) = serde_json::to_value(default) {
            schema.insert("default".to_owned(), default);
        }
        self.property(name, described(schema, description));
    }

    fn property(&mut self, name: &str, schema: Schema) {
        self.properties.insert(name.to_owned(), schema.to_value());
    }

    /// The tool that calls `run` and gives back `data`.
    pub fn tool<F, Fut>(mut self, data: Value, run: F) -> CustomTool
    where
        F: Fn(CustomCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ToolResult> + Send + 'static,
    {
        let mut input = json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        });
        let definitions = self.generator.take_definitions(true);
        if let (false, Some(root)) = (definitions.is_empty(), input.as_object_mut()) {
            root.insert("$defs".to_owned(), Value::Object(definitions));
        }
        CustomTool::from_schemas(
            self.name.to_owned(),
            self.description.to_owned(),
            (input, data),
            Arc::new(move |call| Box::pin(run(call))),
        )
    }
}

fn described(mut schema: Schema, description: &str) -> Schema {
    if !description.is_empty() {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

/// Takes a parameter, or says what the model did wrong.
///
/// # Errors
///
/// The result of the call, which then ends.
pub fn take<T: Parameter>(call: &mut CustomCall, name: &str) -> Result<T, ToolResult> {
    T::take(call, name).map_err(|error| ToolResult::from(&error))
}

/// As [`take`]; `default` stands in for what is absent or `null`.
///
/// # Errors
///
/// As [`take`].
pub fn take_or<T: Parameter>(
    call: &mut CustomCall,
    name: &str,
    default: impl FnOnce() -> T,
) -> Result<T, ToolResult> {
    if call.arguments.get(name).is_none_or(Value::is_null) {
        return Ok(default());
    }
    take(call, name)
}

/// What a function returned, so that a `Result` is told from every other type whatever it is called.
#[derive(Debug)]
pub struct Returned<R>(pub R);

impl<T, E> Returned<Result<T, E>> {
    /// The value or the error.
    ///
    /// # Errors
    ///
    /// The function's.
    pub fn split(self) -> Result<T, E> {
        self.0
    }
}

/// A method on [`Returned`] has precedence over this one.
pub trait ReturnedValue<T> {
    /// The value.
    ///
    /// # Errors
    ///
    /// None.
    fn split(self) -> Result<T, Infallible>;
}

impl<T> ReturnedValue<T> for Returned<T> {
    fn split(self) -> Result<T, Infallible> {
        Ok(self.0)
    }
}

/// The result of a call. An [`Error`] gives its words for the reader, everything else what it displays.
pub fn result<T: Serialize, E: Display + 'static>(returned: Result<T, E>) -> ToolResult {
    match returned {
        Ok(output) => success(&output),
        Err(error) => {
            let any: &dyn Any = &error;
            let ours = any.downcast_ref::<Error>().or_else(|| {
                let boxed = any.downcast_ref::<BoxError>()?;
                boxed.downcast_ref::<Error>()
            });
            failure(ours, &error)
        }
    }
}

/// The type that a function gives back, for its schema.
#[derive(Debug)]
pub struct Output<T>(PhantomData<T>);

impl<T> Output<T> {
    /// Reads the type off what splits a returned value.
    pub fn of<R, E>(_split: impl FnOnce(R) -> Result<T, E>) -> Self {
        Self(PhantomData)
    }
}

impl<T: JsonSchema> Output<T> {
    /// The schema of the type.
    #[must_use]
    pub fn schema(&self) -> Value {
        schema::<T>()
    }
}

/// A method on [`Output`] has precedence over this one.
pub trait AnyOutput {
    /// As [`anything`].
    fn schema(&self) -> Value {
        anything()
    }
}

/// The schema of what has none.
#[must_use]
pub fn anything() -> Value {
    json!({})
}

impl<T> AnyOutput for Output<T> {}
