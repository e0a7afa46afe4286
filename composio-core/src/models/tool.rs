use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{RawJson, ScopeRequirements, page::null_is_default};

/// One operation of a toolkit (wire reference 1.3). The seed calls it an action.
#[doc(alias = "action")]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tool {
    /// The unique name, such as `GITHUB_CREATE_AN_ISSUE`.
    pub slug: String,
    /// A name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// What it does, for the model.
    #[serde(default, deserialize_with = "null_is_default")]
    pub description: String,
    /// The toolkit it belongs to.
    #[serde(default, deserialize_with = "null_is_default")]
    pub toolkit: ToolToolkit,
    /// JSON Schema of the arguments.
    #[serde(default = "RawJson::empty_object")]
    pub input_parameters: RawJson,
    /// JSON Schema of the result envelope `{data, error, successful}`.
    #[serde(default = "RawJson::empty_object")]
    pub output_parameters: RawJson,
    /// Whether it runs without a connection.
    #[serde(default, deserialize_with = "null_is_default")]
    pub no_auth: bool,
    /// The toolkit version this definition is of, `YYYYMMDD_NN`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub version: String,
    /// The versions that can be asked for.
    #[serde(default, deserialize_with = "null_is_default")]
    pub available_versions: Vec<String>,
    /// OAuth scopes it needs; where there are alternatives, the first.
    #[serde(default, deserialize_with = "null_is_default")]
    pub scopes: Vec<String>,
    /// The same with alternatives and combinations; `None` if the service does not tell.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "understood"
    )]
    pub scope_requirements: Option<ScopeRequirements>,
    /// Group names, `important`, and hints such as `readOnlyHint` and `destructiveHint`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tags: Vec<String>,
    /// Whether the vendor has deprecated it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_deprecated: bool,
    /// What it does, for people; `None` where it is the same as for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_description: Option<String>,
    /// The same tool in words of older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<FormerTool>,
    /// How it fits the words of a search, in a list that was asked to say so; an engine's own, not of the wire reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<Relevance>,
}

/// How a tool fits the words of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Relevance {
    /// How well. Scores of one search can be compared, those of different searches cannot.
    pub score: f64,
    /// The words that led to it, in their order.
    #[serde(default)]
    pub matches: Vec<RelevantWord>,
}

/// A word of a search that led to a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RelevantWord {
    /// As it was typed, in lower case.
    pub word: String,
    /// The stem that the tool has: the word's own, one of the same meaning, or one that is spelled nearly so.
    pub term: String,
    /// Where the tool has it: `name`, `toolkit`, `path`, `tags`, `description`, `arguments`.
    #[serde(default)]
    pub fields: Vec<String>,
}

impl Relevance {
    /// A score, and the words that made it.
    #[must_use]
    pub fn new(score: f64, matches: Vec<RelevantWord>) -> Self {
        Self { score, matches }
    }
}

impl RelevantWord {
    /// The stem `term` in `fields`, which `word` led to.
    #[must_use]
    pub fn new(word: impl Into<String>, term: impl Into<String>, fields: Vec<String>) -> Self {
        Self {
            word: word.into(),
            term: term.into(),
            fields,
        }
    }
}

/// What older clients read of a tool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormerTool {
    /// A name for people.
    #[serde(default, rename = "displayName", deserialize_with = "null_is_default")]
    pub display_name: String,
    /// The version of the definition.
    #[serde(default, deserialize_with = "null_is_default")]
    pub version: String,
    /// The versions that can be asked for.
    #[serde(default, deserialize_with = "null_is_default")]
    pub available_versions: Vec<String>,
    /// Whether the vendor has deprecated it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_deprecated: bool,
    /// The toolkit's logo.
    #[serde(default, deserialize_with = "null_is_default")]
    pub toolkit: FormerToolToolkit,
}

/// What older clients read of a tool's toolkit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormerToolToolkit {
    /// Address of a logo.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logo: String,
}

/// The toolkit a tool belongs to, in short.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolToolkit {
    /// The toolkit's slug, lower case.
    #[serde(default)]
    pub slug: String,
    /// A name for people.
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// Address of a logo.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logo: String,
}

/// What can be read; of a service that tells it otherwise, nothing is known.
fn understood<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ScopeRequirements>, D::Error> {
    let told = Option::<Value>::deserialize(deserializer)?;
    Ok(told.and_then(|told| serde_json::from_value(told).ok()))
}

impl Tool {
    /// A tool named `slug` with everything else empty.
    #[must_use]
    pub fn new(slug: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            input_parameters: RawJson::empty_object(),
            output_parameters: RawJson::empty_object(),
            ..Self::default()
        }
    }

    /// Fills [`Tool::deprecated`] from the other fields.
    #[must_use]
    pub fn with_former_names(mut self) -> Self {
        self.deprecated = Some(FormerTool {
            display_name: self.name.clone(),
            version: self.version.clone(),
            available_versions: self.available_versions.clone(),
            is_deprecated: self.is_deprecated,
            toolkit: FormerToolToolkit {
                logo: self.toolkit.logo.clone(),
            },
        });
        self
    }

    /// Whether the tool carries `tag`. Tags are case-sensitive.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Whether the tool only reads (`readOnlyHint`).
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.has_tag("readOnlyHint")
    }

    /// Whether the tool may destroy something (`destructiveHint`).
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        self.has_tag("destructiveHint")
    }

    /// Whether the toolkit counts this tool among its `important` ones.
    #[must_use]
    pub fn is_important(&self) -> bool {
        self.has_tag("important")
    }
}

impl ToolToolkit {
    /// A toolkit reference named `slug`.
    #[must_use]
    pub fn new(slug: impl Into<String>, name: impl Into<String>, logo: impl Into<String>) -> Self {
        Self {
            slug: slug.into(),
            name: name.into(),
            logo: logo.into(),
        }
    }
}
