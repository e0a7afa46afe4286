//! Files that a vendor puts into its JSON, in base64.

use axum::{Json, Router, routing::post};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use composio_core::{client::Client, models::FileResult};
use composio_engine::Engine;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Reply, builder, execute, get};

const YAML: &str = r#"
name: Desk
unique_key: desk
description: Scans
hosts: [127.0.0.1]
auth_schemes: [{auth_mode: NO_AUTH}]
proxy: {base_url: BASE}
tools:
  - slug: DESK_GET_SCAN
    name: Get a scan
    arguments: {data: {}, fill: {type: integer}, name: {type: string}, kind: {type: string}}
    steps:
      - operation: POST /scans
        body: {data: "{{ data }}", fill: "{{ fill }}", kind: "{{ kind }}"}
        content: "{{ answer.scan.data }}"
        content_type: "{{ answer.scan.kind }}"
        file: "{{ name }}"
    output: {type: object, properties: {file: {type: file}}}
  - slug: DESK_GET_SCANS
    name: Get scans
    arguments: {scans: {type: array, items: {type: string}}}
    steps:
      - id: scans
        operation: POST /scans
        each: "{{ scans }}"
        body: {data: "{{ item }}"}
        content: "{{ answer.scan.data }}"
        file: "{{ item }}.txt"
    result: {scans: "{{ steps.scans }}"}
"#;

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Desk", "version": "1"}, "paths": {
    "/me": {"get": {"summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;

/// Gives back what it was given, or as many letters of base64 as it was told.
async fn scan(Json(asked): Json<Value>) -> Json<Value> {
    let mut scan = asked.clone();
    if let Some(count) = asked["fill"].as_u64() {
        scan["data"] = "A".repeat(count as usize).into();
    }
    Json(json!({ "scan": scan }))
}

async fn desk() -> Engine {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/scans", post(scan));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let engine = builder().in_memory().build().await.unwrap();
    let added = engine.add_app(YAML.replace("BASE", &base), DOCUMENT).await;
    let added = added.unwrap();
    assert!(added.report.is_clean(), "{:?}", added.report);
    engine
}

async fn run(engine: &Engine, arguments: Value) -> Reply {
    execute(engine, "DESK_GET_SCAN", "u", arguments).await
}

/// What a result says of its file, and the bytes of that.
async fn kept(engine: &Engine, result: &Value) -> (FileResult, Vec<u8>) {
    let file = serde_json::from_value(result["file"].clone()).unwrap();
    let client = Client::new(engine.clone());
    let body = client.files().download(&file).await.unwrap();
    (file, body.bytes(60_000_000).await.unwrap().to_vec())
}

fn error(reply: &Reply) -> &str {
    let error = &reply.json["error"];
    let message = error["message"].as_str().or(error.as_str());
    message.unwrap_or_default()
}

#[tokio::test]
async fn a_file_in_base64_becomes_a_file_with_a_harmless_name_and_a_media_type() {
    let engine = desk().await;
    let bytes: Vec<u8> = (0..=255).collect();
    for (data, name, kind, given) in [
        (
            BASE64_URL_SAFE.encode(&bytes),
            json!("../../Plan.PDF"),
            Value::Null,
            ("Plan.PDF", "application/pdf"),
        ),
        (
            BASE64_STANDARD.encode(&bytes),
            Value::Null,
            json!("image/png"),
            ("desk_get_scan.png", "image/png"),
        ),
        (
            BASE64_URL_SAFE_NO_PAD.encode(&bytes),
            json!("a\u{202e}fdp.exe"),
            json!("text/html\r\nx: y"),
            ("afdp.exe", "application/octet-stream"),
        ),
        (
            BASE64_STANDARD.encode(&bytes).replace('g', "g\r\n"),
            json!("a.txt"),
            Value::Null,
            ("a.txt", "text/plain"),
        ),
    ] {
        let mut arguments = json!({"data": data, "name": name, "kind": kind});
        let members = arguments.as_object_mut().unwrap();
        members.retain(|_, value| !value.is_null());
        let reply = run(&engine, arguments).await;
        assert_eq!(reply.json["successful"], true, "{:?}", reply.json);
        let (file, held) = kept(&engine, &reply.json["data"]).await;
        assert_eq!((&*file.name, &*file.mimetype), given);
        assert_eq!(held, bytes, "{name}");
    }
    let reply = run(&engine, json!({"data": "", "name": "empty.txt"})).await;
    assert_eq!(kept(&engine, &reply.json["data"]).await.1, b"");
}

#[tokio::test]
async fn what_is_no_base64_is_told_and_no_file_is_kept() {
    let engine = desk().await;
    for (data, why) in [
        (json!("####"), "not base64"),
        (json!("a"), "not base64"),
        (json!("Pj4-Pz8/"), "not base64"),
        (json!(7), "no file"),
        (json!({"a": "QQ=="}), "no file"),
        (Value::Null, "no file"),
    ] {
        let reply = run(&engine, json!({"data": data, "name": "a"})).await;
        assert_ne!(reply.json["successful"], true, "{data}");
        let told = error(&reply);
        assert!(
            told.contains(why) && told.contains("DESK_GET_SCAN"),
            "{data}: {:?}",
            reply.json
        );
        assert!(!told.contains("####"), "{told}");
    }
    let listed = get(&engine, "/api/v3/files/list").await;
    assert_eq!(listed.json["total_items"], 0);
}

#[tokio::test]
async fn an_answer_around_a_file_may_be_larger_than_others_and_not_without_bound() {
    let engine = desk().await;
    let reply = run(&engine, json!({"fill": 12_000_000, "name": "a.bin"})).await;
    assert_eq!(reply.json["successful"], true, "{:?}", reply.json);
    let (_, held) = kept(&engine, &reply.json["data"]).await;
    assert_eq!(held.len(), 9_000_000);
    let reply = run(&engine, json!({"fill": 40_000_000})).await;
    assert_ne!(reply.json["successful"], true);
    let told = error(&reply);
    assert!(told.contains("40000000 bytes"), "{told}");
}

#[tokio::test]
async fn a_step_for_each_entry_gives_a_file_for_each() {
    let engine = desk().await;
    let scans = json!({"scans": ["QQ", "Qg", "Qw"]});
    let reply = execute(&engine, "DESK_GET_SCANS", "u", scans).await;
    let files = reply.json["data"]["scans"].as_array().unwrap();
    let mut held = Vec::new();
    for file in files {
        let (file, bytes) = kept(&engine, file).await;
        held.push((file.name, bytes));
    }
    let expected = [("QQ.txt", b"A"), ("Qg.txt", b"B"), ("Qw.txt", b"C")];
    let expected = expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
    assert_eq!(held, expected);
}
