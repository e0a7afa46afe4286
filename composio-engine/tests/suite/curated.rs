//! Actions of the `tools` section: several requests, templates, pages, GraphQL, and what goes wrong with them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    routing::any,
};
use composio_core::{Plain, ToolSet, models::DryRun};
use composio_engine::Engine;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Barrier};

use crate::support::{Reply, Seen, builder, execute, get, post};

const YAML: &str = r#"
name: Desk
unique_key: desk
description: Notes
hosts: [127.0.0.1]
auth_schemes:
  - auth_mode: API_KEY
    fields: [{name: api_key, required: true, expected_from_customer: true}]
    proxy:
      base_url: BASE/v1
      headers: {X-Key: "{{api_key}}"}
tools:
  - slug: DESK_OPEN_A_TICKET
    name: Open a ticket
    description: Opens a ticket in a queue.
    arguments:
      queue: {type: string, description: The queue, required: true}
      title: {type: string, required: true}
      labels: {type: array, items: {type: string}}
      weight: {type: integer, default: 3}
      note: {type: string}
      trace: {type: string}
    steps:
      - operation: POST /queues/{queue}/tickets
        path: {queue: "{{ queue }}"}
        query: {label: "{{ labels }}", lang: en}
        headers: {X-Trace: "{{ trace }}"}
        body:
          subject: "{{ title }}"
          weight: "{{ weight }}"
          note: "{{ note }}"
          heading: "Ticket: {{ title | upper }}"
          nested: {labels: "{{ labels }}", fixed: [1, true, "{{ note }}"]}
  - slug: DESK_GREET
    name: Greet
    arguments: {who: {type: string, required: true}, shout: {type: string}}
    steps:
      - operation: POST /greetings
        body: {text: "Hello {{ who }} {{ shout }}"}
  - slug: DESK_ASK
    name: Ask
    arguments: {id: {type: string, required: true}, first: {type: integer}}
    steps:
      - graphql: |
          query Ask($id: ID!, $first: Int) { viewer { notes(id: $id, first: $first) { id } } }
        variables: {id: "{{ id }}", first: "{{ first }}"}
    result: "{{ steps.main.viewer }}"
  - slug: DESK_READ_ALL
    name: Read all notes
    arguments: {most: {type: integer}}
    steps:
      - id: list
        operation: GET /notes
        query: {page: "{{ cursor }}"}
        pages: {items: "{{ answer.notes }}", next: "{{ answer.next }}", limit: "{{ most }}", most: 4}
      - id: notes
        operation: GET /notes/{id}
        each: "{{ steps.list }}"
        path: {id: "{{ item.id }}"}
    result: {notes: "{{ steps.notes }}", next: "{{ more.list }}"}
  - slug: DESK_MOVE
    name: Move a note
    effect: update
    arguments: {id: {type: string, required: true}, archive: {type: boolean}}
    steps:
      - id: copy
        operation: POST /copies
        body: {of: "{{ id }}"}
      - id: archive
        when: "{{ archive }}"
        operation: PUT /archive/{id}
        path: {id: "{{ steps.copy.id }}"}
      - id: remove
        operation: DELETE /notes/{id}
        path: {id: "{{ id }}"}
        fails_if: "{{ answer.ok == false }}"
        error: "{{ answer.error }}"
  - slug: DESK_READ_SEVERAL
    name: Read several pairs
    arguments: {ids: {type: array, items: {type: string}, required: true}}
    steps:
      - {operation: "GET /pairs/{id}", each: "{{ ids }}", path: {id: "{{ item }}"}}
  - slug: DESK_MARK_SEVERAL
    name: Mark several notes
    arguments: {ids: {type: array, items: {type: string}, required: true}}
    steps:
      - {operation: POST /marks, each: "{{ ids }}", body: {id: "{{ item }}"}}
  - slug: DESK_ELSEWHERE
    name: Elsewhere
    steps:
      - {operation: GET /notes, server: "http://localhost:1"}
"#;

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Desk", "version": "1"}, "paths": {
    "/me": {"get": {"summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;

/// A service whose answers depend on the path, and that keeps what it saw.
#[derive(Clone)]
struct Desk {
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Two requests of a pair wait for each other.
    pair: Arc<Barrier>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
}

impl Desk {
    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Takes long enough for others to come meanwhile.
    async fn linger(&self, path: &str) {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        if path.starts_with("/v1/pairs/") {
            self.pair.wait().await;
        } else {
            tokio::task::yield_now().await;
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
    }

    fn targets(&self) -> Vec<String> {
        let seen = self.seen();
        seen.iter()
            .map(|one| format!("{} {}", one.method, one.target))
            .collect()
    }

    fn body(&self) -> Value {
        serde_json::from_slice(&self.seen().last().unwrap().body).unwrap()
    }
}

async fn answer(State(desk): State<Desk>, request: Request) -> (StatusCode, Json<Value>) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let asked: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    desk.seen.lock().unwrap().push(seen);
    let path = parts.uri.path();
    desk.linger(path).await;
    let page: u64 = query.trim_start_matches("page=").parse().unwrap_or(0);
    let (status, answer) = match path {
        "/v1/graphql" if asked["variables"]["id"] == "bad" => (
            200,
            json!({"data": null, "errors": [{"message": "no such thing"}]}),
        ),
        "/v1/graphql" => (
            200,
            json!({"data": {"viewer": {"asked": asked["variables"]}}}),
        ),
        "/v1/notes" => {
            let notes = [json!({"id": page * 2}), json!({"id": page * 2 + 1})];
            (200, json!({"notes": notes, "next": (page + 1).to_string()}))
        }
        "/v1/copies" if asked["of"] == "locked" => (423, json!({"message": "locked"})),
        "/v1/copies" if asked["of"] == "odd" => (200, json!({})),
        "/v1/copies" => (200, json!({"id": "copy-1"})),
        "/v1/notes/gone" => (404, json!({"message": "there is none"})),
        "/v1/notes/kept" => (200, json!({"ok": false, "error": "it is pinned"})),
        _ => (200, json!({"path": path, "body": asked})),
    };
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

async fn desk() -> (Desk, Engine) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let desk = Desk {
        seen: Arc::default(),
        pair: Arc::new(Barrier::new(2)),
        at_once: Arc::default(),
        most_at_once: Arc::default(),
    };
    let router = Router::new().fallback(any(answer)).with_state(desk.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let engine = builder().in_memory().build().await.unwrap();
    let yaml = YAML.replace("BASE", &base);
    let added = engine.add_app(yaml, DOCUMENT).await.unwrap();
    assert_eq!(added.tools, 9, "{:?}", added.report);
    assert!(added.report.is_clean(), "{:?}", added.report);
    let key = engine
        .connect("desk")
        .entity("u")
        .field("api_key", "sk-desk");
    key.await.unwrap();
    (desk, engine)
}

async fn run(engine: &Engine, tool: &str, arguments: Value) -> Reply {
    execute(engine, tool, "u", arguments).await
}

fn error(reply: &Reply) -> &str {
    reply.json["error"]["message"]
        .as_str()
        .or(reply.json["error"].as_str())
        .unwrap_or_default()
}

#[tokio::test]
async fn values_take_the_place_of_templates_as_they_are_and_absent_ones_leave_none() {
    let (desk, engine) = desk().await;
    let arguments = json!({"queue": "a b", "title": "hi", "labels": ["x", "y&z"]});
    let reply = run(&engine, "DESK_OPEN_A_TICKET", arguments).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    let body = json!({
        "subject": "hi", "weight": 3, "heading": "Ticket: HI",
        "nested": {"labels": ["x", "y&z"], "fixed": [1, true]},
    });
    assert_eq!(desk.body(), body);
    let seen = desk.seen().pop().unwrap();
    assert_eq!(seen.method, "POST");
    assert_eq!(
        seen.target,
        "/v1/queues/a%20b/tickets?label=x&label=y%26z&lang=en"
    );
    assert_eq!(seen.headers["x-key"], "sk-desk");
    assert!(!seen.headers.contains_key("x-trace"));
    assert_eq!(reply.json["data"]["body"], body);
}

#[tokio::test]
async fn arguments_are_checked_against_the_tools_own_schema() {
    let (desk, engine) = desk().await;
    for arguments in [
        json!({"queue": "q"}),
        json!({"queue": "q", "title": 7}),
        json!({"queue": "q", "title": "t", "colour": "red"}),
        json!({"queue": "q", "title": "t", "labels": "x"}),
    ] {
        let reply = run(&engine, "DESK_OPEN_A_TICKET", arguments).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
    }
    assert!(desk.seen().is_empty());
    let tool = get(&engine, "/api/v3.1/tools/DESK_OPEN_A_TICKET")
        .await
        .json;
    let input = &tool["input_parameters"];
    assert_eq!(input["required"], json!(["queue", "title"]));
    assert_eq!(input["properties"]["weight"]["default"], 3);
    assert!(
        tool["tags"]
            .as_array()
            .unwrap()
            .contains(&json!("important"))
    );
    assert!(
        tool["tags"]
            .as_array()
            .unwrap()
            .contains(&json!("createHint"))
    );
}

#[tokio::test]
async fn an_argument_changes_neither_host_nor_path() {
    let (desk, engine) = desk().await;
    for queue in ["..", ".", "", "\u{0}/../x"] {
        let reply = run(
            &engine,
            "DESK_OPEN_A_TICKET",
            json!({"queue": queue, "title": "t"}),
        )
        .await;
        if reply.status == StatusCode::OK {
            let target = desk.seen().pop().unwrap().target;
            assert!(
                target.starts_with("/v1/queues/%00%2F..%2Fx/tickets"),
                "{target}"
            );
        }
    }
    for queue in [
        "a/b",
        "../../admin",
        "x?y=1#z",
        "@evil.example",
        "//evil.example/",
        "{{ api_key }}",
        "{title}",
    ] {
        let arguments = json!({"queue": queue, "title": "t"});
        let reply = run(&engine, "DESK_OPEN_A_TICKET", arguments).await;
        assert_eq!(reply.json["successful"], true, "{queue}: {reply:?}");
        let target = desk.seen().pop().unwrap().target;
        let (path, query) = target.split_once('?').unwrap();
        assert_eq!(
            (path.matches('/').count(), query),
            (4, "lang=en"),
            "{target}"
        );
        assert!(
            path.starts_with("/v1/queues/") && path.ends_with("/tickets"),
            "{target}"
        );
    }
}

#[tokio::test]
async fn an_argument_changes_neither_headers_nor_structure() {
    let (desk, engine) = desk().await;
    for trace in ["a\r\nX-Key: other", "a\nb", "\u{0}"] {
        let arguments = json!({"queue": "q", "title": "t", "trace": trace});
        let reply = run(&engine, "DESK_OPEN_A_TICKET", arguments).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
    }
    assert!(desk.seen().is_empty());
    for title in [
        r#"", "admin": true, "x": ""#,
        "{{ api_key }}",
        "{% for a in arguments %}{{ a }}{% endfor %}",
        "\\u0000}",
    ] {
        let reply = run(
            &engine,
            "DESK_OPEN_A_TICKET",
            json!({"queue": "q", "title": title}),
        )
        .await;
        assert_eq!(reply.json["successful"], true, "{reply:?}");
        let body = desk.body();
        assert_eq!(body["subject"], title);
        assert_eq!(body["heading"], format!("Ticket: {}", title.to_uppercase()));
        assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
    }
}

#[tokio::test]
async fn a_text_that_lacks_a_value_is_refused_before_anything_is_sent() {
    let (desk, engine) = desk().await;
    let reply = run(&engine, "DESK_GREET", json!({"who": "Ann"})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(error(&reply).contains("lacks a value"), "{reply:?}");
    assert!(desk.seen().is_empty());
}

#[tokio::test]
async fn a_document_is_sent_as_it_stands_and_its_errors_fail_the_call() {
    let (desk, engine) = desk().await;
    let hostile = r#"x") { secrets } #"#;
    let reply = run(&engine, "DESK_ASK", json!({"id": hostile})).await;
    assert_eq!(
        reply.json["data"]["asked"],
        json!({"id": hostile}),
        "{reply:?}"
    );
    let body = desk.body();
    assert!(
        body["query"]
            .as_str()
            .unwrap()
            .starts_with("query Ask($id: ID!")
    );
    assert_eq!(desk.targets(), ["POST /v1/graphql"]);

    let reply = run(&engine, "DESK_ASK", json!({"id": "bad", "first": 2})).await;
    assert_eq!(reply.json["successful"], false);
    assert_eq!(error(&reply), "no such thing");
}

#[tokio::test]
async fn pages_are_read_as_far_as_wanted_and_never_without_end() {
    let (desk, engine) = desk().await;
    let reply = run(&engine, "DESK_READ_ALL", json!({"most": 3})).await;
    let notes = reply.json["data"]["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 3, "{reply:?}");
    let mut targets = desk.targets();
    let mut of_entries = targets.split_off(2);
    of_entries.sort();
    assert_eq!(targets, ["GET /v1/notes", "GET /v1/notes?page=1"]);
    let each = ["GET /v1/notes/0", "GET /v1/notes/1", "GET /v1/notes/2"];
    assert_eq!(of_entries, each);
    let read: Vec<&Value> = notes.iter().map(|note| &note["path"]).collect();
    assert_eq!(read, ["/v1/notes/0", "/v1/notes/1", "/v1/notes/2"]);
    assert!(
        desk.seen()
            .iter()
            .all(|one| one.headers["x-key"] == "sk-desk")
    );
    let reply = run(&engine, "DESK_READ_ALL", json!({})).await;
    assert_eq!(reply.json["data"]["notes"].as_array().unwrap().len(), 8);
    assert_eq!(reply.json["data"]["next"], "4");
}

#[tokio::test]
async fn what_reads_is_done_for_several_entries_at_once_and_answers_in_their_order() {
    let (desk, engine) = desk().await;
    let ids: Vec<String> = (0..20).map(|id| id.to_string()).collect();
    // Each waits for another, so one by one they would never end.
    let reply = run(&engine, "DESK_READ_SEVERAL", json!({ "ids": ids })).await;
    let answers = reply.json["data"].as_array().unwrap();
    let paths: Vec<&str> = answers
        .iter()
        .filter_map(|one| one["path"].as_str())
        .collect();
    let expected: Vec<String> = ids.iter().map(|id| format!("/v1/pairs/{id}")).collect();
    assert_eq!(paths, expected, "{reply:?}");
    let most = desk.most_at_once.load(Ordering::SeqCst);
    assert!((2..=6).contains(&most), "{most} at once");
    let audit = get(&engine, "/api/v3.1/engine/audit?limit=100").await.json;
    let noted = audit["items"].as_array().unwrap().iter();
    let noted = noted.filter(|entry| entry["tool_slug"] == "DESK_READ_SEVERAL");
    assert_eq!(noted.count(), 20, "{audit}");
}

#[tokio::test]
async fn what_writes_is_done_for_one_entry_after_the_other() {
    let (desk, engine) = desk().await;
    let reply = run(
        &engine,
        "DESK_MARK_SEVERAL",
        json!({"ids": ["c", "a", "b"]}),
    )
    .await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(desk.most_at_once.load(Ordering::SeqCst), 1);
    let bodies = desk.seen().into_iter();
    let bodies: Vec<String> = bodies
        .map(|one| String::from_utf8(one.body).unwrap())
        .collect();
    assert_eq!(bodies, [r#"{"id":"c"}"#, r#"{"id":"a"}"#, r#"{"id":"b"}"#]);
}

#[tokio::test]
async fn a_step_that_fails_in_the_middle_says_what_was_done_before_it() {
    let (desk, engine) = desk().await;
    let reply = run(&engine, "DESK_MOVE", json!({"id": "gone", "archive": true})).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json["successful"], false);
    let told = error(&reply);
    assert!(
        told.contains("step remove failed") && told.contains("there is none"),
        "{told}"
    );
    assert!(told.contains("copy, archive"), "{told}");
    assert_eq!(reply.json["data"]["status_code"], 404);
    assert_eq!(
        desk.targets(),
        [
            "POST /v1/copies",
            "PUT /v1/archive/copy-1",
            "DELETE /v1/notes/gone"
        ]
    );

    let reply = run(&engine, "DESK_MOVE", json!({"id": "locked"})).await;
    assert!(
        error(&reply).contains("nothing was done before it"),
        "{reply:?}"
    );
    let reply = run(&engine, "DESK_MOVE", json!({"id": "kept"})).await;
    assert!(error(&reply).contains("it is pinned"), "{reply:?}");
    // What the second step needs, the first did not answer: something has happened, so it is a result.
    let reply = run(&engine, "DESK_MOVE", json!({"id": "odd", "archive": true})).await;
    assert_eq!(
        (reply.status, &reply.json["successful"]),
        (StatusCode::OK, &json!(false))
    );
    assert!(error(&reply).contains("done before it: copy"), "{reply:?}");

    let before = desk.seen().len();
    let reply = run(&engine, "DESK_MOVE", json!({"id": "n1"})).await;
    assert_eq!(reply.json["successful"], true, "{reply:?}");
    assert_eq!(
        desk.targets()[before..],
        ["POST /v1/copies", "DELETE /v1/notes/n1"]
    );
}

#[tokio::test]
async fn a_run_is_one_entry_of_the_log_and_each_request_one_of_the_audit() {
    let (_desk, engine) = desk().await;
    run(&engine, "DESK_MOVE", json!({"id": "n1"})).await;
    let logs = post(&engine, "/api/v3.1/logs/tool_execution", &json!({}))
        .await
        .json;
    assert_eq!(logs["logs"].as_array().unwrap().len(), 1, "{logs}");
    let audit = get(&engine, "/api/v3.1/engine/audit").await.json;
    let calls = audit["items"].as_array().unwrap().iter();
    let calls = calls
        .filter(|entry| entry["tool_slug"] == "DESK_MOVE")
        .count();
    assert_eq!(calls, 2, "{audit}");
}

#[tokio::test]
async fn credentials_do_not_go_to_a_server_that_is_none_of_the_apps() {
    let (desk, engine) = desk().await;
    let reply = run(&engine, "DESK_ELSEWHERE", json!({})).await;
    // The server is no host of the app, so the connection's own address stands.
    assert_eq!(desk.targets(), ["GET /v1/notes"], "{reply:?}");
}

#[tokio::test]
async fn a_dry_run_shows_the_first_request_and_sends_none() {
    let (desk, engine) = desk().await;
    let toolset: ToolSet<Plain> = ToolSet::new(engine).entity("u");
    let shown: DryRun = toolset
        .execute_action("DESK_MOVE", json!({"id": "n1"}))
        .dry_run()
        .await
        .unwrap();
    assert!(shown.url.ends_with("/v1/copies"), "{shown:?}");
    assert_eq!(shown.headers["x-key"], "REDACTED");
    assert!(desk.seen().is_empty());
}
