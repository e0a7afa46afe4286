use serde_json::{Map, Value, json};

/// Which tool schemas a model family accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// JSON Schema 2020-12 as it is.
    #[default]
    JsonSchema,
    /// OpenAI without `strict`: the root is an object with `properties`.
    OpenAi,
}

impl Dialect {
    /// The schema as this family accepts it.
    #[must_use]
    pub fn compile(self, mut schema: Value) -> Value {
        if self == Self::OpenAi {
            if !schema.is_object() {
                schema = Value::Object(Map::new());
            }
            if let Some(root) = schema.as_object_mut() {
                root.insert("type".to_owned(), json!("object"));
                root.entry("properties").or_insert_with(|| json!({}));
                root.remove("$schema");
            }
        }
        schema
    }
}
