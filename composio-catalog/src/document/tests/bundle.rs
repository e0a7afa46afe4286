//! Documents that refer to others.

use serde_json::{Value, json};

use crate::{
    Bundle, CompileError, Compiled, ToolPlan,
    tests::documents::{assert_valid, try_compiled},
};

const HOME: &str = "https://desk.example/api/openapi.json";

/// The document that stands alone; what is not among `others` cannot be had.
fn finished(document: &Value, others: &[(&str, Value)]) -> Result<Value, CompileError> {
    let mut bundle = Bundle::new(document.to_string().into_bytes(), HOME)?;
    while let Some(address) = bundle
        .missing()
        .first()
        .map(|address| (*address).to_owned())
    {
        match others.iter().find(|(own, _)| *own == address) {
            Some((_, other)) => bundle.add(&address, other.to_string().into_bytes())?,
            None => bundle.refuse(&address),
        }
    }
    Ok(serde_json::from_slice(&bundle.finish()?).unwrap())
}

fn compiled(document: &Value) -> Compiled {
    let compiled = try_compiled(document).unwrap();
    for plan in compiled.toolkit.tools.values() {
        assert_valid(&compiled.toolkit.input_schema(plan).to_value());
        assert_valid(&compiled.toolkit.output_schema(plan).to_value());
    }
    compiled
}

/// Sorted: in which order objects are read is a feature of the parser's, which any crate may turn on.
fn names(plan: &ToolPlan) -> Vec<&str> {
    let mut names: Vec<&str> = plan.arguments.iter().map(|own| own.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn document(paths: &Value) -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "Desk", "version": "1"}, "servers": [{"url": "/v1"}], "paths": paths})
}

#[test]
fn everything_that_can_be_elsewhere_is_found_there() {
    let document = document(&json!({
        "/ticket": {"$ref": "paths.json#/ticket"},
        "/own": {"get": {"summary": "Own", "parameters": [{"$ref": "parts/more.json#/parameters/page"}],
            "responses": {"200": {"$ref": "parts/more.json#/responses/good"}}}},
    }));
    let paths = json!({"ticket": {"post": {"summary": "Open", "responses": {},
        "requestBody": {"$ref": "parts/more.json#/requestBodies/ticket"}}}});
    let more = json!({
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"$ref": "#/schemas/number"}}},
        "responses": {"good": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/schemas/Ticket"}}}}},
        "requestBodies": {"ticket": {"content": {"application/json": {"schema": {"$ref": "#/schemas/Ticket"}}}}},
        "schemas": {"number": {"type": "integer"}, "Ticket": {"type": "object", "properties": {
            "title": {"type": "string"}, "parent": {"$ref": "#/schemas/Ticket"}, "home": {"$ref": "../paths.json#/home"}}}},
    });
    let paths_too = {
        let mut paths = paths;
        paths["home"] = json!({"type": "string", "description": "Where it lives."});
        paths
    };
    let others = [
        ("https://desk.example/api/paths.json", paths_too),
        ("https://desk.example/api/parts/more.json", more),
    ];
    let alone = finished(&document, &others).unwrap();
    assert!(!alone.to_string().contains(".json#"), "{alone}");
    let compiled = compiled(&alone);
    assert_eq!(
        compiled.toolkit.base_url.as_deref(),
        Some("https://desk.example/v1")
    );
    let tools = &compiled.toolkit.tools;
    let open = tools.get("APP_OPEN").unwrap();
    assert_eq!(names(open), ["home", "parent", "title"]);
    assert_eq!(tools.get("APP_OWN").unwrap().arguments[0].name, "page");
}

#[test]
fn names_that_are_taken_stay_with_whom_had_them() {
    let mut document = document(
        &json!({"/a": {"post": {"summary": "A", "responses": {}, "requestBody": {"content": {
        "application/json": {"schema": {"type": "object", "properties": {
            "own": {"$ref": "#/components/schemas/Pet"}, "one": {"$ref": "one.json#/Pet"}, "two": {"$ref": "two.json#/Pet"}}}}}}}}}),
    );
    document["components"] = json!({"schemas": {"Pet": {"type": "boolean"}}});
    let others = [
        (
            "https://desk.example/api/one.json",
            json!({"Pet": {"type": "integer"}}),
        ),
        (
            "https://desk.example/api/two.json",
            json!({"Pet": {"type": "string"}}),
        ),
    ];
    let alone = finished(&document, &others).unwrap();
    let compiled = compiled(&alone);
    let plan = compiled.toolkit.tools.get("APP_A").unwrap();
    let schema = compiled.toolkit.input_schema(plan).to_value();
    let kind = |name: &str| {
        let reference = schema["properties"][name]["$ref"].as_str().unwrap();
        schema.pointer(&reference[1..]).unwrap()["type"].clone()
    };
    assert_eq!(
        [kind("own"), kind("one"), kind("two")],
        ["boolean", "integer", "string"]
    );
}

#[test]
fn swagger_refers_to_others_too() {
    let document = json!({"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "basePath": "/v2",
        "paths": {"/a": {"$ref": "old.json#/item"}, "/b": {"post": {"summary": "B", "responses": {},
            "parameters": [{"$ref": "old.json#/page"}, {"in": "body", "name": "b", "schema": {"$ref": "old.json#/Pet"}}]}}}});
    let old = json!({
        "item": {"get": {"summary": "A", "responses": {"200": {"description": "ok", "schema": {"$ref": "#/Pet"}}}}},
        "page": {"name": "page", "in": "query", "type": "integer"},
        "Pet": {"type": "object", "properties": {"name": {"type": "string"}, "friend": {"$ref": "#/Pet"}}},
    });
    let alone = finished(&document, &[("https://desk.example/api/old.json", old)]).unwrap();
    let compiled = compiled(&alone);
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
    assert_eq!(
        compiled.toolkit.base_url.as_deref(),
        Some("https://desk.example/v2")
    );
    let add = compiled.toolkit.tools.get("APP_B").unwrap();
    assert_eq!(names(add), ["friend", "name", "page"]);
    assert!(compiled.toolkit.tools.get("APP_A").is_some());
}

#[test]
fn documents_that_refer_to_each_other_end() {
    let document = document(
        &json!({"/a": {"post": {"summary": "A", "responses": {}, "requestBody": {"content": {
        "application/json": {"schema": {"$ref": "one.json#/A"}}}}}}}),
    );
    let one = json!({"A": {"$ref": "two.json#/A"}, "B": {"type": "object", "properties": {"a": {"$ref": "#/B"}}}});
    let two = json!({"A": {"$ref": "one.json#/B"}});
    let others = [
        ("https://desk.example/api/one.json", one),
        ("https://desk.example/api/two.json", two),
    ];
    compiled(&finished(&document, &others).unwrap());
    let turning = json!({"A": {"$ref": "two.json#/A"}});
    let back = json!({"A": {"$ref": "one.json#/A"}});
    let others = [
        ("https://desk.example/api/one.json", turning),
        ("https://desk.example/api/two.json", back),
    ];
    compiled(&finished(&document, &others).unwrap());
}

#[test]
fn what_cannot_be_had_is_told_and_admits_anything() {
    let document = document(
        &json!({"/a": {"post": {"summary": "A", "responses": {}, "requestBody": {"content": {
        "application/json": {"schema": {"type": "object", "properties": {"b": {"$ref": "gone.json#/B"}}}}}}}}}),
    );
    let compiled = compiled(&finished(&document, &[]).unwrap());
    assert_eq!(compiled.toolkit.tools.len(), 1);
    assert!(!compiled.report.is_clean());
    let other = [("https://desk.example/api/gone.json", json!("no document"))];
    assert!(finished(&document, &other).is_ok());
}

#[test]
fn a_document_from_the_network_leads_to_no_file() {
    let document = document(
        &json!({"/a": {"$ref": "file:///etc/passwd"}, "/b": {"$ref": "ftp://x/y"},
        "/c": {"$ref": "http://[/"}, "/d": {"$ref": "https://other.example/x.json#/a/../b"}}),
    );
    let bundle = Bundle::new(document.to_string().into_bytes(), HOME).unwrap();
    assert_eq!(bundle.missing(), ["https://other.example/x.json"]);
    assert!(Bundle::new(Vec::new(), "openapi.json").is_err());
}

#[test]
fn there_is_an_end_to_what_one_document_leads_to() {
    let mut bundle = Bundle::new(br##"{"$ref": "0.json"}"##.to_vec(), HOME).unwrap();
    let mut refused = None;
    for at in 0..100 {
        let Some(address) = bundle
            .missing()
            .first()
            .map(|address| (*address).to_owned())
        else {
            break;
        };
        let next = format!(r##"{{"$ref": "{}.json"}}"##, at + 1);
        if let Err(error) = bundle.add(&address, next.into_bytes()) {
            refused = Some(error);
            break;
        }
    }
    assert!(
        matches!(refused, Some(CompileError::TooLarge(_))),
        "{refused:?}"
    );

    // Each level is referred to, so that copies of copies would grow without end.
    let mut deep = json!({"leaf": "x".repeat(10)});
    let mut references = Vec::new();
    let mut pointer = String::new();
    for at in 0..50 {
        deep = json!({"n": deep, "list": vec![at; 2_000]});
        references.push(json!({"$ref": format!("deep.json#{pointer}")}));
        pointer.push_str("/n");
    }
    let document = document(&json!({"/a": {"get": {"responses": {}, "parameters": references}}}));
    let finished = finished(&document, &[("https://desk.example/api/deep.json", deep)]);
    assert!(
        matches!(finished, Err(CompileError::TooLarge(_))),
        "{:?}",
        finished.is_ok()
    );
}

#[test]
fn a_document_that_stands_alone_is_not_touched() {
    let text = format!(
        " {}\n",
        document(&json!({"/a": {"$ref": "#/x"}}))
            .to_string()
            .replace("/v1", "https://x.example")
    );
    let bundle = Bundle::new(text.clone().into_bytes(), HOME).unwrap();
    assert_eq!(bundle.finish().unwrap(), text.into_bytes());
}

#[test]
fn servers_are_relative_to_where_the_document_was_found() {
    for (servers, base) in [
        (json!([{"url": "/v1"}]), "https://desk.example/v1"),
        (json!([{"url": "./v1"}]), "https://desk.example/api/v1"),
        (json!([{"url": "../v1"}]), "https://desk.example/v1"),
        (json!([]), "https://desk.example"),
        (
            json!([{"url": "/{stage}", "variables": {"stage": {"default": "live"}}}]),
            "https://desk.example/{{stage}}",
        ),
        (
            json!([{"url": "https://{place}.desk.example", "variables": {"place": {"enum": ["eu", "us"]}}}]),
            "https://{{place}}.desk.example",
        ),
    ] {
        let mut document = document(
            &json!({"/a": {"get": {"summary": "A", "servers": [{"url": "/own"}], "responses": {}}}}),
        );
        document["servers"] = servers.clone();
        let compiled = compiled(&finished(&document, &[]).unwrap());
        assert_eq!(
            compiled.toolkit.base_url.as_deref(),
            Some(base),
            "{servers}"
        );
        let plan = compiled.toolkit.tools.get("APP_A").unwrap();
        assert_eq!(
            plan.server.as_deref(),
            Some("https://desk.example/own"),
            "{servers}"
        );
    }
}
