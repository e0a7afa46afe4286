//! Whatever is done to a document, compiling it ends with a toolkit whose names are sound, or with an error.

use std::collections::HashSet;

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use crate::{
    Compiled, compile,
    tests::documents::{self, app, assert_valid},
};

const SEED: &str = r##"{"openapi":"3.0.3","info":{"title":"A","version":"1"},"servers":[{"url":"https://{r}.a.com","variables":{"r":{"default":"eu"}}}],
"security":[{"o":["s"]}],"paths":{"/a/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
"get":{"summary":"Get it","operationId":"getIt","tags":["t"],"parameters":[{"$ref":"#/components/parameters/P"},{"name":"id","in":"query","style":"deepObject"}],
"responses":{"200":{"$ref":"#/components/responses/R"}}},
"put":{"summary":"Get it","requestBody":{"$ref":"#/components/requestBodies/B"},"responses":{"default":{"content":{"text/plain":{}}}}}},
"/b":{"$ref":"#/paths/~1a~1{id}"}},
"components":{"parameters":{"P":{"name":"p","in":"query","schema":{"$ref":"#/components/schemas/S"},"examples":{"e":{"value":1}}}},
"responses":{"R":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/T"}}}}},
"requestBodies":{"B":{"required":true,"content":{"application/json":{"schema":{"allOf":[{"$ref":"#/components/schemas/T"},{"oneOf":[{"required":["n"]}]}]}}}}},
"schemas":{"S":{"type":"string","nullable":true,"enum":["a"],"default":"a"},"T":{"type":"object","required":["n"],"properties":{"n":{"type":"number","minimum":1,"exclusiveMinimum":true},
"c":{"type":"array","items":{"$ref":"#/components/schemas/T"}},"u":{"anyOf":[{"$ref":"#/components/schemas/U"},{"not":{"type":"null"}}]}}},
"U":{"oneOf":[{"$ref":"#/components/schemas/V"}]},"V":{"allOf":[{"$ref":"#/components/schemas/U"}]}},
"securitySchemes":{"o":{"type":"oauth2"},"k":{"type":"apiKey","in":"query","name":"key"}}}}"##;

pub(super) fn assert_sound(compiled: &Compiled) {
    let toolkit = &compiled.toolkit;
    for (slug, plan) in toolkit.tools.iter() {
        assert_eq!(slug, &plan.slug);
        assert!(slug.starts_with("APP_"), "{slug}");
        assert!(
            slug.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'),
            "{slug}"
        );
        let names: HashSet<&str> = plan.arguments.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names.len(), plan.arguments.len(), "{slug}");
        for schema in [toolkit.input_schema(plan), toolkit.output_schema(plan)] {
            let schema = schema.to_value();
            assert_valid(&schema);
            if let Ok(validator) = jsonschema::draft202012::new(&schema) {
                // A circle would never return.
                let _ =
                    validator.is_valid(&json!({"n": 1, "c": [{}], "u": {}, "body": {}, "p": {}}));
            }
        }
        let properties = toolkit.input_schema(plan).to_value()["properties"].clone();
        let described: HashSet<&str> = properties
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names, described, "{slug}");
    }
}

/// Every place in `value`, as a pointer.
pub(super) fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                places(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

const REFERENCES: [&str; 7] = [
    "S",
    "T",
    "U",
    "V",
    "None",
    "S/properties/n",
    "T/properties/c",
];

/// What takes a place in a document: anything, preferably what means something there.
pub(super) fn replacement() -> impl Strategy<Value = Value> {
    let name = || proptest::sample::select(&REFERENCES);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}, null, "x"])),
        Just(json!({"type": "array", "items": {}})),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "#/paths/~1b"})),
        Just(json!({"$ref": "#/components/parameters/P"})),
        name().prop_map(|name| json!({"$ref": format!("#/components/schemas/{name}")})),
        name()
            .prop_map(|name| json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}], "nullable": true})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_with_exchanged_parts_compile_or_are_refused(
        changes in prop::collection::vec((any::<Index>(), replacement()), 1..6),
        is_modern in any::<bool>(),
    ) {
        let mut document: Value = serde_json::from_str(SEED).unwrap();
        if is_modern {
            document["openapi"] = json!("3.1.0");
        }
        for (place, value) in changes {
            let mut found = Vec::new();
            places(&document, "", &mut found);
            if let Some(target) = document.pointer_mut(&found[place.index(found.len())]) {
                *target = value;
            }
        }
        if let Ok(compiled) = compile(app(), document.to_string().as_bytes(), "1") {
            assert_sound(&compiled);
        }
    }

    #[test]
    fn documents_with_broken_bytes_compile_or_are_refused(
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        length in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = SEED.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(compiled) = compile(app(), &bytes, "1") {
            assert_sound(&compiled);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = compile(app(), text.as_bytes(), "1");
        let _ = crate::Integration::parse(text.as_bytes());
    }

    #[test]
    fn summaries_of_any_text_give_sound_names(summaries in prop::collection::vec(".{0,40}", 1..12)) {
        let paths: Value = summaries
            .iter()
            .enumerate()
            .map(|(index, summary)| (format!("/{index}"), json!({"get": {"summary": summary}, "put": {"summary": summary}})))
            .collect();
        let document = documents::document(&paths);
        let compiled = compile(app(), document.to_string().as_bytes(), "1").unwrap();
        prop_assert_eq!(compiled.toolkit.tools.len(), 2 * summaries.len());
        assert_sound(&compiled);
    }
}

#[test]
fn the_seed_is_a_good_document() {
    let compiled = compile(app(), SEED.as_bytes(), "1").unwrap();
    assert_sound(&compiled);
    assert_eq!(compiled.toolkit.tools.len(), 4);
    assert_eq!(compiled.report.skipped, []);
}

/// What nobody sees and a model may obey: controls, directions, joiners, tags, selectors of variants.
const HIDDEN: [char; 12] = [
    '\u{0}',
    '\u{1B}',
    '\u{85}',
    '\u{AD}',
    '\u{200B}',
    '\u{200D}',
    '\u{202E}',
    '\u{2066}',
    '\u{FE0F}',
    '\u{FEFF}',
    '\u{E0041}',
    '\u{E01EF}',
];

/// Puts a hidden character into every name of a member and every text whose turn it is.
fn hide(value: &mut Value, turns: &mut impl Iterator<Item = Option<char>>) {
    match value {
        Value::String(text) => {
            if let Some(letter) = turns.next().flatten() {
                text.insert(text.len() / 2, letter);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, turns)),
        Value::Object(members) => {
            for (name, mut inner) in std::mem::take(members) {
                hide(&mut inner, turns);
                let mut name = name;
                // What OpenAPI names has to stay, or there is nothing to compile.
                if name.len() <= 2
                    && let Some(letter) = turns.next().flatten()
                {
                    name.push(letter);
                }
                members.insert(name, inner);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_model_reads_is_hidden_from_people(
        turns in prop::collection::vec(prop::option::weighted(0.3, proptest::sample::select(&HIDDEN[..])), 200),
    ) {
        let mut document: Value = serde_json::from_str(SEED).unwrap();
        let mut turns = turns.into_iter().cycle();
        for part in ["paths", "components"] {
            hide(&mut document[part], &mut turns);
        }
        let document = document.to_string();
        if let Ok(compiled) = compile(app(), document.as_bytes(), "1") {
            assert_sound(&compiled);
            let toolkit = &compiled.toolkit;
            for plan in toolkit.tools.values() {
                let model = serde_json::to_value(toolkit.tool_model(plan)).unwrap();
                let mut read = Vec::new();
                texts(&model, &mut read);
                for text in read {
                    let is_seen = |letter: char| letter == '\n' || !letter.is_control() && !HIDDEN.contains(&letter);
                    prop_assert!(text.chars().all(is_seen), "{text:?}");
                    prop_assert!(text.len() <= 2_000, "{} bytes", text.len());
                }
            }
            let report = serde_json::to_string(&compiled.report).unwrap();
            prop_assert!(!report.contains(HIDDEN), "{report:?}");
        }
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            for (name, inner) in members {
                found.push(name.clone());
                texts(inner, found);
            }
        }
        _ => {}
    }
}
