//! Small documents for the tests.

use jsonschema::draft202012::meta;
use serde_json::{Value, json};

use crate::{CompileError, Compiled, Integration, ToolPlan, compile};

pub(crate) fn integration(yaml: &str) -> Integration {
    Integration::parse(format!("name: App\nunique_key: app\n{yaml}").as_bytes()).unwrap()
}

/// An app whose users have an API key in the header `X-Key`.
pub(crate) fn app() -> Integration {
    integration(
        "auth_schemes:\n  - auth_mode: API_KEY\n    proxy:\n      headers: {X-Key: '{{api_key}}'}\n",
    )
}

pub(crate) fn document(paths: &Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "App", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1/"}],
        "paths": paths,
    })
}

pub(crate) fn try_compiled(document: &Value) -> Result<Compiled, CompileError> {
    compile(app(), document.to_string().as_bytes(), "20260101_00")
}

pub(crate) fn compiled(document: &Value) -> Compiled {
    try_compiled(document).unwrap()
}

/// A document with one operation, `POST /thing`, that has `members`.
pub(crate) fn one(members: &Value) -> Value {
    let mut operation = json!({"summary": "Do it", "responses": {}});
    for (name, value) in members.as_object().unwrap() {
        operation[name] = value.clone();
    }
    document(&json!({"/thing": {"post": operation}}))
}

pub(crate) fn json_body(schema: &Value) -> Value {
    json!({"requestBody": {"required": true, "content": {"application/json": {"schema": schema}}}})
}

/// The only tool of a document.
pub(crate) fn only(compiled: &Compiled) -> &ToolPlan {
    assert_eq!(compiled.toolkit.tools.len(), 1, "{:?}", compiled.report);
    compiled.toolkit.tools.get_index(0).unwrap()
}

/// The schema of the arguments of a document's only tool.
pub(crate) fn input(document: &Value) -> Value {
    let compiled = compiled(document);
    compiled.toolkit.input_schema(only(&compiled)).to_value()
}

pub(crate) fn assert_valid(schema: &Value) {
    if let Err(error) = meta::validate(schema) {
        panic!("{error} in {schema}");
    }
}
