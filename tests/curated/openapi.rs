//! Descriptions in OpenAPI.

use serde_json::{Value, json};

use crate::described::{Body, Description, Operation, query, texty, validator};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What `document` says of the operations that `is_wanted` names by method and path, below `server`.
pub(crate) fn read(
    document: &Value,
    server: &str,
    is_wanted: impl Fn(&str, &str) -> bool,
) -> Result<Description, String> {
    let mut description = Description::default();
    let components = &document["components"]["schemas"];
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let whole = format!("{server}{path}");
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let name = method.to_ascii_uppercase();
            if !is_wanted(&name, &whole) {
                continue;
            }
            let shared = item["parameters"].as_array().into_iter().flatten();
            let own = operation["parameters"].as_array().into_iter().flatten();
            let parameters = shared.chain(own).map(|own| resolved(document, own));
            let of_query =
                parameters.filter(|own| own["in"] == "query" && !is_credential(document, own));
            let parameters = of_query.map(|own| {
                let name = own["name"].as_str().unwrap_or_default().to_owned();
                (name, own["schema"].clone(), own["required"] == true)
            });
            let mut of_query = Vec::new();
            for (name, schema, is_required) in parameters {
                // A deep object is spelled with brackets.
                for (inner, schema) in members(&schema) {
                    of_query.push((format!("{name}[{inner}]"), schema, false));
                }
                of_query.push((name, schema, is_required));
            }
            description.operations.push(Operation {
                method: name,
                path: whole.clone(),
                query: query(of_query, components)?,
                body: body(document, operation)?,
            });
        }
    }
    Ok(description)
}

fn is_slack(document: &Value) -> bool {
    document["servers"][0]["url"] == "https://slack.com/api"
}

/// Slack takes its token in a header, as everybody does, and describes it as a parameter.
fn is_credential(document: &Value, parameter: &Value) -> bool {
    is_slack(document) && parameter["name"] == "token"
}

/// The members that a schema has in any of its choices.
fn members(schema: &Value) -> Vec<(String, Value)> {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let all = choices.chain([schema]);
    all.filter_map(|one| one["properties"].as_object())
        .flatten()
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect()
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|own| document.pointer(own.trim_start_matches('#')));
    target.unwrap_or(value)
}

fn body(document: &Value, operation: &Value) -> Result<Body, String> {
    let components = &document["components"]["schemas"];
    let Some(given) = operation.get("requestBody") else {
        return Ok(Body::Nothing);
    };
    let content = &resolved(document, given)["content"];
    let schema = |media_type: &str| content.get(media_type).map(|own| own["schema"].clone());
    if let Some(schema) = schema("application/json") {
        return Ok(Body::Json(validator(&schema, components)?));
    }
    let Some(schema) = schema("application/x-www-form-urlencoded") else {
        return Err(format!("{} has an odd body", operation["operationId"]));
    };
    if is_slack(document) {
        // The methods that write take JSON too, with the members of the form.
        return Ok(Body::Json(validator(&schema, components)?));
    }
    let named = components.as_object().into_iter().flatten();
    let named = named.map(|(name, schema)| (name.clone(), texty(schema)));
    Ok(Body::Form(validator(
        &texty(&schema),
        &json!(named.collect::<serde_json::Map<_, _>>()),
    )?))
}
