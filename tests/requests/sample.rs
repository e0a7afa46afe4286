//! Operations of real descriptions, cut out with what they refer to.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value, json};

/// Descriptions with many ways to send arguments between them, below `api` of the directory.
const DOCUMENTS: &[&str] = &[
    "alertersystem.com.json",
    "appcenter.ms.json",
    "asana.com.json",
    "atlassian.com/jira.json",
    "box.com.json",
    "files.com.json",
    "gitlab.com.json",
    "keycloak.local.json",
    "notion.com.json",
    "okta.local.json",
    "orthanc-server.com.json",
    "pandascore.co.json",
    "slack.com.json",
    "spotify.com.json",
    "stripe.com.json",
    "tfl.gov.uk.json",
    "trello.com.json",
    "twilio.com/api.json",
    "twinehealth.com.json",
    "vtex.local/Promotions-.json",
    "zoom.us.json",
];
/// Operations of each.
const OPERATIONS: usize = 24;
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// A name for each, and the description with some of its operations.
pub(crate) fn documents(folder: &Path) -> Vec<(String, Value)> {
    let documents = DOCUMENTS.iter().map(|name| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let document = serde_json::from_str(&text).unwrap();
        let app = name.chars().filter(char::is_ascii_alphanumeric).collect();
        (app, cut(&document))
    });
    documents.collect()
}

/// The document with as many operations as the sample takes, spread evenly over those whose arguments can be wrong.
fn cut(document: &Value) -> Value {
    let mut found = Vec::new();
    // What follows a `#` is never sent: vendors write it where two operations have one path.
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(path, _)| !path.contains('#')) {
        for method in METHODS {
            if item.get(method).is_some_and(|own| can_be_wrong(item, own)) {
                found.push((path, method));
            }
        }
    }
    let mut paths = Map::new();
    let count = found.len();
    for at in 0..OPERATIONS.min(count) {
        let (path, method) = found[at * count / OPERATIONS.min(count)];
        let item = &document["paths"][path];
        let cut = paths.entry(path.clone()).or_insert_with(|| json!({}));
        if let Some(shared) = item.get("parameters") {
            cut["parameters"] = shared.clone();
        }
        cut[method] = item[method].clone();
        // Only the first answer matters here, and the mock has to make one up.
        cut[method]["responses"] = json!({"200": {"description": "ok"}});
    }
    let mut needed = json!({
        "openapi": document["openapi"], "info": {"title": "Sample", "version": "1"},
        "servers": [{"url": "https://sample.example"}], "paths": paths,
    });
    let components = components(document, &needed);
    needed["components"] = components;
    without_message_headers(&mut needed);
    needed
}

/// Whether it needs something beside texts in the path.
fn can_be_wrong(item: &Value, operation: &Value) -> bool {
    let lists = [&item["parameters"], &operation["parameters"]];
    let mut parameters = lists.into_iter().filter_map(Value::as_array).flatten();
    let has_needed = parameters.any(|own| {
        let is_typed = matches!(
            own["schema"]["type"].as_str(),
            Some("integer" | "number" | "boolean")
        );
        own["required"] == true && (own["in"] != "path" || is_typed)
    });
    has_needed || operation["requestBody"]["required"] == true
}

/// The components that `needed` refers to, and those that they refer to.
fn components(document: &Value, needed: &Value) -> Value {
    let mut seen = BTreeSet::new();
    let mut left = references(needed);
    while let Some(reference) = left.pop() {
        if seen.insert(reference.clone())
            && let Some(target) = document.pointer(&reference[1..])
        {
            left.extend(references(target));
        }
    }
    let mut components = json!({});
    for reference in seen {
        let parts: Vec<&str> = reference.split('/').collect();
        if let ["#", "components", section, name, ..] = parts.as_slice() {
            let name = name.replace("~1", "/").replace("~0", "~");
            components[*section][&name] = document["components"][*section][&name].clone();
        }
    }
    components
}

/// OpenAPI 3.0.3 ignores parameters of these names ("Parameter Object", `name`), the mock server does not.
fn without_message_headers(node: &mut Value) {
    match node {
        Value::Object(members) => {
            let name = members.get("name").and_then(Value::as_str);
            let name = name.unwrap_or_default().to_lowercase();
            let is_ignored = ["accept", "content-type", "authorization"].contains(&&*name);
            if is_ignored && members.get("in") == Some(&json!("header")) {
                members.insert("required".to_owned(), json!(false));
            }
            members.values_mut().for_each(without_message_headers);
        }
        Value::Array(items) => items.iter_mut().for_each(without_message_headers),
        _ => {}
    }
}

fn references(node: &Value) -> Vec<String> {
    match node {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            let own = own.filter(|own| own.starts_with("#/")).map(str::to_owned);
            own.into_iter()
                .chain(members.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
