use serde_json::{Value, json};

use super::{NameMap, Validator, coerce, names::NAME_LIMIT};
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
