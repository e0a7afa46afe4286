//! Descriptions in Google's Discovery format.

use serde_json::{Map, Value, json};

use crate::described::{Body, Description, Operation, query, validator};

/// What `document` says of all its methods.
pub(crate) fn read(document: &Value) -> Result<Description, String> {
    let schemas = document["schemas"].as_object().into_iter().flatten();
    let schemas = schemas.map(|(name, schema)| (name.clone(), plain(schema)));
    let schemas = Value::Object(schemas.collect());
    let mut description = Description::default();
    let mut resources = vec![document];
    while let Some(resource) = resources.pop() {
        let nested = resource["resources"].as_object().into_iter().flatten();
        resources.extend(nested.map(|(_, nested)| nested));
        for (_, method) in resource["methods"].as_object().into_iter().flatten() {
            add(document, &schemas, method, &mut description)?;
        }
    }
    Ok(description)
}

fn add(
    document: &Value,
    schemas: &Value,
    method: &Value,
    description: &mut Description,
) -> Result<(), String> {
    let parameters = || {
        let shared = document["parameters"].as_object().into_iter().flatten();
        let own = method["parameters"].as_object().into_iter().flatten();
        let of_query = shared
            .chain(own)
            .filter(|(_, own)| own["location"] == "query");
        of_query.map(|(name, own)| {
            let schema = match own["repeated"] == true {
                true => json!({"type": "array", "items": plain(own)}),
                false => plain(own),
            };
            (name.clone(), schema, own["required"] == true)
        })
    };
    let name = method["httpMethod"].as_str().unwrap_or_default().to_owned();
    let own = method["path"].as_str().unwrap_or_default();
    let service = document["servicePath"].as_str().unwrap_or_default();
    let request = method.get("request").map(plain);
    let upload = method.pointer("/mediaUpload/protocols/simple/path");
    if let (Some(path), Some(request)) = (upload.and_then(Value::as_str), &request) {
        let kind = ("uploadType".to_owned(), json!({"type": "string"}), true);
        description.operations.push(Operation {
            method: name.clone(),
            path: path.to_owned(),
            query: query(parameters().chain([kind]).collect(), schemas)?,
            body: Body::Related(validator(request, schemas)?),
        });
    }
    description.operations.push(Operation {
        method: name,
        path: format!("/{service}{own}"),
        query: query(parameters().collect(), schemas)?,
        body: match request {
            Some(request) => Body::Json(validator(&request, schemas)?),
            None => Body::Nothing,
        },
    });
    Ok(())
}

/// A schema of Discovery's as JSON Schema.
fn plain(schema: &Value) -> Value {
    let mut out = Map::new();
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return json!({"$ref": format!("#/components/schemas/{name}")});
    }
    for name in ["type", "enum"] {
        if let Some(member) = schema.get(name).filter(|own| **own != "any") {
            out.insert(name.to_owned(), member.clone());
        }
    }
    if let Some(items) = schema.get("items") {
        out.insert("items".to_owned(), plain(items));
    }
    if let Some(properties) = schema["properties"].as_object() {
        let properties = properties
            .iter()
            .map(|(name, own)| (name.clone(), plain(own)));
        out.insert("properties".to_owned(), Value::Object(properties.collect()));
    }
    if let Some(additional) = schema.get("additionalProperties") {
        out.insert("additionalProperties".to_owned(), plain(additional));
    }
    Value::Object(out)
}
