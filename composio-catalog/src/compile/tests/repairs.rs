//! Overlays and aliases of an `integration.yaml`.

use serde_json::json;

use crate::{CompileError, Integration, compile, tests::documents::document};

fn integration(more: &str) -> Integration {
    Integration::parse(format!("name: App\nunique_key: app\n{more}").as_bytes()).unwrap()
}

fn vendors() -> Vec<u8> {
    let paths = json!({"/a": {"get": {"summary": "Get it", "parameters": [
        {"name": "page", "in": "query", "schema": {"type": "string"}}], "responses": {}}},
        "/b": {"get": {"summary": "Broken", "responses": {}}}});
    document(&paths).to_string().into_bytes()
}

#[test]
fn an_overlay_repairs_the_document_before_it_is_read() {
    let yaml = "overlays:\n  - overlay: 1.0.0\n    actions:\n      \
        - {target: \"$.paths['/a'].get.parameters[0].schema\", update: {type: integer}}\n      \
        - {target: \"$.paths['/b']\", remove: true}\n      - {target: $.paths.*.put, remove: true}\n  \
        - [{op: replace, path: /servers/0/url, value: \"https://mended.example\"}]\n";
    let compiled = compile(integration(yaml), &vendors(), "20260101_00").unwrap();
    let toolkit = &compiled.toolkit;
    assert_eq!(toolkit.base_url.as_deref(), Some("https://mended.example"));
    assert_eq!(toolkit.tools.len(), 1);
    let plan = toolkit.tools.get("APP_GET_IT").unwrap();
    let input = toolkit.input_schema(plan).to_value();
    assert_eq!(input["properties"]["page"]["type"], "integer");
    assert!(toolkit.integration.overlays.is_empty());
    let problems: Vec<&str> = compiled
        .report
        .problems
        .iter()
        .map(|one| &*one.place)
        .collect();
    assert_eq!(problems, ["overlays"], "an action that met nothing is told");
}

#[test]
fn overlays_may_repair_swagger_too() {
    let old =
        json!({"swagger": "2.0", "info": {"title": "Old"}, "host": "old.example", "paths": {}});
    let patch = "overlays: [{op: add, path: /info/version, value: '1'}]";
    let old = old.to_string().into_bytes();
    assert!(compile(integration(patch), &old, "20260101_00").is_ok());
    assert!(compile(integration(""), &old, "20260101_00").is_err());
}

#[test]
fn an_overlay_that_is_not_given_or_fails_is_an_error() {
    for (yaml, why) in [
        ("overlays: fixes.yaml", "fixes.yaml is named and not given"),
        (
            "overlays: [{op: remove, path: /gone}]",
            "operation 0 of the patch",
        ),
        ("overlays: [5]", "neither an OpenAPI Overlay"),
    ] {
        let refused = compile(integration(yaml), &vendors(), "20260101_00").unwrap_err();
        assert!(matches!(refused, CompileError::Integration(_)));
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[test]
fn an_alias_means_a_tool() {
    let yaml = "aliases: {app_fetch_it: app_get_it, APP_GONE: APP_NOTHING, APP_BROKEN: APP_GET_IT}";
    let compiled = compile(integration(yaml), &vendors(), "20260101_00").unwrap();
    let aliases = &compiled.toolkit.integration.aliases;
    assert_eq!(aliases.len(), 1);
    assert_eq!(
        aliases.get("APP_FETCH_IT").map(String::as_str),
        Some("APP_GET_IT")
    );
    assert_eq!(compiled.report.problems.len(), 2, "{:?}", compiled.report);
}
