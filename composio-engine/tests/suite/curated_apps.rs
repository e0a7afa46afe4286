//! The actions that the shipped apps have in their `tools` sections, run against a stand-in for each vendor that refuses
//! whatever the vendor's public documentation does not allow.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Request, State},
    routing::any,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE};
use composio_engine::{Engine, shipped_apps};
use http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::support::{Reply, builder, post};

/// One operation of a vendor: what it accepts, and its answer.
struct Operation {
    target: &'static str,
    /// JSON Schema of the query, each parameter a text, or a list of texts if it came more than once.
    query: Value,
    /// JSON Schema of the body; `null` for none.
    body: Value,
    answer: Value,
}

fn operation(target: &'static str, query: Value, body: Value, answer: Value) -> Operation {
    Operation {
        target,
        query,
        body,
        answer,
    }
}

/// A schema of an object with these members and no others; names that end in `*` must be there.
fn object(members: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in members.as_object().unwrap() {
        let plain = name.trim_end_matches('*');
        if plain.len() < name.len() {
            required.push(plain.to_owned());
        }
        properties.insert(plain.to_owned(), schema.clone());
    }
    json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    })
}

fn none() -> Value {
    object(&json!({}))
}

fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

/// A vendor's stand-in.
#[derive(Clone)]
struct Vendor {
    operations: Arc<Vec<Operation>>,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Vendor {
    fn judge(
        &self,
        method: &str,
        path: &str,
        query: &Value,
        body: &Value,
    ) -> Result<Value, String> {
        let target = format!("{method} {path}");
        let known = self.operations.iter().find(|one| one.target == target);
        let known = known.ok_or_else(|| format!("{target} is no operation"))?;
        for (schema, value, what) in [(&known.query, query, "query"), (&known.body, body, "body")] {
            let validator = jsonschema::validator_for(schema).unwrap();
            if let Some(fault) = validator.iter_errors(value).next() {
                return Err(format!("{what}{}: {fault}", fault.instance_path()));
            }
        }
        Ok(known.answer.clone())
    }
}

async fn answer(State(vendor): State<Vendor>, request: Request) -> (StatusCode, Json<Value>) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let is_allowed = parts
        .headers
        .get("authorization")
        .is_some_and(|own| own == "Bearer t0ken");
    if !is_allowed {
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({"message": "who are you?"})),
        );
    }
    let mut query: Map<String, Value> = Map::new();
    let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    for (name, value) in pairs {
        match query.get_mut(&*name) {
            None => drop(query.insert(name.into_owned(), json!(value))),
            Some(Value::Array(list)) => list.push(json!(value)),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let judged = vendor.judge(parts.method.as_str(), &path, &query.into(), &body);
    vendor.bodies.lock().unwrap().push(body);
    match judged {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({"message": why}))),
    }
}

/// An app as it is shipped, with its vendor on loopback.
struct Desk {
    engine: Engine,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Desk {
    /// `server` is the path of the vendor's server in its own document, `address` what stands for the vendor in ours.
    async fn open(app: &str, server: &str, address: &str, operations: Vec<Operation>) -> Self {
        let paths = json!({"/none": {"get": {"summary": "None", "responses": {}}}});
        Self::open_with(&paths, app, server, address, operations).await
    }

    async fn open_with(
        paths: &Value,
        app: &str,
        server: &str,
        address: &str,
        operations: Vec<Operation>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::default();
        let vendor = Vendor {
            operations: Arc::new(operations),
            bodies: Arc::clone(&bodies),
        };
        let router = Router::new().fallback(any(answer)).with_state(vendor);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let shipped = shipped_apps().iter().find(|own| own.slug == app).unwrap();
        let yaml = shipped
            .integration
            .replace("\nhosts: [", "\nhosts: [127.0.0.1, ");
        let yaml = yaml.replace(
            &format!("base_url: {address}"),
            &format!("base_url: {base}"),
        );
        let yaml = yaml.replace(
            &format!("base_url: \"{address}"),
            &format!("base_url: \"{base}"),
        );
        let document = json!({
            "openapi": "3.1.0", "info": {"title": app, "version": "1"},
            "servers": [{"url": format!("{base}{server}")}],
            "paths": paths,
        });
        let engine = builder().in_memory().build().await.unwrap();
        let added = engine.add_app(yaml, document.to_string()).await.unwrap();
        assert!(added.report.skipped.is_empty(), "{:?}", added.report);
        Self { engine, bodies }
    }

    async fn try_run(&self, tool: &str, arguments: Value) -> Reply {
        let body = json!({
            "arguments": arguments,
            "custom_auth_params": {"parameters": [
                {"name": "Authorization", "in": "header", "value": "Bearer t0ken"}]},
        });
        post(
            &self.engine,
            &format!("/api/v3.1/tools/execute/{tool}"),
            &body,
        )
        .await
    }

    async fn run(&self, tool: &str, arguments: Value) -> Value {
        let mut reply = self.try_run(tool, arguments).await;
        assert_eq!(reply.json["successful"], true, "{tool}: {reply:?}");
        reply.json["data"].take()
    }

    fn last_body(&self) -> Value {
        self.bodies.lock().unwrap().last().unwrap().clone()
    }
}

fn raw_mail(raw: &Value) -> String {
    let bytes = BASE64_URL_SAFE.decode(raw.as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn githubs_actions_run_with_the_arguments_of_the_guide_under_both_spellings() {
    let in_path =
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let of_repo = [in_path("owner"), in_path("repo")];
    let issue = json!({"type": "object", "required": ["title"], "properties": {
        "title": {"type": "string"}, "body": {"type": "string"}}});
    let paths = json!({
        "/user": {"get": {"summary": "Get the authenticated user", "responses": {}}},
        "/user/repos": {"get": {"summary": "List repositories for the authenticated user", "responses": {}}},
        "/user/starred/{owner}/{repo}": {"put": {
            "summary": "Star a repository for the authenticated user", "parameters": of_repo, "responses": {}}},
        "/repos/{owner}/{repo}/issues": {"post": {
            "summary": "Create an issue", "parameters": of_repo, "responses": {},
            "requestBody": {"required": true, "content": {"application/json": {"schema": issue}}}}},
    });
    let body = object(&json!({"title*": text(), "body": text()}));
    let any = Value::Bool(true);
    let operations = vec![
        operation(
            "POST /repos/composiohq/agi/issues",
            none(),
            body,
            json!({"number": 7}),
        ),
        operation("GET /user", none(), any.clone(), json!({"login": "ann"})),
        operation("GET /user/repos", none(), any.clone(), json!([])),
        operation("PUT /user/starred/rust-lang/rust", none(), any, Value::Null),
    ];
    let address = "https://api.github.com";
    let desk = Desk::open_with(&paths, "github", "", address, operations).await;
    let arguments = json!({
        "owner": "composiohq", "repo": "agi", "title": "New Issue via Composio execute_action",
        "body": "This issue was created directly using the Composio SDK.",
    });
    for tool in ["GITHUB_CREATE_AN_ISSUE", "GITHUB_CREATE_ISSUE"] {
        let data = desk.run(tool, arguments.clone()).await;
        assert_eq!(data["number"], 7);
    }
    let data = desk
        .run("GITHUB_GET_THE_AUTHENTICATED_USER", json!({}))
        .await;
    assert_eq!(data["login"], "ann");
    let repositories = "GITHUB_LIST_REPOSITORIES_FOR_THE_AUTHENTICATED_USER";
    desk.run(repositories, json!({})).await;
    let star = json!({"owner": "rust-lang", "repo": "rust"});
    desk.run("GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", star)
        .await;
}

fn gmail() -> Vec<Operation> {
    let raw = json!({"type": "string", "pattern": "^[A-Za-z0-9_=-]+$"});
    let message = json!({
        "id": "m1", "threadId": "t1", "labelIds": ["INBOX"], "snippet": "Lunch?", "internalDate": "1738314000123",
        "payload": {
            "mimeType": "text/plain", "body": {"data": "QXQgbm9vbi4="},
            "headers": [
                {"name": "From", "value": "Ann <ann@desk.example>"}, {"name": "To", "value": "me@desk.example"},
                {"name": "Subject", "value": "Lunch"}, {"name": "Message-ID", "value": "<1@desk.example>"}],
        },
    });
    let format = json!({"enum": ["full", "metadata", "minimal", "raw"]});
    vec![
        operation(
            "POST /gmail/v1/users/me/messages/send",
            none(),
            object(&json!({"raw*": raw, "threadId": text()})),
            json!({"id": "m2", "threadId": "t1", "labelIds": ["SENT"]}),
        ),
        operation(
            "GET /gmail/v1/users/me/messages",
            object(&json!({
                "q": text(), "maxResults": {"pattern": "^[0-9]+$"}, "labelIds": {"type": ["array", "string"]},
                "includeSpamTrash": {"enum": ["true", "false"]}, "pageToken": text(),
            })),
            Value::Bool(true),
            json!({"messages": [{"id": "m1", "threadId": "t1"}], "nextPageToken": "p2", "resultSizeEstimate": 9}),
        ),
        operation(
            "GET /gmail/v1/users/me/messages/m1",
            object(&json!({"format": format})),
            Value::Bool(true),
            message.clone(),
        ),
        operation(
            "GET /gmail/v1/users/me/threads/t1",
            object(&json!({"format": format, "metadataHeaders": {"type": "array"}})),
            Value::Bool(true),
            json!({"id": "t1", "messages": [message]}),
        ),
        operation(
            "POST /gmail/v1/users/me/drafts",
            none(),
            object(&json!({"message*": object(&json!({"raw*": raw, "threadId": text()}))})),
            json!({"id": "d1"}),
        ),
        operation(
            "POST /gmail/v1/users/me/messages/m1/modify",
            none(),
            object(&json!({
                "addLabelIds": {"type": "array", "items": text()},
                "removeLabelIds": {"type": "array", "items": text()},
            })),
            json!({"id": "m1"}),
        ),
    ]
}

#[tokio::test]
async fn gmail_sends_and_answers_mails() {
    let desk = Desk::open("gmail", "/", "", gmail()).await;
    let arguments = json!({
        "recipient_email": "fixed@example.com", "subject": "No Subject Provided", "body": "Grüße\nAnn",
        "cc": ["bob@example.com"], "extra_recipients": ["eve@example.com"],
    });
    let data = desk.run("GMAIL_SEND_EMAIL", arguments).await;
    assert_eq!(data["id"], "m2");
    let mail = raw_mail(&desk.last_body()["raw"]);
    for part in [
        "To: <fixed@example.com>, <eve@example.com>\r\n",
        "Cc: <bob@example.com>\r\n",
        "Subject: No Subject Provided\r\n",
        "Content-Type: text/plain",
    ] {
        assert!(mail.contains(part), "{part} of {mail}");
    }
    assert!(!mail.contains("Bcc:"), "{mail}");

    let arguments = json!({
        "thread_id": "t1", "recipient_email": "ann@desk.example", "message_body": "<p>Yes</p>", "is_html": true,
    });
    desk.run("GMAIL_REPLY_TO_THREAD", arguments).await;
    let body = desk.last_body();
    assert_eq!(body["threadId"], "t1");
    let mail = raw_mail(&body["raw"]);
    for part in [
        "In-Reply-To: <1@desk.example>",
        "References: <1@desk.example>",
        "Subject: Lunch\r\n",
        "Content-Type: text/html",
    ] {
        assert!(mail.contains(part), "{part} of {mail}");
    }

    let arguments =
        json!({"recipient_email": "ann@desk.example", "body": "Draft", "thread_id": "t1"});
    desk.run("GMAIL_CREATE_EMAIL_DRAFT", arguments).await;
    assert!(raw_mail(&desk.last_body()["message"]["raw"]).contains("<ann@desk.example>"));
}

#[tokio::test]
async fn a_mail_to_what_is_no_address_is_refused_before_it_is_sent() {
    let desk = Desk::open("gmail", "/", "", gmail()).await;
    for arguments in [
        json!({"recipient_email": "a@b.example\r\nBcc: x@evil.example", "body": "hi"}),
        json!({"recipient_email": "a@b.example", "subject": "x\r\nBcc: x@evil.example", "body": "hi"}),
        json!({"recipient_email": "nobody", "body": "hi"}),
    ] {
        let reply = desk.try_run("GMAIL_SEND_EMAIL", arguments).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
        assert!(!reply.json.to_string().contains("evil"), "{reply:?}");
    }
    assert!(desk.bodies.lock().unwrap().is_empty());
}

#[tokio::test]
async fn gmail_reads_mails_with_the_members_that_the_guide_keeps() {
    let desk = Desk::open("gmail", "/", "", gmail()).await;
    let arguments = json!({"query": "is:unread", "max_results": 5, "label_ids": ["INBOX"]});
    let data = desk.run("GMAIL_FETCH_EMAILS", arguments).await;
    let mail = &data["messages"][0];
    assert_eq!(mail["sender"], "Ann <ann@desk.example>");
    assert_eq!(mail["subject"], "Lunch");
    assert_eq!(mail["messageText"], "At noon.");
    assert_eq!(mail["messageTimestamp"], "2025-01-31T09:00:00Z");
    assert_eq!(data["nextPageToken"], "p2");
    desk.run("GMAIL_FETCH_EMAILS", json!({})).await;
    desk.run(
        "GMAIL_FETCH_MESSAGE_BY_THREAD_ID",
        json!({"thread_id": "t1"}),
    )
    .await;
    let one = desk
        .run(
            "GMAIL_FETCH_MESSAGE_BY_MESSAGE_ID",
            json!({"message_id": "m1"}),
        )
        .await;
    assert_eq!(&one, mail);
    let arguments = json!({"message_id": "m1", "remove_label_ids": ["UNREAD"]});
    desk.run("GMAIL_ADD_LABEL_TO_EMAIL", arguments).await;
    assert_eq!(desk.last_body(), json!({"removeLabelIds": ["UNREAD"]}));
}

fn calendar() -> Vec<Operation> {
    let moment =
        json!({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?$"});
    let time = object(&json!({"dateTime*": moment, "timeZone": text()}));
    let people = json!({"type": "array", "items": object(&json!({"email*": text()}))});
    let event = json!({"id": "e1", "status": "confirmed"});
    vec![
        operation(
            "GET /calendar/v3/users/me/calendarList",
            object(&json!({
                "maxResults": {"pattern": "^[0-9]+$"}, "minAccessRole": text(), "showDeleted": {"enum": ["true", "false"]},
                "showHidden": {"enum": ["true", "false"]}, "pageToken": text(),
            })),
            Value::Bool(true),
            json!({"kind": "calendar#calendarList", "items": [{"id": "primary", "summary": "Ann"}]}),
        ),
        operation(
            "POST /calendar/v3/calendars/ann%40desk.example/events",
            object(&json!({"sendUpdates": {"enum": ["all", "none", "externalOnly"]}})),
            object(&json!({
                "summary": text(), "description": text(), "location": text(), "start*": time, "end*": time,
                "attendees": people, "recurrence": {"type": "array"}, "visibility": text(), "transparency": text(),
            })),
            event.clone(),
        ),
        operation(
            "GET /calendar/v3/calendars/primary/events",
            object(&json!({
                "q": text(), "timeMin": moment, "timeMax": moment, "maxResults": text(), "singleEvents": {"const": "true"},
                "orderBy": {"const": "startTime"}, "pageToken": text(),
            })),
            Value::Bool(true),
            json!({"items": [event]}),
        ),
        operation(
            "PATCH /calendar/v3/calendars/primary/events/e1",
            none(),
            object(&json!({"summary": text(), "start": object(&json!({"dateTime*": moment}))})),
            event,
        ),
        operation(
            "POST /calendar/v3/freeBusy",
            none(),
            object(&json!({
                "timeMin*": moment, "timeMax*": moment, "timeZone": text(),
                "items*": {"type": "array", "items": object(&json!({"id*": text()}))},
            })),
            json!({"calendars": {}}),
        ),
    ]
}

#[tokio::test]
async fn calendars_are_listed_and_events_made_found_and_changed() {
    let desk = Desk::open("googlecalendar", "/calendar/v3/", "", calendar()).await;
    let data = desk.run("GOOGLECALENDAR_LIST_CALENDARS", json!({})).await;
    assert_eq!(data["calendars"][0]["summary"], "Ann");
    let arguments = json!({
        "calendar_id": "ann@desk.example", "summary": "Lunch", "start_datetime": "2025-01-31T23:30:00",
        "event_duration_hour": 1, "event_duration_minutes": 15, "timezone": "Europe/Berlin", "attendees": ["bob@desk.example"],
    });
    desk.run("GOOGLECALENDAR_CREATE_EVENT", arguments).await;
    let body = desk.last_body();
    assert_eq!(body["end"]["dateTime"], "2025-02-01T00:45:00");
    assert_eq!(body["attendees"], json!([{"email": "bob@desk.example"}]));
    let arguments = json!({"query": "lunch", "time_min": "2025-01-31"});
    let data = desk.run("GOOGLECALENDAR_FIND_EVENT", arguments).await;
    assert_eq!(data["items"][0]["id"], "e1");
    let arguments =
        json!({"event_id": "e1", "summary": "Later", "start_time": "2025-01-31T12:00:00+01:00"});
    desk.run("GOOGLECALENDAR_PATCH_EVENT", arguments).await;
    assert_eq!(
        desk.last_body()["start"]["dateTime"],
        "2025-01-31T11:00:00Z"
    );
    let arguments =
        json!({"time_min": "2025-01-31", "time_max": "2025-02-01", "items": ["primary", "x"]});
    desk.run("GOOGLECALENDAR_FIND_FREE_SLOTS", arguments).await;
    let reply = desk
        .try_run("GOOGLECALENDAR_FIND_EVENT", json!({"time_min": "tomorrow"}))
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
}

fn slack() -> Vec<Operation> {
    let message = object(&json!({
        "channel*": text(), "text": text(), "thread_ts": text(), "mrkdwn": {"type": "boolean"},
    }));
    vec![
        operation(
            "POST /api/chat.postMessage",
            none(),
            message,
            json!({"ok": true, "ts": "1.2", "channel": "C1"}),
        ),
        operation(
            "POST /api/conversations.open",
            none(),
            object(&json!({"users*": {"pattern": "^[A-Z0-9]+(,[A-Z0-9]+)*$"}})),
            json!({"ok": true, "channel": {"id": "D1"}}),
        ),
        operation(
            "POST /api/reactions.add",
            none(),
            object(&json!({"channel*": text(), "timestamp*": text(), "name*": text()})),
            json!({"ok": false, "error": "already_reacted"}),
        ),
        operation(
            "POST /api/chat.scheduleMessage",
            none(),
            object(
                &json!({"channel*": text(), "text*": text(), "post_at*": {"type": "integer"}, "thread_ts": text()}),
            ),
            json!({"ok": true}),
        ),
        operation(
            "GET /api/conversations.history",
            object(
                &json!({"channel*": text(), "limit": {"pattern": "^[0-9]+$"}, "oldest": text(), "latest": text(), "cursor": text()}),
            ),
            Value::Bool(true),
            json!({"ok": true, "messages": [{"ts": "1"}], "response_metadata": {"next_cursor": ""}}),
        ),
    ]
}

#[tokio::test]
async fn slack_sends_the_guides_message_and_says_when_it_could_not() {
    let desk = Desk::open("slack", "/api", "", slack()).await;
    let arguments =
        json!({"channel": "C1", "thread_ts": "1.1", "mrkdwn": false, "text": "> be me"});
    let data = desk
        .run(
            "SLACK_SENDS_A_MESSAGE_TO_A_SLACK_CHANNEL",
            arguments.clone(),
        )
        .await;
    assert_eq!(data["ts"], "1.2");
    assert_eq!(desk.last_body(), arguments);
    let arguments = json!({"users": ["U1", "U2"], "text": "hi"});
    desk.run("SLACK_SEND_A_DIRECT_MESSAGE", arguments).await;
    assert_eq!(desk.last_body(), json!({"channel": "D1", "text": "hi"}));
    let arguments = json!({"channel": "C1", "text": "hi", "post_at": "2025-01-31T09:00:00Z"});
    desk.run("SLACK_SCHEDULES_A_MESSAGE_IN_A_CHANNEL", arguments)
        .await;
    assert_eq!(desk.last_body()["post_at"], 1_738_314_000);
    let arguments = json!({"channel": "C1"});
    let data = desk
        .run("SLACK_FETCH_CONVERSATION_HISTORY", arguments)
        .await;
    assert_eq!(data, json!({"messages": [{"ts": "1"}]}));
    let arguments = json!({"channel": "C1", "timestamp": "1.1", "name": "thumbsup"});
    let reply = desk
        .try_run("SLACK_ADD_REACTION_TO_AN_ITEM", arguments)
        .await;
    assert_eq!(reply.json["successful"], false);
    assert_eq!(reply.json["error"], "already_reacted");
}

#[tokio::test]
async fn linears_documents_are_sent_with_their_variables() {
    let page = json!({"hasNextPage": false, "endCursor": "c"});
    let answer = json!({"data": {
        "issueCreate": {"success": true, "issue": {"id": "i1", "identifier": "ENG-1"}},
        "issues": {"nodes": [{"id": "i1"}], "pageInfo": page},
        "teams": {"nodes": [{"id": "t1"}], "pageInfo": page},
    }});
    let body = object(&json!({
        "query*": {"pattern": r"^(query|mutation) [A-Z]\w+[ (]"}, "variables*": {"type": "object"},
    }));
    let operations = vec![operation("POST /graphql", none(), body, answer)];
    let desk = Desk::open("linear", "", "https://api.linear.app", operations).await;
    let arguments =
        json!({"team_id": "t1", "title": "Fix \"it\"", "description": "Now", "priority": 2});
    let data = desk.run("LINEAR_CREATE_LINEAR_ISSUE", arguments).await;
    assert_eq!(data["identifier"], "ENG-1");
    let input = json!({"teamId": "t1", "title": "Fix \"it\"", "description": "Now", "priority": 2});
    assert_eq!(desk.last_body()["variables"], json!({ "input": input }));
    let data = desk
        .run("LINEAR_LIST_LINEAR_ISSUES", json!({"team_id": "t1"}))
        .await;
    assert_eq!(data, json!({"issues": [{"id": "i1"}]}));
    let filter = json!({"team": {"id": {"eq": "t1"}}});
    assert_eq!(
        desk.last_body()["variables"],
        json!({"first": 50, "filter": filter})
    );
    desk.run("LINEAR_LIST_LINEAR_TEAMS", json!({})).await;
}

#[tokio::test]
async fn notions_pages_have_paragraphs() {
    let page = object(&json!({
        "parent*": {"type": "object"}, "properties*": {"type": "object"}, "children": {"type": "array"},
        "icon": {"type": "object"},
    }));
    let search = object(&json!({
        "query": text(), "filter": object(&json!({"property*": text(), "value*": text()})), "sort": {"type": "object"},
        "page_size": {"type": "integer", "maximum": 100}, "start_cursor": text(),
    }));
    let operations = vec![
        operation("POST /v1/pages", none(), page, json!({"id": "p2"})),
        operation(
            "POST /v1/search",
            none(),
            search,
            json!({"results": [{"id": "p1"}], "next_cursor": null}),
        ),
    ];
    let desk = Desk::open("notion", "", "https://api.notion.com", operations).await;
    let arguments =
        json!({"parent_id": "p1", "title": "Milk", "markdown": "one\n\ntwo", "icon": "🥛"});
    desk.run("NOTION_CREATE_NOTION_PAGE", arguments).await;
    let body = desk.last_body();
    assert_eq!(
        body["properties"]["title"]["title"][0]["text"]["content"],
        "Milk"
    );
    assert_eq!(body["children"].as_array().unwrap().len(), 2);
    let arguments = json!({"query": "milk", "filter_value": "page", "page_size": 300});
    let data = desk.run("NOTION_SEARCH_NOTION_PAGE", arguments).await;
    assert_eq!(data["results"][0]["id"], "p1");
}

#[tokio::test]
async fn jiras_issues_are_made_found_and_moved() {
    let document = object(
        &json!({"type*": {"const": "doc"}, "version*": {"const": 1}, "content*": {"type": "array"}}),
    );
    let fields = object(&json!({
        "project*": object(&json!({"key*": text()})), "summary*": text(), "description": document,
        "issuetype*": object(&json!({"name*": text()})), "labels": {"type": "array"},
    }));
    let transitions = json!({"transitions": [
        {"id": "11", "name": "Start", "to": {"name": "In Progress"}}, {"id": "31", "name": "Finish", "to": {"name": "Done"}}]});
    let operations = vec![
        operation(
            "POST /rest/api/3/issue",
            none(),
            object(&json!({"fields*": fields})),
            json!({"key": "ENG-1"}),
        ),
        operation(
            "GET /rest/api/3/issue/ENG-1/transitions",
            none(),
            Value::Bool(true),
            transitions,
        ),
        operation(
            "POST /rest/api/3/issue/ENG-1/transitions",
            none(),
            object(&json!({"transition*": object(&json!({"id*": {"const": "31"}}))})),
            Value::Null,
        ),
        operation(
            "GET /rest/api/3/project/search",
            object(&json!({"query": text(), "maxResults": text(), "startAt": text()})),
            Value::Bool(true),
            json!({"values": [{"key": "ENG"}], "startAt": 0, "maxResults": 50, "isLast": true}),
        ),
    ];
    let address = "https://api.atlassian.com/ex/jira/{{cloud_id}}";
    let desk = Desk::open("jira", "", address, operations).await;
    let arguments = json!({"project_key": "ENG", "summary": "It broke", "description": "Badly.", "labels": ["a"]});
    desk.run("JIRA_CREATE_ISSUE", arguments).await;
    for transition in ["Finish", "Done", "31"] {
        let arguments = json!({"issue_id_or_key": "ENG-1", "transition": transition});
        desk.run("JIRA_TRANSITION_ISSUE", arguments).await;
    }
    let arguments = json!({"issue_id_or_key": "ENG-1", "transition": "Burn"});
    let reply = desk.try_run("JIRA_TRANSITION_ISSUE", arguments).await;
    assert!(
        reply.json["error"]
            .as_str()
            .unwrap()
            .contains("Start, Finish"),
        "{reply:?}"
    );
    let data = desk.run("JIRA_GET_ALL_PROJECTS", json!({})).await;
    assert_eq!(data, json!({"projects": [{"key": "ENG"}]}));
}

#[tokio::test]
async fn the_stand_in_refuses_what_the_vendor_would() {
    let vendor = Vendor {
        operations: Arc::new(gmail()),
        bodies: Arc::default(),
    };
    let send = "/gmail/v1/users/me/messages/send";
    let judge = |body: Value| vendor.judge("POST", send, &json!({}), &body);
    assert!(judge(json!({"raw": "aGk="})).is_ok());
    for body in [
        json!({}),
        json!({"raw": "a b"}),
        json!({"raw": "aGk=", "to": "x"}),
        json!(null),
    ] {
        assert!(judge(body.clone()).is_err(), "{body}");
    }
    assert!(
        vendor
            .judge(
                "POST",
                "/gmail/v1/users/you/messages/send",
                &json!({}),
                &json!({"raw": "a"})
            )
            .is_err()
    );
}
