//! What HubSpot's own client for TypeScript says of its API: addresses and queries in its requests, members and types of
//! bodies in its models. It is read, not run.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use crate::described::{Body, Description, Operation, query, validator};

/// Folders of the client's, one for each kind of object.
const FOLDERS: [&str; 7] = [
    "contacts",
    "companies",
    "deals",
    "tickets",
    "objects/notes",
    "owners",
    "pipelines",
];

pub(crate) fn read(crm: &Path) -> Result<Description, String> {
    let mut description = Description::default();
    for folder in FOLDERS {
        let models = models(&crm.join(folder).join("models"))?;
        for text in files(&crm.join(folder).join("apis"), "Api.js")? {
            let requests = text.split("const localVarPath = '").skip(1);
            for request in requests {
                description.operations.extend(operation(request, &models)?);
            }
        }
    }
    Ok(description)
}

fn files(folder: &Path, end: &str) -> Result<Vec<String>, String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.to_string_lossy().ends_with(end) {
            texts.push(fs::read_to_string(&path).map_err(told)?);
        }
    }
    Ok(texts)
}

/// What follows the address in the function that makes a request.
fn operation(request: &str, models: &Value) -> Result<Option<Operation>, String> {
    let (path, rest) = request
        .split_once('\'')
        .ok_or("an address without an end")?;
    let Some((_, rest)) = rest.split_once("HttpMethod.") else {
        return Ok(None);
    };
    let (method, rest) = rest.split_once(')').ok_or("a method without an end")?;
    // The next function makes another request.
    let rest = rest.split("return requestContext;").next().unwrap_or(rest);
    let mut parameters = Vec::new();
    for (call, is_list) in [("setQueryParam(\"", false), ("appendQueryParam(\"", true)] {
        for found in rest.split(call).skip(1) {
            let name = found.split('"').next().unwrap_or_default().to_owned();
            let schema = match is_list {
                true => json!({"type": "array", "items": {"type": "string"}}),
                false => schema(found.split('"').nth(2).unwrap_or("string"), models),
            };
            parameters.push((name, schema, false));
        }
    }
    let written = rest.split("ObjectSerializer.stringify(").nth(1);
    let kind = written.and_then(|written| written.split('"').nth(1));
    let body = match kind {
        Some(kind) => Body::Json(validator(&schema(kind, models), models)?),
        None => Body::Nothing,
    };
    Ok(Some(Operation {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query(parameters, models)?,
        body,
    }))
}

/// The schemas of the models of a folder.
fn models(folder: &Path) -> Result<Value, String> {
    let texts = files(folder, ".d.ts")?;
    let named = texts.iter().filter_map(|text| {
        let declared = text.split("export declare class ").nth(1)?;
        let (name, inside) = declared.split_once(" {")?;
        Some((name, inside.split("static readonly").next()?))
    });
    let named: Vec<(&str, &str)> = named.collect();
    let known: Map<String, Value> = named
        .iter()
        .map(|(name, _)| ((*name).to_owned(), Value::Null))
        .collect();
    let known = Value::Object(known);
    let models = named
        .iter()
        .map(|(name, inside)| ((*name).to_owned(), model(name, inside, &known)));
    Ok(Value::Object(models.collect()))
}

fn model(name: &str, inside: &str, known: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for member in inside.split("\n    '").skip(1) {
        let Some((own, kind)) = member.split_once(':') else {
            continue;
        };
        let plain = own.trim_end_matches('?').trim_end_matches('\'').to_owned();
        let kind = kind.trim().trim_end_matches(';');
        let is_known_fault = name == "PublicObjectSearchRequest" && plain == "sorts";
        // The client calls what sorts a text, the documentation an object.
        let schema = match is_known_fault {
            true => json!({"type": "array", "items": {"type": "object"}}),
            false => schema(kind, known),
        };
        if !own.ends_with('?') {
            required.push(plain.clone());
        }
        properties.insert(plain, schema);
    }
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The schema of a type; of a name that is no model, an enumeration, that of a text.
fn schema(kind: &str, models: &Value) -> Value {
    let kind = kind.trim();
    if let Some(items) = kind
        .strip_prefix("Array<")
        .and_then(|own| own.strip_suffix('>'))
    {
        return json!({"type": "array", "items": schema(items, models)});
    }
    if let Some((_, value)) = kind.strip_prefix('{').and_then(|own| own.split_once("]:")) {
        let value = value.trim().trim_end_matches(['}', ' ', '\n', ';']);
        return json!({"type": "object", "additionalProperties": schema(value, models)});
    }
    match kind {
        "number" => json!({"type": "number"}),
        "boolean" => json!({"type": "boolean"}),
        "any" => json!({}),
        name if models.get(name).is_some() => {
            json!({"$ref": format!("#/components/schemas/{name}")})
        }
        _ => json!({"type": "string"}),
    }
}
