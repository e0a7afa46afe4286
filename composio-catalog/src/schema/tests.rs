use serde_json::{Value, json};

use crate::tests::documents::{assert_valid, compiled, input, json_body, one, only};

/// What becomes of `schema` as a member of a body.
fn written(version: &str, schema: &Value) -> Value {
    let mut document = one(&json_body(
        &json!({"type": "object", "properties": {"x": schema}}),
    ));
    document["openapi"] = json!(version);
    let input = input(&document);
    assert_valid(&input);
    input["properties"]["x"].clone()
}

#[test]
fn schemas_of_3_0_become_2020_12() {
    let cases = [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"nullable": true, "enum": ["a", null]}),
            json!({"enum": ["a", null]}),
        ),
        (json!({"nullable": true}), json!({})),
        (
            json!({"nullable": true, "description": "d", "allOf": [{"type": "string"}]}),
            json!({"description": "d", "anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]}),
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            json!({"type": "integer", "exclusiveMinimum": 1}),
        ),
        (
            json!({"type": "integer", "maximum": 9, "exclusiveMaximum": false}),
            json!({"type": "integer", "maximum": 9}),
        ),
        (
            json!({"type": "string", "example": "a"}),
            json!({"type": "string", "examples": ["a"]}),
        ),
        (
            json!({"type": "object", "xml": {}, "discriminator": {"propertyName": "k"}, "externalDocs": {}, "x-y": 1, "$id": "z"}),
            json!({"type": "object"}),
        ),
        (
            json!({"type": "array", "items": {"type": "boolean"}}),
            json!({"type": "array", "items": {"type": "boolean"}}),
        ),
        (
            json!({"type": "string", "default": null}),
            json!({"type": "string", "default": null}),
        ),
        (
            json!({"additionalProperties": {"type": "string", "nullable": true}}),
            json!({"additionalProperties": {"type": ["string", "null"]}}),
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(written("3.0.3", &schema), expected, "{schema}");
    }
}

#[test]
fn schemas_of_3_1_stay_as_they_are() {
    let schemas = [
        json!({"type": ["string", "null"], "examples": ["a"], "const": "a"}),
        json!({"type": "integer", "exclusiveMinimum": 0, "multipleOf": 0.5}),
        json!({"prefixItems": [{"type": "string"}, true], "items": false, "contains": {"type": "string"}, "minContains": 1}),
        json!({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"minimum": 0}, "not": {"const": 0}}),
        json!({"patternProperties": {"^a": {"type": "string"}}, "propertyNames": {"pattern": "^a"}, "unevaluatedProperties": false}),
        json!({"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": {"required": ["c"]}}}),
        json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png", "deprecated": true, "readOnly": false}),
    ];
    for schema in schemas {
        assert_eq!(written("3.1.0", &schema), schema);
    }
}

#[test]
fn values_of_the_wrong_form_are_dropped_and_the_schema_stays_valid() {
    let cases = [
        (
            json!({"type": "string", "required": true}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "file", "minLength": -1, "maxLength": 2.5}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "int64", "maxLength": 5.0}),
            json!({"type": "integer", "maxLength": 5}),
        ),
        (
            json!({"type": "whatever", "enum": [], "multipleOf": 0}),
            json!({}),
        ),
        (
            json!({"type": ["string", "bogus", "string"], "pattern": 5}),
            json!({"type": "string"}),
        ),
        (
            json!({"properties": [], "allOf": [], "oneOf": {}, "items": 3, "description": ["d"]}),
            json!({}),
        ),
        (
            json!({"required": ["a", "a", 1]}),
            json!({"required": ["a"]}),
        ),
        (
            json!({"items": [{"type": "string"}]}),
            json!({"prefixItems": [{"type": "string"}]}),
        ),
        (
            json!({"properties": {"a": 5, "b": null, "c": true}}),
            json!({"properties": {"a": {}, "b": {}, "c": true}}),
        ),
        (json!("text"), json!({})),
    ];
    for (schema, expected) in cases {
        for version in ["3.0.0", "3.1.1"] {
            assert_eq!(written(version, &schema), expected, "{schema} in {version}");
        }
    }
}

#[test]
fn long_texts_and_examples_are_cut() {
    let schema = json!({
        "description": "word ".repeat(1_000),
        "examples": ["x".repeat(500), {"$ref": "#/components/examples/A"}, "a", "b", "c", "d"],
        "default": "x".repeat(5_000),
    });
    let written = written("3.1.0", &schema);
    assert!(written["description"].as_str().unwrap().len() <= 1_024);
    assert_eq!(written["examples"], json!(["a", "b", "c"]));
    assert_eq!(written["default"].as_str().unwrap().len(), 5_000);
}

fn with_schemas(version: &str, body: &Value, schemas: &Value) -> Value {
    let mut document = one(&json_body(
        &json!({"type": "object", "properties": {"x": body}}),
    ));
    document["openapi"] = json!(version);
    document["components"] = json!({"schemas": schemas});
    document
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn references_carry_what_they_need_and_no_more() {
    let schemas = json!({
        "A": {"type": "object", "properties": {"b": reference("B")}},
        "B": {"type": "string"},
        "Unused": {"type": "string"},
    });
    let input = input(&with_schemas("3.0.0", &reference("A"), &schemas));
    assert_eq!(input["properties"]["x"], json!({"$ref": "#/$defs/A"}));
    assert_eq!(
        input["$defs"],
        json!({"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"type": "string"}})
    );
}

#[test]
fn recursion_is_kept_and_validates() {
    let schemas = json!({"Node": {"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": reference("Node")}}}});
    let input = input(&with_schemas("3.0.0", &reference("Node"), &schemas));
    let validator = jsonschema::draft202012::new(&input).unwrap();
    assert!(
        validator
            .is_valid(&json!({"x": {"name": "a", "children": [{"name": "b", "children": []}]}}))
    );
    assert!(!validator.is_valid(&json!({"x": {"name": "a", "children": [{}]}})));
}

#[test]
fn siblings_of_a_reference_count_in_3_1_only() {
    let schemas = json!({"A": {"type": "string"}});
    let body = json!({"$ref": "#/components/schemas/A", "description": "d", "nullable": true});
    let old = input(&with_schemas("3.0.3", &body, &schemas));
    assert_eq!(old["properties"]["x"], json!({"$ref": "#/$defs/A"}));
    let body = json!({"$ref": "#/components/schemas/A", "description": "d"});
    let new = input(&with_schemas("3.1.0", &body, &schemas));
    assert_eq!(
        new["properties"]["x"],
        json!({"$ref": "#/$defs/A", "description": "d"})
    );
}

#[test]
fn names_are_made_safe_and_stay_apart() {
    let schemas =
        json!({"a b": {"type": "string"}, "a/b": {"type": "integer"}, "日本": {"type": "null"}});
    let body = json!({"anyOf": [reference("a b"), reference("a~1b"), reference("日本")]});
    let input = input(&with_schemas("3.1.0", &body, &schemas));
    let definitions = input["$defs"].as_object().unwrap();
    assert_eq!(definitions.len(), 3);
    assert_eq!(definitions["a_b"], json!({"type": "string"}));
    for name in definitions.keys() {
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)),
            "{name}"
        );
    }
    jsonschema::draft202012::new(&input).unwrap();
}

#[test]
fn references_into_paths_and_through_aliases_resolve() {
    let mut document = with_schemas(
        "3.0.0",
        &reference("Alias"),
        &json!({
            "Alias": {"$ref": "#/paths/~1thing/post/responses/200/content/application~1json/schema"},
        }),
    );
    document["paths"]["/thing"]["post"]["responses"] =
        json!({"200": {"content": {"application/json": {"schema": {"type": "integer"}}}}});
    let input = input(&document);
    let target = input["properties"]["x"]["$ref"].as_str().unwrap();
    assert_eq!(
        input.pointer(&target[1..]),
        Some(&json!({"type": "integer"}))
    );
}

#[test]
fn what_does_not_resolve_admits_everything_and_is_reported_once() {
    let body = json!({"type": "object", "properties": {
        "a": reference("None"), "b": reference("None"), "c": {"$ref": "other.yaml#/X"}, "d": reference("Loop"),
        "e": {"oneOf": [reference("None"), {"type": "string"}]}, "f": {"not": reference("None")},
    }});
    let document = with_schemas(
        "3.0.0",
        &body,
        &json!({"Loop": reference("Pool"), "Pool": reference("Loop")}),
    );
    let compiled = compiled(&document);
    let problems: Vec<_> = compiled
        .report
        .problems
        .iter()
        .map(|one| one.problem.as_str())
        .collect();
    assert_eq!(
        problems,
        [
            "points to nothing",
            "points out of the document, which is not followed",
            "leads back to itself"
        ]
    );
    let schema = compiled.toolkit.input_schema(only(&compiled)).to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert!(
            validator.is_valid(&json!({"x": {name: "text"}})),
            "{name} in {schema}"
        );
    }
}

#[test]
fn circles_that_judge_one_value_are_cut_where_it_costs_least() {
    let schemas = json!({
        "Pet": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
            "oneOf": [reference("Cat"), reference("Dog")]},
        "Cat": {"allOf": [reference("Pet"), {"properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [reference("Pet"), {"properties": {"tricks": {"type": "array"}}}]},
        "Self": {"allOf": [reference("Self")], "type": "object"},
        "One": {"not": reference("Two"), "type": "object"},
        "Two": {"anyOf": [reference("One")]},
    });
    for name in ["Pet", "Cat", "Self", "One", "Two"] {
        let input = input(&with_schemas("3.1.0", &reference(name), &schemas));
        let validator = jsonschema::draft202012::new(&input).unwrap();
        let cat = json!({"x": {"kind": "cat", "lives": 9}});
        assert!(validator.is_valid(&cat), "{name}: {input}");
        if name == "Cat" {
            assert!(!validator.is_valid(&json!({"x": {"lives": 9}})));
            assert!(!validator.is_valid(&json!({"x": {"kind": "cat", "lives": "nine"}})));
        }
    }
}

#[test]
fn a_property_named_like_a_keyword_is_a_property() {
    let schema = json!({"type": "object", "properties": {
        "$ref": {"type": "string"}, "nullable": {"type": "boolean"}, "x-y": {"type": "string"}, "example": {"type": "string"},
    }});
    for version in ["3.0.3", "3.1.0"] {
        assert_eq!(written(version, &schema), schema);
    }
}

#[test]
fn data_that_looks_like_a_reference_pulls_nothing_in() {
    let schemas = json!({"A": {"type": "string"}});
    let body = json!({"type": "string", "description": "\"$ref\":\"#/$defs/A\"", "default": "\"$ref\":\"#/$defs/A\""});
    let input = input(&with_schemas("3.1.0", &body, &schemas));
    assert_eq!(input.get("$defs"), None);
}
