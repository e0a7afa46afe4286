//! What OpenAPI 3.2 has that 3.1 has not.

use serde_json::{Value, json};

use crate::{
    BodyEncoding, Location, Style,
    tests::documents::{assert_valid, compiled, document, only},
};

fn newer(paths: &Value) -> Value {
    let mut document = document(paths);
    document["openapi"] = json!("3.2.0");
    document
}

#[test]
fn a_query_is_a_tool_that_only_reads_and_has_a_body() {
    let body = json!({"content": {"application/json": {"schema": {
        "type": "object", "required": ["words"], "properties": {"words": {"type": "string"}}}}}});
    let compiled = compiled(&newer(&json!({"/notes": {"query": {
        "summary": "Search notes", "requestBody": body, "responses": {}}}})));
    let plan = only(&compiled);
    assert_eq!((&*plan.slug, &*plan.method), ("APP_SEARCH_NOTES", "QUERY"));
    assert_eq!(plan.body.as_ref().unwrap().encoding, BodyEncoding::Json);
    assert!(plan.idempotent);
    for tag in ["readOnlyHint", "idempotentHint"] {
        assert!(plan.tags.iter().any(|own| own == tag), "{:?}", plan.tags);
    }
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
}

#[test]
fn operations_of_methods_that_are_not_sent_are_skipped_with_a_reason() {
    let compiled = compiled(&newer(&json!({"/notes": {
        "get": {"summary": "Get notes", "responses": {}},
        "trace": {"summary": "Trace", "responses": {}},
        "additionalOperations": {"LINK": {"responses": {}}, "\u{202e}X": {"responses": {}}},
    }})));
    assert_eq!(only(&compiled).slug, "APP_GET_NOTES");
    let skipped: Vec<&str> = compiled
        .report
        .skipped
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(skipped, ["TRACE /notes", "LINK /notes", "X /notes"]);
    assert!(compiled.report.skipped[0].problem.contains("not sent"));
}

#[test]
fn a_whole_query_is_an_object_of_its_pairs_and_one_of_another_kind_is_reported() {
    let whole = |kind: &str| {
        json!({"name": "q", "in": "querystring", "required": true, "content": {kind: {"schema": {
        "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}}}})
    };
    let paths = |kind| json!({"/notes": {"get": {"summary": "Get notes", "parameters": [whole(kind)], "responses": {}}}});
    let good = compiled(&newer(&paths("application/x-www-form-urlencoded")));
    let [argument] = only(&good).arguments.as_slice() else {
        panic!("{:?}", only(&good).arguments);
    };
    assert_eq!(
        (argument.location, argument.style, argument.explode),
        (Location::Query, Style::Form, true)
    );
    assert_eq!((&argument.media_type, argument.required), (&None, true));
    assert!(good.report.is_clean(), "{:?}", good.report);
    let other = compiled(&newer(&paths("application/jsonpath")));
    assert!(only(&other).arguments.is_empty());
    assert_eq!(other.report.problems.len(), 1);
}

#[test]
fn media_types_that_stand_among_the_components_are_found() {
    let media = json!({"application/json": {"$ref": "#/components/mediaTypes/Note"}});
    let parameter = json!({"name": "filter", "in": "query", "content": media});
    let mut document = newer(
        &json!({"/notes": {"post": {"summary": "Make", "parameters": [parameter],
        "requestBody": {"required": true, "content": media},
        "responses": {"200": {"description": "ok", "content": media}}}}}),
    );
    document["components"] = json!({"mediaTypes": {"Note": {"schema": {
        "type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}}}});
    let compiled = compiled(&document);
    let plan = only(&compiled);
    let input = compiled.toolkit.input_schema(plan).to_value();
    assert_valid(&input);
    assert_eq!(input["properties"]["title"]["type"], "string");
    let filter = &input["properties"]["filter"]["properties"];
    assert_eq!(filter["title"]["type"], "string");
    let output = compiled.toolkit.output_schema(plan).to_value();
    assert_eq!(output["required"], json!(["title"]));
}
