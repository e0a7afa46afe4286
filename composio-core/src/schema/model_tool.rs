use serde_json::{Value, json};

use super::Dialect;
use crate::models::Tool;

/// A tool as a model is shown it. Schema processors change it; a [`Provider`](crate::Provider) spells it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelTool {
    /// The name the model calls it by. A provider finds it short enough and made of `[A-Za-z0-9_-]`.
    pub name: String,
    /// The tool's own slug, which no processor changes.
    pub slug: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of the arguments: as the tool has it for schema processors, as `dialect` has it for a provider.
    pub parameters: Value,
    /// Whose words `parameters` is in.
    pub dialect: Dialect,
    /// Whether the model is to be held to `parameters`; `None` if the dialect has no such thing.
    pub strict: Option<bool>,
    /// Whether it may destroy something.
    pub is_destructive: bool,
    /// Whether it only reads.
    pub is_read_only: bool,
}

impl ModelTool {
    /// Renames the tool; calls by the new name still reach it.
    #[must_use]
    pub fn rename(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Replaces the description.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Takes an argument out of the schema, so that the model neither sees nor may give it.
    #[must_use]
    pub fn hide(mut self, argument: &str) -> Self {
        if let Some(properties) = self
            .parameters
            .get_mut("properties")
            .and_then(Value::as_object_mut)
        {
            properties.remove(argument);
        }
        if let Some(required) = self
            .parameters
            .get_mut("required")
            .and_then(Value::as_array_mut)
        {
            required.retain(|name| name != argument);
        }
        self
    }

    /// Replaces the description of an argument.
    #[must_use]
    pub fn describe_argument(mut self, argument: &str, description: impl Into<String>) -> Self {
        let schema = self
            .parameters
            .get_mut("properties")
            .and_then(|all| all.get_mut(argument));
        if let Some(schema) = schema.and_then(Value::as_object_mut) {
            schema.insert("description".to_owned(), json!(description.into()));
        }
        self
    }
}

impl From<&Tool> for ModelTool {
    fn from(tool: &Tool) -> Self {
        Self {
            name: tool.slug.clone(),
            slug: tool.slug.clone(),
            description: tool.description.clone(),
            parameters: tool.input_parameters.to_value(),
            dialect: Dialect::JsonSchema,
            strict: None,
            is_destructive: tool.is_destructive(),
            is_read_only: tool.is_read_only(),
        }
    }
}
