//! An OpenAPI document, and what of an exchange it does not allow.

use std::collections::BTreeSet;

use composio_tests::tree;
use http::StatusCode;
use jsonschema::Draft;
use serde_json::{Map, Value, json};

use crate::exchange::Exchange;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub struct Document {
    root: Value,
    /// Where the paths begin: `/api/v3` and `/api/v3.1`, or nothing where the paths say it.
    prefixes: Vec<String>,
    /// Whether requests that nobody of ours wrote are held to it too, where they were accepted.
    is_ours: bool,
}

/// One operation, found for an exchange.
pub struct Operation<'d> {
    pub method: String,
    pub path: String,
    value: &'d Value,
    shared: &'d Value,
}

impl Document {
    /// Composio's: OpenAPI 3.0, whose paths begin with `/api/v3`.
    pub fn published(mut root: Value) -> Self {
        modernize(&mut root);
        Self {
            root,
            prefixes: vec![String::new()],
            is_ours: false,
        }
    }

    /// Our own: OpenAPI 3.1, whose paths begin below its servers.
    pub fn ours() -> Self {
        let path = tree::root().join("composio-engine/openapi.yaml");
        let text = std::fs::read_to_string(path).expect("the document is there");
        let root: Value = serde_saphyr::from_str(&text).expect("the document is YAML");
        let servers = root["servers"].as_array().expect("servers");
        let prefixes = servers
            .iter()
            .map(|server| server["url"].as_str().expect("a url").to_owned())
            .collect();
        Self {
            root,
            prefixes,
            is_ours: true,
        }
    }

    pub fn root(&self) -> &Value {
        &self.root
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root["paths"].as_object().expect("paths");
        let of_path = |(path, item): (&String, &'_ Value)| {
            let shared = &item["parameters"];
            let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
            methods
                .map(|method| (path.clone(), (*method).to_owned(), shared.clone()))
                .collect::<Vec<_>>()
        };
        let all: Vec<(String, String, Value)> = paths.iter().flat_map(of_path).collect();
        all.into_iter()
            .map(|(path, method, _)| Operation {
                value: &self.root["paths"][&path][&method],
                shared: &self.root["paths"][&path]["parameters"],
                method: method.to_uppercase(),
                path,
            })
            .collect()
    }

    /// What of the exchange is not as the document says; `None` if it has no such operation.
    pub fn faults(&self, exchange: &Exchange) -> Option<Vec<String>> {
        let operation = self.find(exchange)?;
        let name = format!("{} {}", operation.method, operation.path);
        let mut faults = Vec::new();
        let was_accepted = exchange.status.is_success();
        if exchange.is_ours || (self.is_ours && was_accepted) {
            faults.extend(self.request_faults(&operation, exchange));
        }
        faults.extend(self.response_faults(&operation, exchange));
        Some(
            faults
                .iter()
                .map(|fault| format!("{name} {fault}"))
                .collect(),
        )
    }

    /// The operations that no exchange asks with success.
    pub fn unseen(&self, exchanges: &[Exchange]) -> Vec<String> {
        let seen: BTreeSet<(String, String)> = exchanges
            .iter()
            .filter_map(|exchange| self.find(exchange))
            .map(|operation| (operation.method, operation.path))
            .collect();
        self.operations()
            .into_iter()
            .filter(|operation| !seen.contains(&(operation.method.clone(), operation.path.clone())))
            .map(|operation| format!("{} {}", operation.method, operation.path))
            .collect()
    }

    /// The query parameters that no exchange has.
    pub fn unasked(&self, exchanges: &[Exchange]) -> Vec<String> {
        let mut asked = BTreeSet::new();
        for exchange in exchanges {
            let Some(operation) = self.find(exchange) else {
                continue;
            };
            for (name, _) in &exchange.query {
                let name = name.split('[').next().unwrap_or(name);
                asked.insert(format!("{} {}?{name}", operation.method, operation.path));
            }
        }
        let operations = self.operations();
        let all = operations.iter().flat_map(|operation| {
            let names = self.query_of(operation).into_iter();
            names.map(|parameter| {
                let name = parameter["name"].as_str().unwrap_or_default();
                format!("{} {}?{name}", operation.method, operation.path)
            })
        });
        all.filter(|one| !asked.contains(one)).collect()
    }

    /// The names of all query parameters.
    pub fn query_names(&self) -> BTreeSet<String> {
        let operations = self.operations();
        let all = operations.iter().flat_map(|one| self.query_of(one));
        all.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned()))
            .collect()
    }

    fn query_of<'d>(&'d self, operation: &Operation<'d>) -> Vec<&'d Value> {
        [&operation.value["parameters"], operation.shared]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| self.resolved(parameter))
            .filter(|parameter| parameter["in"] == "query")
            .collect()
    }

    fn find(&self, exchange: &Exchange) -> Option<Operation<'_>> {
        let mut best: Option<(usize, Operation<'_>)> = None;
        for operation in self.operations() {
            if operation.method != exchange.method.as_str() {
                continue;
            }
            let variables = self
                .prefixes_of(&operation.path)
                .iter()
                .filter_map(|prefix| {
                    matches(
                        &format!("{prefix}{}", operation.path),
                        &self.asked(exchange),
                    )
                })
                .min();
            let Some(variables) = variables else { continue };
            // A path without variables comes before one with them (OpenAPI 3.1, 4.8.8.2).
            if best.as_ref().is_none_or(|(fewest, _)| variables < *fewest) {
                best = Some((variables, operation));
            }
        }
        best.map(|(_, operation)| operation)
    }

    fn prefixes_of(&self, path: &str) -> Vec<String> {
        match self.root["paths"][path]["servers"].as_array() {
            Some(_) => vec![String::new()],
            None => self.prefixes.clone(),
        }
    }

    fn asked(&self, exchange: &Exchange) -> String {
        match self.is_ours {
            true => exchange.path.clone(),
            false => exchange.path.replacen("/api/v3.1/", "/api/v3/", 1),
        }
    }

    fn request_faults(&self, operation: &Operation<'_>, exchange: &Exchange) -> Vec<String> {
        let mut faults = Vec::new();
        let parameters = self.query_of(operation);
        for (name, value) in &exchange.query {
            let own = name.split('[').next().unwrap_or(name);
            let Some(parameter) = parameters.iter().find(|parameter| parameter["name"] == own)
            else {
                faults.push(format!("query: {own} is not in the document"));
                continue;
            };
            let schema = &parameter["schema"];
            let allowed = self.resolved(schema)["enum"].as_array();
            if allowed.is_some_and(|allowed| !allowed.contains(&Value::from(value.as_str()))) {
                faults.push(format!("query: {own} has another value"));
            }
        }
        let body = &self.resolved(&operation.value["requestBody"])["content"]["application/json"]["schema"];
        match (&exchange.sent, body.is_null()) {
            (Some(sent), false) => faults.extend(self.validate(body, sent, "request")),
            (Some(sent), true) if sent != &json!({}) && !sent.is_string() => {
                faults.push("request: a body is sent, none is in the document".to_owned());
            }
            _ => {}
        }
        faults
    }

    fn response_faults(&self, operation: &Operation<'_>, exchange: &Exchange) -> Vec<String> {
        let status = exchange.status.as_u16().to_string();
        let response = self.resolved(&operation.value["responses"][&status]);
        if response.is_null() {
            return vec![format!(
                "response {status}: the status is not in the document"
            )];
        }
        let content = response["content"].as_object();
        let Some(answered) = &exchange.answered else {
            let may_be_empty = content.is_none() || exchange.status == StatusCode::NO_CONTENT;
            return match may_be_empty {
                true => Vec::new(),
                false => vec![format!("response {status}: the body is empty")],
            };
        };
        let Some(content) = content else {
            return vec![format!("response {status}: there is a body")];
        };
        let kind = exchange.content_type.as_deref().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let Some(media) = content.get(kind).or_else(|| content.get("*/*")) else {
            return vec![format!(
                "response {status}: the type {kind} is not in the document"
            )];
        };
        match media.get("schema") {
            Some(schema) if kind == "application/json" => {
                self.validate(schema, answered, &format!("response {status}"))
            }
            _ => Vec::new(),
        }
    }

    fn validate(&self, schema: &Value, instance: &Value, part: &str) -> Vec<String> {
        let mut root = match schema {
            Value::Object(members) => members.clone(),
            _ => Map::new(),
        };
        root.insert("components".to_owned(), self.root["components"].clone());
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .build(&Value::Object(root))
            .expect("the schema compiles");
        let faults = validator.iter_errors(instance).map(|fault| {
            let place: Vec<String> = fault
                .instance_path()
                .to_string()
                .split('/')
                .map(|part| {
                    if part.parse::<usize>().is_ok() {
                        "*".to_owned()
                    } else {
                        part.to_owned()
                    }
                })
                .collect();
            let what: String = fault
                .masked_with("the value")
                .to_string()
                .chars()
                .take(120)
                .collect();
            format!("{part}: {}: {what}", place.join("/"))
        });
        faults.collect()
    }

    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(pointer) => self
                .root
                .pointer(pointer.trim_start_matches('#'))
                .expect("the reference leads somewhere"),
            None => value,
        }
    }
}

/// How many variables the template has, if `path` fits it.
fn matches(template: &str, path: &str) -> Option<usize> {
    let template: Vec<&str> = template.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    if template.len() != path.len() {
        return None;
    }
    let mut variables = 0;
    for (own, other) in template.iter().zip(path) {
        if own.starts_with('{') {
            variables += 1;
        } else if *own != other {
            return None;
        }
    }
    Some(variables)
}

/// Writes OpenAPI 3.0's `nullable` and `exclusiveMinimum: true` in the words of JSON Schema 2020-12.
fn modernize(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(modernize),
        Value::Object(members) => {
            members.values_mut().for_each(modernize);
            for bound in ["exclusiveMinimum", "exclusiveMaximum"] {
                if members.get(bound).is_some_and(Value::is_boolean) {
                    members.remove(bound);
                }
            }
            if members.remove("nullable") == Some(Value::Bool(true)) {
                let inner = Value::Object(std::mem::take(members));
                members.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
            }
        }
        _ => {}
    }
}
