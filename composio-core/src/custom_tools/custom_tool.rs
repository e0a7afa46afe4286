use std::{fmt, future::Future, pin::Pin, sync::Arc};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{CustomCall, ExecuteRequest};
use crate::{
    Arguments, BoxError, Error, ErrorKind, Result,
    client::Client,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
};

pub(super) type Run =
    dyn Fn(CustomCall) -> Pin<Box<dyn Future<Output = ToolResult> + Send>> + Send + Sync;

/// A function as a tool: fetched, processed, gated and called like any other.
///
/// `#[action]` makes one of a function with arguments of its own; this is for functions that take one type.
///
/// The argument type's schema is what the model sees, the return type's is the output schema. An error becomes a
/// failed result with its text, so it must be fit for a model to read.
///
/// ```
/// use composio_core::CustomTool;
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Add {
///     /// The first number
///     a: i64,
///     /// The second number
///     b: i64,
/// }
///
/// let tool = CustomTool::new("add_numbers", "Adds two integers.", |input: Add| async move { Ok(input.a + input.b) });
/// assert_eq!(tool.slug(), "add_numbers");
/// ```
#[derive(Clone)]
pub struct CustomTool {
    tool: Tool,
    toolname: Option<String>,
    run: Arc<Run>,
}

impl CustomTool {
    /// A tool `name` that does what `description` says by calling `function`.
    pub fn new<I, O, F, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        function: F,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
        F: Fn(I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, BoxError>> + Send + 'static,
    {
        let run = move |call: CustomCall| -> Pin<Box<dyn Future<Output = ToolResult> + Send>> {
            match decode(call.arguments) {
                Ok(input) => {
                    let future = function(input);
                    Box::pin(async move { result(future.await) })
                }
                Err(failure) => Box::pin(std::future::ready(failure)),
            }
        };
        Self::with_schemas::<I, O>(name.into(), description.into(), Arc::new(run))
    }

    /// As [`CustomTool::new`], with a handle that sends requests to [`CustomTool::app`] with the user's credentials.
    pub fn with_request<I, O, F, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        function: F,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
        F: Fn(I, ExecuteRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, BoxError>> + Send + 'static,
    {
        let run = move |mut call: CustomCall| -> Pin<Box<dyn Future<Output = ToolResult> + Send>> {
            match decode(std::mem::take(&mut call.arguments)) {
                Ok(input) => {
                    let future = function(input, ExecuteRequest::new(call));
                    Box::pin(async move { result(future.await) })
                }
                Err(failure) => Box::pin(std::future::ready(failure)),
            }
        };
        Self::with_schemas::<I, O>(name.into(), description.into(), Arc::new(run))
    }

    fn with_schemas<I: JsonSchema, O: JsonSchema>(
        name: String,
        description: String,
        run: Arc<Run>,
    ) -> Self {
        Self::from_schemas(name, description, (schema::<I>(), schema::<O>()), run)
    }

    pub(super) fn from_schemas(
        name: String,
        description: String,
        (input, data): (Value, Value),
        run: Arc<Run>,
    ) -> Self {
        let mut tool = Tool::new(name.clone());
        tool.name = name;
        tool.description = description;
        tool.no_auth = true;
        tool.toolkit = ToolToolkit::new("custom", "Custom", "");
        tool.input_parameters = RawJson::from(input);
        tool.output_parameters = RawJson::from(envelope(data));
        Self {
            tool,
            toolname: None,
            run,
        }
    }

    /// Names the app whose credentials [`CustomTool::with_request`] uses, and whose processors apply.
    #[must_use]
    pub fn app(mut self, app: &str) -> Self {
        self.tool.toolkit = ToolToolkit::new(app.to_lowercase(), app, "");
        self
    }

    /// Renames the tool.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.tool.slug = name.into();
        self.tool.name.clone_from(&self.tool.slug);
        self
    }

    /// The seed's `toolname`: the name of a known app, else the tool's own new name.
    ///
    /// Which of the two it is, is asked when the tool is fetched. [`CustomTool::app`] and [`CustomTool::named`] say it
    /// outright.
    #[must_use]
    pub fn toolname(mut self, toolname: impl Into<String>) -> Self {
        self.toolname = Some(toolname.into());
        self
    }

    /// Adds a tag, such as `destructiveHint`.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tool.tags.push(tag.into());
        self
    }

    /// The tool's name.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.tool.slug
    }

    /// The tool's definition.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    pub(crate) async fn run(&self, call: CustomCall) -> ToolResult {
        (self.run)(call).await
    }

    /// Settles what `toolname` means by asking the service.
    pub(crate) async fn settled(mut self, client: &Client) -> Result<Self> {
        let Some(toolname) = self.toolname.take() else {
            return Ok(self);
        };
        match client.toolkits().get(&toolname.to_lowercase()).await {
            Ok(_) => Ok(self.app(&toolname)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(self.named(toolname)),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn answers_to(&self, name: &str) -> bool {
        self.tool.slug.eq_ignore_ascii_case(name)
            || self
                .toolname
                .as_ref()
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for CustomTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomTool({})", self.tool.slug)
    }
}

pub(super) fn schema<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    if let Some(root) = schema.as_object_mut() {
        root.remove("$schema");
        root.remove("title");
    }
    schema
}

// The envelope's `$defs` stay at its root, where the references of `data` look for them.
fn envelope(mut data: Value) -> Value {
    let definitions = data.as_object_mut().and_then(|root| root.remove("$defs"));
    let mut envelope = json!({
        "type": "object",
        "properties": {"data": data, "error": {"type": ["string", "null"]}, "successful": {"type": "boolean"}},
        "required": ["data", "successful"],
    });
    if let (Some(definitions), Some(root)) = (definitions, envelope.as_object_mut()) {
        root.insert("$defs".to_owned(), definitions);
    }
    envelope
}

fn decode<I: DeserializeOwned>(arguments: Arguments) -> Result<I, ToolResult> {
    serde_json::from_value(arguments.into_value())
        .map_err(|error| ToolResult::failure(format!("invalid arguments: {error}")))
}

fn result<O: Serialize>(output: Result<O, BoxError>) -> ToolResult {
    match output {
        Ok(output) => success(&output),
        Err(error) => failure(error.downcast_ref(), &error),
    }
}

pub(super) fn success(output: &impl Serialize) -> ToolResult {
    RawJson::of(output).map_or_else(|error| ToolResult::from(&error), ToolResult::success)
}

// Our own errors have words for the model and others for the operator.
pub(super) fn failure(ours: Option<&Error>, error: &impl fmt::Display) -> ToolResult {
    ours.map_or_else(|| ToolResult::failure(error.to_string()), ToolResult::from)
}
