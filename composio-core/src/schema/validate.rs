#[cfg(feature = "validate")]
use std::mem;
use std::sync::OnceLock;

use serde_json::Value;

use super::Dialect;
use crate::{Arguments, Error, ErrorKind, Result, models::RawJson};

const REPORTED: usize = 8;

/// Checks arguments against one schema. The schema is built and compiled on first use.
///
/// Without the feature `validate` only missing and unknown arguments are found; the service finds the rest.
#[derive(Debug)]
pub(crate) struct Validator {
    // What the schema is built from, where it is not there from the beginning.
    raw: Option<RawJson>,
    schema: OnceLock<Value>,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    required: Vec<String>,
    // Which arguments there are; `None` if the schema leaves that open.
    known: Option<Vec<String>>,
    #[cfg(feature = "validate")]
    full: Option<jsonschema::Validator>,
}

impl Validator {
    pub(crate) fn of_value(schema: Value) -> Self {
        Self {
            raw: None,
            schema: OnceLock::from(Dialect::JsonSchema.compile(schema).schema),
            compiled: OnceLock::new(),
        }
    }

    pub(crate) fn of_raw(raw: RawJson) -> Self {
        Self {
            raw: Some(raw),
            schema: OnceLock::new(),
            compiled: OnceLock::new(),
        }
    }

    /// The schema itself, in the words of 2020-12.
    pub(crate) fn schema(&self) -> &Value {
        self.schema.get_or_init(|| match &self.raw {
            Some(raw) => Dialect::JsonSchema.compile(raw.to_value()).schema,
            None => Value::Null,
        })
    }

    /// Says everything that is wrong with `arguments`, for the model to mend.
    pub(crate) fn check(&self, arguments: &mut Arguments) -> Result<()> {
        let compiled = self.compiled.get_or_init(|| compile(self.schema()));
        let mut faults = shallow_faults(compiled, arguments);
        #[cfg(feature = "validate")]
        if faults.is_empty() {
            faults = deep_faults(compiled, arguments);
        }
        if faults.is_empty() {
            return Ok(());
        }
        let more = faults.len().saturating_sub(REPORTED);
        faults.truncate(REPORTED);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("invalid arguments: {}", faults.join("; ")),
        ))
    }
}

fn compile(schema: &Value) -> Compiled {
    let names = |key: &str| -> Option<Vec<String>> {
        Some(
            schema
                .get(key)?
                .as_array()?
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        )
    };
    Compiled {
        required: names("required").unwrap_or_default(),
        known: known(schema),
        // A schema that is itself broken cannot refuse a call; the service has the last word.
        #[cfg(feature = "validate")]
        full: jsonschema::draft202012::new(schema).ok(),
    }
}

fn known(schema: &Value) -> Option<Vec<String>> {
    let open = [
        "additionalProperties",
        "patternProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
    ];
    let is_open = open.iter().any(|key| {
        schema
            .get(*key)
            .is_some_and(|value| *value != Value::Bool(false))
    });
    let properties = schema.get("properties").and_then(Value::as_object)?;
    (!is_open).then(|| properties.keys().cloned().collect())
}

fn shallow_faults(compiled: &Compiled, arguments: &Arguments) -> Vec<String> {
    let missing = compiled
        .required
        .iter()
        .filter(|name| !arguments.contains_key(*name))
        .map(|name| format!("`{name}` is required"));
    let unknown = compiled.known.iter().flat_map(|known| {
        arguments
            .keys()
            .filter(|name| !known.contains(name))
            .map(|name| format!("`{name}` is not an argument"))
    });
    missing.chain(unknown).collect()
}

#[cfg(feature = "validate")]
fn deep_faults(compiled: &Compiled, arguments: &mut Arguments) -> Vec<String> {
    let Some(full) = &compiled.full else {
        return Vec::new();
    };
    let value = mem::take(arguments).into_value();
    let faults = if full.is_valid(&value) {
        Vec::new()
    } else {
        describe(full, &value)
    };
    if let Value::Object(map) = value {
        *arguments = map.into();
    }
    faults
}

#[cfg(feature = "validate")]
fn describe(full: &jsonschema::Validator, value: &Value) -> Vec<String> {
    full.iter_errors(value)
        .map(|error| match error.instance_path().to_string() {
            path if path.is_empty() => error.masked().to_string(),
            path => format!("`{path}`: {}", error.masked()),
        })
        .collect()
}
