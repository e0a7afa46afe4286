use serde_json::Value;

use super::{
    loss::{Loss, Losses, ToolLosses},
    restore::Restoration,
};

/// A tool's schema as a model family accepts it: the work of [`Dialect::compile`](super::Dialect::compile).
///
/// ```
/// use composio_core::Dialect;
/// use serde_json::json;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {"query": {"type": "string"}, "page": {"type": "integer"}},
///     "required": ["query"],
/// });
/// let compiled = Dialect::OpenAiStrict.compile(schema);
/// assert_eq!(compiled.schema["properties"]["page"]["type"], json!(["integer", "null"]));
/// assert_eq!(compiled.strict, Some(true));
/// assert!(compiled.losses.is_empty());
///
/// // strict models must write every argument; what stands for "not given" goes away again
/// let arguments = compiled.restore(json!({"query": "rust", "page": null}));
/// assert_eq!(arguments, json!({"query": "rust"}));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompiledSchema {
    /// What the model is shown.
    pub schema: Value,
    /// Whether the model is to be held to it; `None` if the dialect has no such thing.
    pub strict: Option<bool>,
    /// Why the loose form was taken, if the strict one was asked for.
    pub fallback: Option<String>,
    /// What the model is not told.
    pub losses: Vec<Loss>,
    pub(crate) restoration: Restoration,
}

impl CompiledSchema {
    pub(super) fn new(schema: Value, losses: Losses) -> Self {
        Self {
            schema,
            strict: None,
            fallback: None,
            losses: losses.into_vec(),
            restoration: Restoration::default(),
        }
    }

    /// The report about the tool `slug`; `None` if there is nothing to report.
    pub(crate) fn report(&self, slug: &str) -> Option<ToolLosses> {
        (self.fallback.is_some() || !self.losses.is_empty()).then(|| ToolLosses {
            tool: slug.to_owned(),
            fallback: self.fallback.clone(),
            losses: self.losses.clone(),
        })
    }

    /// What the model wrote, in the names and shapes of the schema this was compiled from.
    #[must_use]
    pub fn restore(&self, arguments: Value) -> Value {
        self.restoration.apply(arguments)
    }
}
