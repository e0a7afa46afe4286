use serde_json::{Map, Value};

use super::{
    compiled::CompiledSchema,
    loose::{self, Family},
    loss::{LossKind, Losses},
    narrow, spelling,
};

/// Which tool schemas a model family accepts.
///
/// A provider has one; [`GetTools::dialect`](crate::GetTools::dialect) chooses another for one fetch. What each family
/// accepts and what is lost on the way stands in the guide `docs/schemas.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// JSON Schema 2020-12: older spellings are brought up to date, and nothing is taken away.
    #[default]
    JsonSchema,
    /// OpenAI without `strict`: the root is an object without alternatives, and arrays have `items`.
    OpenAi,
    /// OpenAI with `strict: true`, which holds the model to the schema. Optional arguments become nullable, and their
    /// nulls are taken away again; free-form objects are written as text. A tool that does not fit is shown as
    /// [`Dialect::OpenAi`] with `strict: false`, alone.
    OpenAiStrict,
    /// As [`Dialect::OpenAiStrict`], with required arguments alone: the optional ones are not shown.
    OpenAiStrictRequired,
    /// Anthropic's `input_schema`: as [`Dialect::OpenAi`], and names of properties have at most 64 characters of
    /// `[A-Za-z0-9_.-]`.
    Anthropic,
    /// Gemini's `parametersJsonSchema`: nearly all of JSON Schema.
    Gemini,
    /// Gemini's older `parameters`: a subset of OpenAPI 3.0's schema without references. Much is lost.
    GeminiLegacy,
    /// The Model Context Protocol's `inputSchema`: JSON Schema 2020-12 with an object at the root.
    Mcp,
}

impl Dialect {
    /// Whether the family holds the model to the schema.
    #[must_use]
    pub const fn is_strict(self) -> bool {
        matches!(self, Self::OpenAiStrict | Self::OpenAiStrictRequired)
    }

    /// The schema as this family accepts it, what was lost, and the way back.
    ///
    /// The schema may be anything, hostile things included: what is no schema is ignored and reported, and the work
    /// is bounded.
    #[must_use]
    pub fn compile(self, schema: Value) -> CompiledSchema {
        let mut losses = Losses::default();
        let mut schema = schema;
        if !schema.is_object() {
            if schema != Value::Bool(true) {
                losses.add("", LossKind::Broken, "there is no schema that can be read");
            }
            schema = Value::Object(Map::new());
        }
        spelling::bring_up_to_date(&mut schema, &mut losses);
        match self {
            Self::JsonSchema => CompiledSchema::new(schema, losses),
            Self::OpenAi => loose::compile(schema, Family::OpenAi, losses),
            Self::Anthropic => loose::compile(schema, Family::Anthropic, losses),
            Self::Gemini => loose::compile(schema, Family::Gemini, losses),
            Self::Mcp => loose::compile(schema, Family::Mcp, losses),
            Self::OpenAiStrict => narrow::strict(schema, losses, false),
            Self::OpenAiStrictRequired => narrow::strict(schema, losses, true),
            Self::GeminiLegacy => narrow::gemini(&schema, losses),
        }
    }
}
