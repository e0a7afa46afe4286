//! A vendor's description of its API, and what it makes of a request.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::wire::Wire;

/// Operations that a vendor describes.
#[derive(Default)]
pub(crate) struct Description {
    pub(crate) operations: Vec<Operation>,
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: String,
    /// With placeholders in braces.
    pub(crate) path: String,
    /// Of the query's members: texts, as they are in an address.
    pub(crate) query: Validator,
    pub(crate) body: Body,
}

/// What an operation takes as its body.
pub(crate) enum Body {
    Nothing,
    Json(Validator),
    /// Of the members, texts at their ends.
    Form(Validator),
    /// What describes the file, then the file.
    Related(Validator),
}

/// The validator of `schema`, which may refer to `components`; members that no object of it has are refused.
pub(crate) fn validator(schema: &Value, components: &Value) -> Result<Validator, String> {
    let mut whole = json!({ "allOf": [schema] });
    let mut named = Map::new();
    reach(schema, components, &mut named);
    whole["components"] = json!({ "schemas": named });
    close(&mut whole, false);
    let built = jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&whole);
    built.map_err(|error| error.to_string())
}

/// Finds the schemas that `schema` refers to.
fn reach(schema: &Value, components: &Value, named: &mut Map<String, Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| reach(item, components, named)),
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|own| own.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && !named.contains_key(name)
            {
                let target = components.get(name).cloned().unwrap_or_default();
                named.insert(name.to_owned(), target.clone());
                reach(&target, components, named);
            }
            members
                .values()
                .for_each(|member| reach(member, components, named));
        }
        _ => {}
    }
}

// Parts of an `allOf` each have some of the members.
fn close(schema: &mut Value, is_part: bool) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, is_part)),
        Value::Object(members) => {
            let has_properties = members.get("properties").is_some_and(Value::is_object);
            let is_open = members.contains_key("additionalProperties");
            let has_choices = ["allOf", "anyOf", "oneOf"]
                .iter()
                .any(|own| members.contains_key(*own));
            if has_properties && !(is_open || is_part || has_choices) {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            for (name, member) in members.iter_mut() {
                // A list with one part is whole.
                let parts = member.as_array().map_or(0, Vec::len);
                match (name.as_str(), member) {
                    ("properties" | "schemas", Value::Object(named)) => {
                        named.values_mut().for_each(|own| close(own, false));
                    }
                    (name, member) => close(member, name == "allOf" && parts > 1),
                }
            }
        }
        _ => {}
    }
}

const SAID_OF_NUMBERS: [&str; 4] = ["format", "minimum", "maximum", "default"];

/// The schema of a value that came as a text.
pub(crate) fn texty(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(texty).collect(),
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str);
            let kept = members
                .iter()
                .filter(|(name, _)| !SAID_OF_NUMBERS.contains(&name.as_str()));
            let mut changed: Map<String, Value> = kept
                .map(|(name, member)| match (name.as_str(), member) {
                    ("properties", Value::Object(named)) => {
                        let named = named
                            .iter()
                            .map(|(own, schema)| (own.clone(), texty(schema)));
                        (name.clone(), Value::Object(named.collect()))
                    }
                    _ => (name.clone(), texty(member)),
                })
                .collect();
            let text = match kind {
                Some("integer") => json!({"type": "string", "pattern": "^-?[0-9]+$"}),
                Some("number") => json!({"type": "string", "pattern": "^-?[0-9.]+$"}),
                Some("boolean") => json!({"type": "string", "enum": ["true", "false"]}),
                _ => return changed.into(),
            };
            changed.remove("type");
            changed.remove("enum");
            changed.insert("allOf".to_owned(), json!([text]));
            changed.into()
        }
        other => other.clone(),
    }
}

/// The schema of a query with these parameters: name, schema, and whether it must be there.
pub(crate) fn query(
    parameters: Vec<(String, Value, bool)>,
    components: &Value,
) -> Result<Validator, String> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema, is_required) in parameters {
        let mut one = texty(&schema);
        if one["type"] == "array" {
            // One entry is no list in an address.
            one = json!({"anyOf": [one["items"], one]});
        }
        properties.insert(name.clone(), one);
        if is_required {
            required.push(name);
        }
    }
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    validator(&schema, components)
}

impl Description {
    /// Why the vendor would refuse `wire`.
    pub(crate) fn judge(&self, wire: &Wire) -> Result<(), String> {
        let mut last = format!("{} is no operation", wire.target());
        for operation in &self.operations {
            if operation.method == wire.method && fits(&operation.path, &wire.path) {
                match operation.judge(wire) {
                    Ok(()) => return Ok(()),
                    Err(why) => last = why,
                }
            }
        }
        Err(last)
    }
}

impl Operation {
    fn judge(&self, wire: &Wire) -> Result<(), String> {
        check("query", &self.query, &wire.query.clone().into())?;
        let wants = |media_type: &str| match wire.essence() == media_type {
            true => Ok(()),
            false => Err(format!("it wants {media_type}, not {}", wire.media_type)),
        };
        match &self.body {
            Body::Nothing if wire.body.is_empty() => Ok(()),
            Body::Nothing => Err("it takes no body".to_owned()),
            Body::Json(validator) | Body::Related(validator)
                if wire.essence() == "application/json" =>
            {
                check("body", validator, &wire.json())
            }
            Body::Json(_) => wants("application/json"),
            // What is not required need not come.
            Body::Form(validator) if wire.body.is_empty() => check("body", validator, &json!({})),
            Body::Form(validator) => {
                wants("application/x-www-form-urlencoded")?;
                check("body", validator, &nested(&wire.body))
            }
            Body::Related(validator) => {
                wants("multipart/related")?;
                let parts = wire.parts().ok_or("its parts cannot be told")?;
                let described = parts.first().ok_or("it has no part")?;
                let described = serde_json::from_slice(&described.content);
                check(
                    "body",
                    validator,
                    &described.map_err(|error| error.to_string())?,
                )
            }
        }
    }
}

fn check(what: &str, validator: &Validator, value: &Value) -> Result<(), String> {
    match validator.iter_errors(value).next() {
        None => Ok(()),
        Some(fault) => Err(format!("{what}{}: {fault}", fault.instance_path())),
    }
}

/// Whether a path is one of a template's.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.trim_end_matches('/'), path.trim_end_matches('/'));
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(template, part)| {
            (template.starts_with('{') && template.ends_with('}') && !part.is_empty())
                || *template == part
        })
}

/// `{a: {b: [{c: "1"}]}}` of `a[b][0][c]=1`.
fn nested(form: &[u8]) -> Value {
    let mut whole = json!({});
    for (name, value) in url::form_urlencoded::parse(form) {
        let mut at = &mut whole;
        for key in name.split('[') {
            at = at
                .as_object_mut()
                .unwrap()
                .entry(key.trim_end_matches(']'))
                .or_insert_with(|| json!({}));
        }
        *at = value.into();
    }
    lists(whole)
}

/// Members that are numbered from zero are a list.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let is_list =
        !members.is_empty() && (0..members.len()).all(|at| members.contains_key(&at.to_string()));
    let members = members
        .into_iter()
        .map(|(name, member)| (name, lists(member)));
    match is_list {
        true => members.map(|(_, member)| member).collect(),
        false => Value::Object(members.collect()),
    }
}
