use serde_json::{Value, json};

use super::{Dialect, LossKind, NameMap, Validator, coerce, names::NAME_LIMIT};
use crate::Arguments;

fn coerced(schema: &Value, mut arguments: Value) -> Value {
    coerce(schema, arguments.as_object_mut().unwrap());
    arguments
}

#[test]
fn what_a_model_meant_becomes_what_the_schema_says() {
    let schema = json!({"type": "object", "properties": {
        "count": {"type": "integer"}, "on": {"type": "boolean"}, "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}}, "point": {"$ref": "#/$defs/Point"},
        "note": {"type": "string"}, "maybe": {"type": ["string", "null"]},
    }, "required": ["name"], "$defs": {"Point": {"type": "object", "properties": {"x": {"type": "number"}}}}});
    let given = json!({"count": "5", "on": "true", "name": 7, "tags": "one", "point": "{\"x\":\"1.5\"}", "note": null, "maybe": null});
    let meant = json!({"count": 5, "on": true, "name": "7", "tags": ["one"], "point": {"x": 1.5}, "maybe": null});
    assert_eq!(coerced(&schema, given), meant);
    assert_eq!(coerced(&schema, meant.clone()), meant);
}

#[test]
fn a_text_that_looks_like_a_number_stays_a_text() {
    let schema = json!({"properties": {"id": {"type": "string"}, "any": {}}});
    let given = json!({"id": "007", "any": "5"});
    assert_eq!(coerced(&schema, given.clone()), given);
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let schema = json!({"properties": {"a": {"$ref": "#/properties/a"}}});
    assert_eq!(coerced(&schema, json!({"a": "x"})), json!({"a": "x"}));
}

#[test]
fn every_fault_is_named_and_no_value_is_repeated() {
    let validator = Validator::of_value(
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}),
    );
    let fault = |arguments: Value| {
        validator
            .check(&mut Arguments::try_from(arguments).unwrap())
            .unwrap_err()
            .to_string()
    };
    let both = fault(json!({"c": 1}));
    assert!(
        both.contains("`a` is required") && both.contains("`c` is not an argument"),
        "{both}"
    );
    let wrong = fault(json!({"a": "x", "b": "hunter2"}));
    assert!(
        wrong.contains("/b") && !wrong.contains("hunter2"),
        "{wrong}"
    );
    assert!(validator.check(&mut Arguments::new().set("a", "x")).is_ok());
}

#[test]
fn names_are_accepted_by_every_model_and_come_back() {
    let mut map = NameMap::default();
    let long = "GITHUB_".repeat(12);
    let names = [
        map.assign("GITHUB_A", 0),
        map.assign(&long, 1),
        map.assign(&format!("{long}X"), 2),
        map.assign("bad.name", 3),
        map.assign("GITHUB_A", 4),
        map.assign("", 5),
    ];
    for (position, name) in names.iter().enumerate() {
        assert!(name.len() <= NAME_LIMIT && !name.is_empty());
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        );
        assert_eq!(map.position(name), Some(position));
    }
    assert_eq!(names[0], "GITHUB_A");
    assert_eq!(
        names[1],
        NameMap::default().assign(&long, 0),
        "the same slug always has the same short name"
    );
}

#[test]
fn gemini_tools_begin_with_a_letter_and_a_shorter_limit_is_kept() {
    let mut map = NameMap::new(Dialect::Gemini, NAME_LIMIT);
    assert!(map.assign("2CHAT_SEND", 0).starts_with("_2CHAT_SEND"));
    let mut map = NameMap::new(Dialect::Mcp, 20);
    assert_eq!(map.assign("GITHUB_A", 0), "GITHUB_A");
    assert_eq!(map.assign(&"GITHUB_".repeat(4), 1).len(), 20);
}

const ALL: [Dialect; 8] = [
    Dialect::JsonSchema,
    Dialect::OpenAi,
    Dialect::OpenAiStrict,
    Dialect::OpenAiStrictRequired,
    Dialect::Anthropic,
    Dialect::Gemini,
    Dialect::GeminiLegacy,
    Dialect::Mcp,
];

#[test]
fn older_spellings_are_brought_up_to_date_without_a_loss() {
    let given = json!({
        "$schema": "http://json-schema.org/draft-07/schema#", "id": "x", "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": 0, "exclusiveMinimum": true, "required": true},
            "b": {"type": "string", "nullable": true, "enum": ["x"]},
            "c": {"$ref": "#/definitions/C", "x-nullable": true},
            "d": {"type": "array", "items": [{"type": "string"}], "additionalItems": {"type": "any"}},
            "e": {"type": ["STRING", "str"]},
        },
        "required": ["a", "a"], "dependencies": {"a": ["b"]}, "definitions": {"C": {"type": "string"}},
    });
    let compiled = Dialect::JsonSchema.compile(given);
    assert!(compiled.losses.is_empty(), "{:?}", compiled.losses);
    assert_eq!(
        compiled.schema,
        json!({
            "type": "object",
            "properties": {
                "a": {"type": "integer", "exclusiveMinimum": 0},
                "b": {"type": ["string", "null"], "enum": ["x", null]},
                "c": {"anyOf": [{"$ref": "#/definitions/C"}, {"type": "null"}]},
                "d": {"type": "array", "prefixItems": [{"type": "string"}], "items": {}},
                "e": {"type": "string"},
            },
            "required": ["a"], "dependentRequired": {"a": ["b"]}, "definitions": {"C": {"type": "string"}},
        })
    );
}

#[test]
fn what_is_no_schema_is_taken_out_and_reported() {
    let given = json!({
        "type": "object", "properties": {
            "a": 5, "b": {"type": "thing"}, "c": {"$ref": "http://example.com/c.json"}, "d": {"minLength": "x"},
            "e": {"enum": []},
        },
    });
    let compiled = Dialect::JsonSchema.compile(given);
    assert_eq!(
        compiled.schema["properties"],
        json!({"a": {}, "b": {}, "c": {}, "d": {}, "e": {}})
    );
    let paths: Vec<&str> = compiled
        .losses
        .iter()
        .map(|loss| loss.path.as_str())
        .collect();
    for name in ["a", "b", "c", "d", "e"] {
        assert!(
            paths.contains(&format!("/properties/{name}").as_str()),
            "{name}: {paths:?}"
        );
    }
    for dialect in ALL {
        let compiled = dialect.compile(Value::Null);
        assert_eq!(compiled.losses[0].kind, LossKind::Broken, "{dialect:?}");
    }
}

#[test]
fn alternatives_at_the_root_become_one_object_with_all_of_their_arguments() {
    let given = json!({
        "anyOf": [
            {"type": "object", "properties": {"id": {"type": "string"}, "x": {"type": "string"}}, "required": ["id", "x"]},
            {"type": "object", "properties": {"name": {"type": "string"}, "x": {"type": "integer"}}, "required": ["x"]},
        ],
    });
    for dialect in [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini] {
        let compiled = dialect.compile(given.clone());
        assert_eq!(
            compiled.schema,
            json!({
                "type": "object", "required": ["x"],
                "properties": {
                    "id": {"type": "string"}, "name": {"type": "string"},
                    "x": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                },
            }),
            "{dialect:?}"
        );
        assert_eq!(compiled.losses.len(), 1);
        assert_eq!(
            (compiled.losses[0].path.as_str(), compiled.losses[0].kind),
            ("/anyOf", LossKind::Merged)
        );
    }
    assert!(Dialect::Mcp.compile(given).losses.is_empty());
}

/// Names of all kinds, the worst of them long and equal but for their ends, or for what is not kept.
fn hundred_thousand_names() -> Vec<String> {
    let stems = [
        "GITHUB_LIST_REPOSITORIES",
        "A_NAME_THAT_IS_LONGER_THAN_ANY_MODEL_TAKES_AND_THAT_ANOTHER_TOOL_ALSO_BEGINS_WITH",
        "größe ändern; DROP TABLE tools; --",
        "../../etc/passwd {{api_key}}",
        "\u{1F980}\u{200B}",
        "",
    ];
    (0..100_000_usize)
        .map(|at| {
            let stem = stems[at % stems.len()];
            match at % 3 {
                0 => format!("{stem}_{at}"),
                1 => format!("{at} {stem}"),
                // Twice the same name: two apps may have one.
                _ => format!("{stem}{}", at / 6 * 6),
            }
        })
        .collect()
}

#[test]
fn no_two_of_a_hundred_thousand_names_are_equal_or_too_long_and_each_leads_back() {
    let wanted = hundred_thousand_names();
    for (dialect, limit) in [
        (Dialect::OpenAi, NAME_LIMIT),
        (Dialect::OpenAi, 60),
        (Dialect::Gemini, NAME_LIMIT),
    ] {
        let mut names = NameMap::new(dialect, limit);
        let given: Vec<String> = wanted
            .iter()
            .enumerate()
            .map(|(position, name)| names.assign(name, position))
            .collect();
        for (position, name) in given.iter().enumerate() {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            assert!(name.len() <= limit && name.bytes().all(is_plain), "{name}");
            assert_eq!(names.position(name), Some(position), "{name}");
        }
        assert_eq!(names.position("NO_SUCH_NAME"), None);
    }
}

#[test]
fn names_of_properties_that_a_family_refuses_are_changed_and_come_back() {
    let long = "a".repeat(70);
    let given = json!({
        "type": "object", "properties": {
            "$top": {"type": "integer"}, "top": {"type": "string"}, "filter[id]": {"type": "string"}, &long: {"type": "string"},
            "self": {"$ref": "#/properties/filter[id]"},
        },
        "required": ["$top", &long],
    });
    let compiled = Dialect::Anthropic.compile(given.clone());
    let properties = compiled.schema["properties"].as_object().unwrap();
    assert!(properties.contains_key("filter_id") && properties.contains_key("top"));
    let sent: serde_json::Map<String, Value> = properties
        .keys()
        .map(|name| (name.clone(), json!(name)))
        .collect();
    assert!(
        sent.keys()
            .all(|name| name.len() <= 64 && !name.contains(['$', '[']))
    );
    let back = compiled.restore(Value::Object(sent));
    let own: Vec<&String> = given["properties"].as_object().unwrap().keys().collect();
    assert_eq!(back.as_object().unwrap().keys().collect::<Vec<_>>(), own);
    assert!(compiled.losses.is_empty());
    let reference = compiled
        .schema
        .pointer("/properties/self/$ref")
        .unwrap()
        .as_str()
        .unwrap();
    assert!(
        compiled.schema.pointer(&reference[1..]).is_some(),
        "{reference}"
    );
}

#[test]
fn gemini_is_shown_parts_as_one_and_needs_nothing_that_contains_itself() {
    let given = json!({
        "type": "object", "properties": {"node": {"allOf": [{"$ref": "#/$defs/Node"}], "description": "the first"}}, "required": ["node"],
        "$defs": {"Node": {"allOf": [
            {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}, "required": ["next"]},
            {"properties": {"name": {"const": "x"}}},
        ]}},
    });
    let compiled = Dialect::Gemini.compile(given);
    assert_eq!(
        compiled.schema,
        json!({
            "type": "object", "required": [],
            "properties": {"node": {"anyOf": [{"$ref": "#/$defs/Node"}], "description": "the first"}},
            "$defs": {"Node": {
                "type": "object", "required": [],
                "properties": {"next": {"$ref": "#/$defs/Node"}, "name": {"enum": ["x"]}},
            }},
        })
    );
    assert!(
        compiled
            .losses
            .iter()
            .all(|loss| loss.kind == LossKind::Rule)
            && compiled.losses.len() == 2
    );
}

fn chain(length: usize, link: impl Fn(String) -> Value) -> Value {
    let mut definitions = serde_json::Map::new();
    for n in 0..length {
        definitions.insert(format!("d{n}"), link(format!("#/$defs/d{}", n + 1)));
    }
    definitions.insert(format!("d{length}"), json!({"type": "string"}));
    json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": definitions})
}

#[test]
fn hostile_schemas_end_soon_in_every_dialect() {
    let wide = |next: String| json!({"type": "object", "properties": {"l": {"$ref": next}, "r": {"$ref": next}}});
    let parts =
        |next: String| json!({"allOf": [{"$ref": next}, {"$ref": next}, {"type": "object"}]});
    let ways = |next: String| json!({"anyOf": [{"$ref": next}, {"$ref": next}], "required": ["x"]});
    let mut deep = json!({});
    for _ in 0..300 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    let hostile = [
        chain(20_000, |next| json!({"$ref": next})),
        chain(
            20_000,
            |next| json!({"allOf": [{"$ref": next}], "minLength": 1}),
        ),
        chain(200, wide),
        chain(200, parts),
        chain(200, ways),
        deep,
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}], "anyOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        json!({"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}}),
    ];
    for (number, schema) in hostile.into_iter().enumerate() {
        for dialect in ALL {
            let started = std::time::Instant::now();
            let compiled = dialect.compile(schema.clone());
            assert!(started.elapsed().as_secs() < 10, "{number} {dialect:?}");
            let size = compiled.schema.to_string().len();
            assert!(size < 12_000_000, "{number} {dialect:?}: {size} bytes");
        }
    }
}

#[test]
fn a_text_nested_too_deep_to_be_read_is_reported_and_not_emptied_silently() {
    let depth = 100_000;
    let text = format!(
        "{}{}",
        r#"{"properties":{"a":"#.repeat(depth),
        "}}".repeat(depth)
    );
    let text = text.replacen(r#"":}"#, r#"":{}}"#, 1);
    let raw = crate::models::RawJson::parse(text).unwrap();
    let compiled = Dialect::OpenAiStrict.compile(raw.to_value());
    assert_eq!(compiled.losses[0].kind, LossKind::Broken);
}
