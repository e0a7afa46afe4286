//! Complaints of other libraries' users, each as a small schema of our own that showed the same fault.

use composio_core::{CompiledSchema, Dialect, LossKind};
use composio_tests::suite::Outcome;
use serde_json::{Value, json};

use crate::{
    corpus::{ALL, emptied},
    rules,
    way_back::{self, Original},
};

/// One complaint: where it stands, the schema, and what must hold beyond the family's own rules.
pub struct Regression {
    pub name: &'static str,
    pub schema: fn() -> Value,
    pub holds: fn(Dialect, &CompiledSchema) -> bool,
}

/// Every family's rules, the way back, and that nothing is gone without a word.
pub fn hold(regression: &Regression) -> Outcome {
    let schema = (regression.schema)();
    let original = Original::new(&schema);
    for dialect in ALL {
        let compiled = dialect.compile(schema.clone());
        let mut faults = rules::faults(dialect, &compiled);
        faults.extend(emptied(&schema, &compiled));
        if let Some(original) = &original {
            faults.extend(way_back::check(original, &compiled, dialect, 200).err());
        }
        if !(regression.holds)(dialect, &compiled) {
            faults.push(format!(
                "it is shown as {} with {:?}",
                compiled.schema, compiled.losses
            ));
        }
        if !faults.is_empty() {
            return Err(format!("{dialect:?}: {}", faults.join("\n")).into());
        }
    }
    Ok(())
}

fn at<'a>(compiled: &'a CompiledSchema, pointer: &str) -> &'a Value {
    compiled.schema.pointer(pointer).unwrap_or(&Value::Null)
}

fn property_count(compiled: &CompiledSchema) -> usize {
    at(compiled, "/properties")
        .as_object()
        .map_or(0, serde_json::Map::len)
}

fn is_narrow(dialect: Dialect) -> bool {
    dialect.is_strict() || dialect == Dialect::GeminiLegacy
}

pub const ALL_OF_THEM: &[Regression] = &[
    // github.com/ComposioHQ/composio/issues/1829, /1828
    Regression {
        name: "a_root_without_a_type_is_an_object_again",
        schema: || json!({"properties": {"to": {"type": "string"}}, "required": ["to"]}),
        holds: |dialect, compiled| {
            dialect == Dialect::JsonSchema
                || at(compiled, "/type")
                    .as_str()
                    .is_some_and(|name| name.eq_ignore_ascii_case("object"))
        },
    },
    // github.com/ComposioHQ/composio/issues/1790
    Regression {
        name: "words_of_older_drafts_pass_the_check_of_2020_12",
        schema: || {
            json!({
                "$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
                "properties": {
                    "top": {"type": "integer", "minimum": 0, "exclusiveMinimum": true},
                    "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
                    "subject": {"type": "string", "nullable": true},
                    "body": {"$ref": "#/definitions/Body"},
                },
                "definitions": {"Body": {"type": "object", "properties": {"text": {"type": "string"}}}},
            })
        },
        holds: |_, compiled| {
            property_count(compiled) == 4
                || compiled
                    .losses
                    .iter()
                    .any(|loss| loss.kind == LossKind::LeftOut)
        },
    },
    // github.com/ComposioHQ/composio/issues/4518
    Regression {
        name: "alternatives_at_the_root_do_not_make_a_model_refuse_every_request",
        schema: || {
            json!({
                "type": "object", "properties": {"session": {"type": "string"}},
                "anyOf": [
                    {"properties": {"id": {"type": "string"}}, "required": ["id"]},
                    {"properties": {"name": {"type": "string"}, "size": {"type": "integer"}}, "required": ["name"]},
                ],
            })
        },
        holds: |dialect, compiled| {
            matches!(
                dialect,
                Dialect::JsonSchema | Dialect::Mcp | Dialect::OpenAiStrictRequired
            ) || (property_count(compiled) == 4
                && compiled.losses.iter().any(|loss| loss.path == "/anyOf"))
        },
    },
    // github.com/ComposioHQ/composio/issues/4023
    Regression {
        name: "an_object_of_any_names_is_not_emptied",
        schema: || {
            json!({
                "type": "object", "properties": {"fields": {"type": "object", "additionalProperties": true}}, "required": ["fields"],
            })
        },
        holds: |dialect, compiled| {
            let written = if is_narrow(dialect) {
                json!({"fields": "{\"a\": {\"b\": 1}}"})
            } else {
                json!({"fields": {"a": {"b": 1}}})
            };
            compiled.restore(written) == json!({"fields": {"a": {"b": 1}}})
        },
    },
    // github.com/ComposioHQ/composio/pull/4304
    Regression {
        name: "parts_are_not_cut_down_to_the_first_of_them",
        schema: || {
            json!({
                "type": "object", "required": ["issue"], "properties": {"issue": {"allOf": [
                    {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
                    {"type": "object", "properties": {"labels": {"type": "array", "items": {"type": "string"}}}, "required": ["labels"]},
                ]}},
            })
        },
        holds: |_, compiled| {
            ["title", "labels"]
                .iter()
                .all(|name| compiled.schema.to_string().contains(name))
        },
    },
    // github.com/ComposioHQ/composio/issues/3145
    Regression {
        name: "arguments_without_a_type_are_no_trouble",
        schema: || {
            json!({
                "type": "object", "required": ["file", "id"],
                "properties": {"file": {"anyOf": [{"$ref": "#/$defs/File"}, {"type": "null"}]}, "id": {}},
                "$defs": {"File": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
            })
        },
        holds: |_, compiled| property_count(compiled) == 2,
    },
    // github.com/gents-ai/gents/issues/542, github.com/0xPlaygrounds/rig/issues/227
    Regression {
        name: "optional_arguments_stay_optional_under_strict",
        schema: || {
            json!({
                "type": "object", "properties": {"q": {"type": "string"}, "page": {"type": "integer"}}, "required": ["q"],
            })
        },
        holds: |dialect, compiled| {
            let restored = compiled.restore(json!({"q": "rust", "page": null}));
            dialect != Dialect::OpenAiStrict
                || (compiled.strict == Some(true) && restored == json!({"q": "rust"}))
        },
    },
    // github.com/openai/openai-agents-python/issues/4353
    Regression {
        name: "what_stands_beside_a_reference_wins",
        schema: || {
            json!({
                "type": "object", "required": ["unit"],
                "properties": {"unit": {"$ref": "#/$defs/Unit", "description": "of the answer"}},
                "$defs": {"Unit": {"type": "string", "enum": ["c", "f"], "description": "a unit"}},
            })
        },
        holds: |_, compiled| {
            compiled.schema["properties"]["unit"]["description"] == "of the answer"
        },
    },
    // github.com/PrefectHQ/fastmcp/issues/2464
    Regression {
        name: "lists_of_fixed_places_have_items",
        schema: || {
            json!({
                "type": "object", "required": ["range"],
                "properties": {"range": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}], "minItems": 2, "maxItems": 2}},
            })
        },
        holds: |dialect, compiled| {
            matches!(dialect, Dialect::JsonSchema | Dialect::Mcp)
                || at(compiled, "/properties/range/items").is_object()
        },
    },
    // github.com/PrefectHQ/fastmcp/issues/1016, /1206, /3242
    Regression {
        name: "schemas_that_contain_themselves_and_each_other_end",
        schema: || {
            json!({
                "type": "object", "properties": {"pull": {"$ref": "#/$defs/Pull"}}, "required": ["pull"],
                "$defs": {
                    "Pull": {"type": "object", "properties": {"title": {"type": "string"}, "repository": {"$ref": "#/$defs/Repository"}}, "required": ["title"]},
                    "Repository": {"allOf": [{"$ref": "#/$defs/Thing"}, {"type": "object", "properties": {"parent": {"$ref": "#/$defs/Repository"}, "pulls": {"type": "array", "items": {"$ref": "#/$defs/Pull"}}}}]},
                    "Thing": {"type": "object", "properties": {"id": {"type": "string"}, "owner": {"allOf": [{"$ref": "#/$defs/Thing"}], "description": "who owns it"}}},
                },
            })
        },
        holds: |_, compiled| compiled.schema.to_string().len() < 20_000,
    },
    // github.com/PrefectHQ/fastmcp/issues/2087, /1372, /2366; github.com/matthewhand/mcp-openapi-proxy/issues/74
    Regression {
        name: "definitions_within_definitions_are_carried_along_and_dangling_references_are_reported",
        schema: || {
            json!({
                "type": "object", "required": ["a", "lost"],
                "properties": {"a": {"$ref": "#/$defs/A"}, "lost": {"$ref": "#/components/schemas/Gone"}},
                "$defs": {"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}, "required": ["b"]}, "B": {"type": "string"}},
            })
        },
        holds: |_, compiled| {
            compiled
                .losses
                .iter()
                .any(|loss| loss.path == "/properties/lost" && loss.kind == LossKind::Broken)
        },
    },
    // github.com/ComposioHQ/composio/issues/2330, /3500
    Regression {
        name: "long_and_odd_names_of_arguments_are_shown_otherwise_and_come_back",
        schema: || {
            let long = "update__fields__".repeat(6);
            json!({
                "type": "object", "required": ["$top", "@microsoft.graph.conflictBehavior", &long],
                "properties": {
                    "$top": {"type": "integer"}, "@microsoft.graph.conflictBehavior": {"type": "string"}, &long: {"type": "boolean"},
                },
            })
        },
        holds: |_, compiled| {
            let shown = compiled.schema["properties"].as_object().unwrap();
            let written: Value = shown
                .keys()
                .map(|name| (name.clone(), json!(1)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            let back = compiled.restore(written);
            let long = "update__fields__".repeat(6);
            ["$top", "@microsoft.graph.conflictBehavior", &long]
                .iter()
                .all(|name| back.get(*name).is_some())
        },
    },
    Regression {
        name: "large_enumerations_and_many_arguments_fall_back_alone",
        schema: || {
            let choices: Vec<String> = (0..3_000).map(|number| format!("zone_{number}")).collect();
            let many: serde_json::Map<_, _> = (0..5_100)
                .map(|number| (format!("f{number}"), json!({"type": "string"})))
                .collect();
            json!({"type": "object", "required": ["zone", "all"], "properties": {
                "zone": {"type": "string", "enum": choices}, "all": {"type": "object", "properties": many},
            }})
        },
        holds: |dialect, compiled| {
            !dialect.is_strict() || (compiled.strict == Some(false) && compiled.fallback.is_some())
        },
    },
    Regression {
        name: "null_in_its_three_spellings_is_one",
        schema: || {
            json!({
                "type": "object", "required": ["a", "b", "c"],
                "properties": {
                    "a": {"type": "string", "nullable": true}, "b": {"type": ["string", "null"]},
                    "c": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            })
        },
        holds: |_, compiled| {
            let nulls = json!({"a": null, "b": null, "c": null});
            compiled.losses.is_empty() && compiled.restore(nulls.clone()) == nulls
        },
    },
    Regression {
        name: "true_and_false_are_schemas",
        schema: || {
            json!({
                "type": "object", "required": ["any"], "properties": {
                    "any": true, "never": false, "list": {"type": "array", "items": true}, "closed": {"type": "object", "additionalProperties": false},
                },
            })
        },
        holds: |_, compiled| compiled.schema.pointer("/properties/any").is_some(),
    },
    Regression {
        name: "alternatives_told_apart_by_a_word_keep_their_shapes",
        schema: || {
            json!({
                "type": "object", "required": ["block"], "properties": {"block": {
                    "discriminator": {"propertyName": "kind"},
                    "oneOf": [
                        {"type": "object", "properties": {"kind": {"const": "text"}, "text": {"type": "string", "maxLength": 5}}, "required": ["kind", "text"]},
                        {"type": "object", "properties": {"kind": {"const": "table"}, "rows": {"type": "object", "additionalProperties": {"type": "integer"}}}, "required": ["kind", "rows"]},
                    ],
                }},
            })
        },
        holds: |dialect, compiled| {
            let written = if is_narrow(dialect) {
                json!([{"name": "a", "value": 1}])
            } else {
                json!({"a": 1})
            };
            let back = compiled.restore(json!({"block": {"kind": "table", "rows": written}}));
            back == json!({"block": {"kind": "table", "rows": {"a": 1}}})
        },
    },
    Regression {
        name: "rules_between_arguments_are_reported_where_they_cannot_be_told",
        schema: || {
            json!({
                "type": "object", "required": ["filter"], "properties": {"filter": {
                    "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                    "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "not": {"required": ["a", "b"]},
                    "dependentRequired": {"a": ["a"]}, "minProperties": 1,
                }},
            })
        },
        holds: |dialect, compiled| {
            !is_narrow(dialect)
                || compiled
                    .losses
                    .iter()
                    .filter(|loss| loss.kind == LossKind::Rule)
                    .count()
                    >= 3
        },
    },
];
