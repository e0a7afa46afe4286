use serde_json::{Value, json};

use crate::schema::{CompiledSchema, Dialect, LossKind};

#[expect(clippy::needless_pass_by_value, reason = "`json!` at the call")]
fn strict(properties: Value, required: Value) -> CompiledSchema {
    let schema = json!({"type": "object", "properties": properties, "required": required});
    Dialect::OpenAiStrict.compile(schema)
}

fn kinds(compiled: &CompiledSchema) -> Vec<(&str, LossKind)> {
    compiled
        .losses
        .iter()
        .map(|loss| (loss.path.as_str(), loss.kind))
        .collect()
}

#[test]
fn optional_arguments_become_nullable_and_their_nulls_go_away() {
    let compiled = strict(
        json!({"a": {"type": "string"}, "b": {"type": "string", "enum": ["x", "y"]}, "c": {"type": "integer"}}),
        json!(["a"]),
    );
    assert_eq!(compiled.strict, Some(true));
    assert_eq!(
        compiled.schema,
        json!({
            "type": "object", "additionalProperties": false, "required": ["a", "b", "c"],
            "properties": {
                "a": {"type": "string"},
                "b": {"type": ["string", "null"], "enum": ["x", "y", null]},
                "c": {"type": ["integer", "null"]},
            },
        })
    );
    assert!(compiled.losses.is_empty());
    let written = json!({"a": "1", "b": null, "c": null});
    assert_eq!(compiled.restore(written), json!({"a": "1"}));
}

#[test]
fn a_null_that_means_something_is_reported_unless_it_is_the_default() {
    let compiled = strict(
        json!({
            "milestone": {"type": ["integer", "null"]},
            "label": {"type": ["string", "null"], "default": null},
            "needed": {"type": ["string", "null"]},
        }),
        json!(["needed"]),
    );
    assert_eq!(
        kinds(&compiled),
        [("/properties/milestone", LossKind::Null)]
    );
    let written = json!({"milestone": null, "label": null, "needed": null});
    assert_eq!(compiled.restore(written), json!({"needed": null}));
}

#[test]
fn objects_of_any_shape_are_written_as_text_and_come_back() {
    let compiled = strict(
        json!({
            "inputs": {"type": "object"}, "value": {},
            "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
        }),
        json!(["inputs", "value", "labels"]),
    );
    assert_eq!(
        kinds(&compiled),
        [
            ("/properties/inputs", LossKind::Text),
            ("/properties/value", LossKind::Text)
        ]
    );
    let written = json!({
        "inputs": "{\"deep\": {\"a\": [1]}}", "value": "[true]",
        "labels": [{"name": "one", "value": 1}, {"name": "two", "value": 2}],
    });
    let meant =
        json!({"inputs": {"deep": {"a": [1]}}, "value": [true], "labels": {"one": 1, "two": 2}});
    assert_eq!(compiled.restore(written), meant);
    let words = json!({"inputs": "no JSON", "value": "plain words", "labels": []});
    let kept = json!({"inputs": "no JSON", "value": "plain words", "labels": {}});
    assert_eq!(
        compiled.restore(words),
        kept,
        "what cannot be read is left for the check"
    );
}

#[test]
fn alternatives_come_back_by_what_they_look_like() {
    let compiled = strict(
        json!({"who": {"oneOf": [
            {"type": "object", "properties": {"kind": {"const": "user"}, "extra": {"type": "object"}}, "required": ["kind"]},
            {"type": "object", "properties": {"kind": {"const": "team"}, "size": {"type": "integer"}}, "required": ["kind"]},
            {"type": "string"},
        ]}}),
        json!(["who"]),
    );
    assert_eq!(
        kinds(&compiled),
        [("/properties/who/oneOf/0/properties/extra", LossKind::Text)]
    );
    for (written, meant) in [
        (
            json!({"kind": "user", "extra": "{\"a\":1}"}),
            json!({"kind": "user", "extra": {"a": 1}}),
        ),
        (
            json!({"kind": "team", "size": null}),
            json!({"kind": "team"}),
        ),
        (json!("octocat"), json!("octocat")),
    ] {
        assert_eq!(
            compiled.restore(json!({"who": written})),
            json!({"who": meant})
        );
    }
}

#[test]
fn parts_and_siblings_are_merged_and_what_was_said_beside_a_reference_wins() {
    let compiled = Dialect::OpenAiStrict.compile(json!({
        "type": "object",
        "properties": {
            "point": {"$ref": "#/$defs/Point", "description": "where"},
            "both": {"allOf": [{"$ref": "#/$defs/Point"}, {"properties": {"z": {"type": "number"}}, "required": ["z"]}]},
        },
        "required": ["point", "both"],
        "$defs": {"Point": {"type": "object", "description": "a point", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
    }));
    let properties = &compiled.schema["properties"];
    assert_eq!(
        properties["point"],
        json!({"anyOf": [{"$ref": "#/$defs/Point"}], "description": "where"})
    );
    assert_eq!(properties["both"]["required"], json!(["x", "z"]));
    assert_eq!(compiled.schema["$defs"]["Point"]["description"], "a point");
    assert!(compiled.losses.is_empty(), "{:?}", compiled.losses);
}

#[test]
fn a_schema_that_contains_itself_stays_one_where_it_may_and_ends_in_text_where_it_may_not() {
    let tree = json!({
        "type": "object", "properties": {"root": {"$ref": "#/$defs/Node"}}, "required": ["root"],
        "$defs": {"Node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}}, "required": ["name"],
        }},
    });
    let compiled = Dialect::OpenAiStrict.compile(tree.clone());
    assert!(compiled.losses.is_empty());
    let written = json!({"root": {"name": "a", "next": {"name": "b", "next": null}}});
    let meant = json!({"root": {"name": "a", "next": {"name": "b"}}});
    assert_eq!(compiled.restore(written), meant);

    let compiled = Dialect::GeminiLegacy.compile(tree);
    assert_eq!(
        kinds(&compiled),
        [("/$defs/Node/properties/next", LossKind::Recursion)]
    );
    let written = json!({"root": {"name": "a", "next": "{\"name\": \"b\"}"}});
    assert_eq!(compiled.restore(written), meant);
}

#[test]
fn a_tool_that_does_not_fit_falls_back_alone_and_says_why() {
    let many: serde_json::Map<_, _> = (0..5_001)
        .map(|n| (format!("p{n}"), json!({"type": "string"})))
        .collect();
    let mut deep = json!({"type": "string"});
    for _ in 0..12 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    let choices: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let cases = [
        (
            json!({"type": "object", "properties": many}),
            "5001 properties",
        ),
        (deep, "levels"),
        (
            json!({"type": "object", "properties": {"a": {"enum": choices}}}),
            "1002 values",
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            "arguments of any name",
        ),
    ];
    for (schema, why) in cases {
        let compiled = Dialect::OpenAiStrict.compile(schema.clone());
        assert_eq!(compiled.strict, Some(false), "{why}");
        assert!(
            compiled
                .fallback
                .as_ref()
                .is_some_and(|reason| reason.contains(why)),
            "{compiled:?}"
        );
        assert_eq!(compiled.schema, Dialect::OpenAi.compile(schema).schema);
    }
}

#[test]
fn only_required_arguments_are_shown_where_that_is_wanted() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]});
    let compiled = Dialect::OpenAiStrictRequired.compile(schema);
    assert_eq!(
        compiled.schema["properties"],
        json!({"a": {"type": "string"}})
    );
    assert_eq!(kinds(&compiled), [("/properties/b", LossKind::LeftOut)]);
}

#[test]
fn rules_that_are_not_known_are_told_in_words_and_reported() {
    let compiled = strict(
        json!({"name": {"type": "string", "description": "A name", "maxLength": 20, "default": "x", "format": "uri"}}),
        json!(["name"]),
    );
    assert_eq!(
        compiled.schema["properties"]["name"],
        json!({"type": "string", "description": "A name [format: uri; maxLength: 20; default: \"x\"]"})
    );
    assert_eq!(kinds(&compiled), [("/properties/name", LossKind::Rule)]);
}

#[test]
fn gemini_is_shown_its_own_words() {
    let compiled = Dialect::GeminiLegacy.compile(json!({
        "type": "object",
        "properties": {
            "level": {"enum": [1, 2]}, "tags": {"type": "array"}, "when": {"type": ["string", "null"], "format": "date-time"},
            "count": {"type": "integer", "exclusiveMinimum": 0},
            "bad name": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "either"},
        },
        "required": ["level"],
    }));
    assert_eq!(
        compiled.schema,
        json!({
            "type": "OBJECT", "required": ["level"],
            "properties": {
                "level": {"type": "STRING", "enum": ["1", "2"]},
                "tags": {"type": "ARRAY", "items": {"type": "STRING", "description": "[any JSON value, written as JSON text]"}},
                "when": {"type": "STRING", "format": "date-time", "nullable": true},
                "count": {"type": "INTEGER", "minimum": 1},
                "bad_name": {"anyOf": [{"type": "STRING", "description": "either"}, {"type": "INTEGER"}]},
            },
        })
    );
    assert_eq!(kinds(&compiled), [("/properties/tags", LossKind::Text)]);
    let written = json!({"level": "2", "tags": ["1", "a"], "bad_name": 5});
    assert_eq!(
        compiled.restore(written),
        json!({"level": 2, "tags": [1, "a"], "bad name": 5})
    );
}

#[test]
fn arguments_of_any_name_are_one_text_for_gemini() {
    let compiled =
        Dialect::GeminiLegacy.compile(json!({"type": "object", "additionalProperties": true}));
    assert_eq!(kinds(&compiled), [("", LossKind::Text)]);
    let written = json!({"arguments": "{\"a\": 1}"});
    assert_eq!(compiled.restore(written), json!({"a": 1}));
}
