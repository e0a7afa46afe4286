//! How each keyword of a schema is treated. What is not listed is dropped.

/// The form of a keyword's value, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    /// A text for the model: cleaned and cut.
    Prose,
    Text,
    Flag,
    Number,
    /// A number above zero.
    Positive,
    /// A whole number, zero or more.
    Count,
    /// `minimum` and `maximum`, which OpenAPI 3.0 makes exclusive by a flag beside them.
    Bound {
        exclusive: &'static str,
    },
    Type,
    Enum,
    Verbatim,
    Example,
    Examples,
    Names,
    NamesMap,
    Schema,
    /// A schema that judges the same value.
    InPlace,
    Items,
    List,
    /// Every schema of the list judges the same value.
    All,
    /// Some schema of the list judges the same value.
    Some,
    Map,
    InPlaceMap,
}

impl Keyword {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "title" | "description" => Self::Prose,
            "format" | "pattern" | "contentEncoding" | "contentMediaType" => Self::Text,
            "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" => Self::Flag,
            "minimum" => Self::Bound {
                exclusive: "exclusiveMinimum",
            },
            "maximum" => Self::Bound {
                exclusive: "exclusiveMaximum",
            },
            "exclusiveMinimum" | "exclusiveMaximum" => Self::Number,
            "multipleOf" => Self::Positive,
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "minContains" | "maxContains" => Self::Count,
            "type" => Self::Type,
            "enum" => Self::Enum,
            "const" | "default" => Self::Verbatim,
            "example" => Self::Example,
            "examples" => Self::Examples,
            "required" => Self::Names,
            "dependentRequired" => Self::NamesMap,
            "additionalProperties"
            | "unevaluatedProperties"
            | "propertyNames"
            | "unevaluatedItems"
            | "contains" => Self::Schema,
            "not" | "if" | "then" | "else" => Self::InPlace,
            "items" => Self::Items,
            "prefixItems" => Self::List,
            "allOf" => Self::All,
            "anyOf" | "oneOf" => Self::Some,
            "properties" | "patternProperties" => Self::Map,
            "dependentSchemas" => Self::InPlaceMap,
            _ => return None,
        })
    }

    /// Whether the keyword only informs. These stay outside when a schema is wrapped to admit null.
    pub(super) fn is_annotation(name: &str) -> bool {
        matches!(
            name,
            "title"
                | "description"
                | "default"
                | "deprecated"
                | "readOnly"
                | "writeOnly"
                | "example"
                | "examples"
        )
    }
}

/// The JSON Schema types behind what people write for `type`.
pub(super) fn type_names(written: &str) -> &'static [&'static str] {
    match written {
        "string" | "file" | "date" | "datetime" | "date-time" | "uuid" | "byte" | "binary"
        | "password" => &["string"],
        "integer" | "int" | "int32" | "int64" | "long" => &["integer"],
        "number" | "float" | "double" | "decimal" => &["number"],
        "boolean" | "bool" => &["boolean"],
        "array" | "list" => &["array"],
        "object" | "map" | "dict" => &["object"],
        "null" => &["null"],
        _ => &[],
    }
}
