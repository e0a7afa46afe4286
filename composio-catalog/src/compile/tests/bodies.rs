//! Bodies as documents describe them, well or badly.

use serde_json::{Value, json};

use crate::{
    BodyEncoding,
    tests::documents::{compiled, input, one, only},
};

fn content(media_type: &str, content: &Value) -> Value {
    one(&json!({"requestBody": {"content": { media_type: content }}}))
}

#[test]
fn names_of_media_types_that_are_none_are_understood() {
    let schema = json!({"schema": {"type": "object", "properties": {"a": {"type": "string"}}}});
    for (written, media_type, encoding) in [
        ("", "application/json", BodyEncoding::Json),
        (
            "application/form-data",
            "multipart/form-data",
            BodyEncoding::Multipart,
        ),
        (
            "multipart/mixed",
            "multipart/form-data",
            BodyEncoding::Multipart,
        ),
        ("plain/text", "plain/text", BodyEncoding::Text),
        ("application/jwt", "application/jwt", BodyEncoding::Text),
    ] {
        let compiled = compiled(&content(written, &schema));
        let body = only(&compiled).body.as_ref().unwrap();
        assert_eq!((&*body.media_type, body.encoding), (media_type, encoding));
    }
}

#[test]
fn a_member_of_a_form_keeps_the_media_type_of_its_own() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "object"}}});
    let encoding = json!({"a": {"contentType": "application/json"}});
    let described = json!({"schema": schema, "encoding": encoding});
    for (media_type, own) in [
        (
            "application/x-www-form-urlencoded",
            Some("application/json"),
        ),
        ("multipart/form-data", Some("application/json")),
        ("application/json", None),
    ] {
        let compiled = compiled(&content(media_type, &described));
        let arguments = &only(&compiled).arguments;
        assert_eq!(arguments[0].media_type.as_deref(), own, "{media_type}");
    }
}

#[test]
fn what_a_document_says_of_a_text_holds() {
    let described =
        json!({"schema": {"type": "string", "pattern": "^a+$", "description": "Some a."}});
    let text = input(&content("text/plain", &described))["properties"]["body"].clone();
    assert_eq!(text, described["schema"]);
    let xml = json!({"schema": {"type": "object", "properties": {"a": {"type": "string"}}}});
    let xml = input(&content("application/xml", &xml))["properties"]["body"].clone();
    assert_eq!(xml["type"], "string");
}

#[test]
fn a_body_is_required_if_it_says_so_or_says_nothing_and_requires_members() {
    let schema =
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}});
    let loose = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    for (required, schema, is_required) in [
        (Value::Null, &schema, true),
        (json!(true), &schema, true),
        (json!(false), &schema, false),
        (Value::Null, &loose, false),
    ] {
        let mut body = json!({"content": {"application/json": {"schema": schema}}});
        if !required.is_null() {
            body["required"] = required.clone();
        }
        let compiled = compiled(&one(&json!({ "requestBody": body })));
        let plan = only(&compiled);
        assert_eq!(plan.body.as_ref().unwrap().required, is_required);
        assert_eq!(
            plan.arguments[0].required, is_required,
            "{required} {schema}"
        );
    }
}
