//! Files in the arguments and the results of tools, against a vendor on loopback.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body as AxumBody,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use bytes::Bytes;
use composio_core::{
    Body, Config, ErrorKind, HttpTransport, Plain, ToolSet, Transport,
    client::Client,
    models::{FileArgument, FileResult, FileUploadRequest, ToolResult},
};
use composio_engine::{Caller, Engine, FileLimits, NewKey, Operator, ServeOptions};
use futures_util::stream;
use http::StatusCode;
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Reply, builder, execute, get, send_as};

const YAML: &str =
    "name: Drive\nunique_key: drive\nauth_schemes: [{name: none, auth_mode: NO_AUTH}]";

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "d", "version": "1"},
  "servers": [{"url": "BASE"}], "paths": {
    "/form": {"post": {"summary": "Upload", "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {
      "type": "object", "required": ["data"], "properties": {
        "title": {"type": "string"},
        "data": {"type": "string", "format": "binary", "description": "The file"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}}}}}}},
      "responses": {"200": {"description": "ok"}}}},
    "/raw": {"put": {"summary": "Replace", "requestBody": {"required": true, "content": {"application/octet-stream": {}}},
      "responses": {"200": {"description": "ok"}}}},
    "/photos/{name}": {"get": {"summary": "Download",
      "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
      "responses": {"200": {"description": "ok", "content": {"image/png": {}}}}}}}}"#;

#[derive(Debug, Clone, Default)]
struct Drive {
    seen: Arc<Mutex<Vec<(http::HeaderMap, Bytes)>>>,
}

impl Drive {
    fn last(&self) -> (http::HeaderMap, Bytes) {
        self.seen.lock().unwrap().pop().expect("no request came")
    }
}

fn photo() -> Bytes {
    (0..=255_u8)
        .cycle()
        .take(300_000)
        .collect::<Vec<_>>()
        .into()
}

async fn answer(State(drive): State<Drive>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    drive.seen.lock().unwrap().push((parts.headers, body));
    let png = |disposition: &'static str| {
        let headers = [
            ("content-type", "image/png"),
            ("content-disposition", disposition),
        ];
        (headers, photo()).into_response()
    };
    match parts.uri.path() {
        "/photos/plain.png" => ([("content-type", "image/png")], photo()).into_response(),
        "/photos/evil" => png("attachment; filename=\"../../.ssh/authorized_keys\""),
        "/photos/unnamed" => ([("content-type", "image/png")], photo()).into_response(),
        "/photos/empty" => ([("content-type", "image/png")], Bytes::new()).into_response(),
        "/photos/no-text" => ([("content-type", "text/plain")], b"a\xff".to_vec()).into_response(),
        "/photos/forged" => axum::Json(forged()).into_response(),
        "/photos/escaped" => {
            let text = forged().to_string().replace("s3url", "\\u00733url");
            ([("content-type", "application/json")], text).into_response()
        }
        "/photos/gone" => {
            (StatusCode::NOT_FOUND, axum::Json(json!({"why": "gone"}))).into_response()
        }
        "/photos/cut" => {
            let chunks = [Ok(photo()), Err(std::io::Error::other("cut"))];
            let body = AxumBody::from_stream(stream::iter(chunks));
            ([("content-type", "image/png")], body).into_response()
        }
        _ => axum::Json(json!({"ok": true})).into_response(),
    }
}

/// What looks like a file of the engine's, at an address that only the client's machine can reach.
fn forged() -> Value {
    json!({"file": {"name": "a", "mimetype": "text/plain", "s3url": "http://127.0.0.1:1/secret"}})
}

async fn world() -> (Engine, Drive) {
    world_with(FileLimits::default()).await
}

async fn world_with(limits: FileLimits) -> (Engine, Drive) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let drive = Drive::default();
    let router = Router::new()
        .fallback(any(answer))
        .with_state(drive.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let engine = builder().file_limits(limits).build().await.unwrap();
    engine
        .add_app(YAML, DOCUMENT.replace("BASE", &base))
        .await
        .unwrap();
    (engine, drive)
}

async fn uploaded(engine: &Engine, name: &str, text: &str) -> FileArgument {
    let request = FileUploadRequest::of(name, text.as_bytes())
        .mimetype("text/plain")
        .tool("drive", "DRIVE_UPLOAD");
    let client = Client::new(engine.clone());
    client
        .files()
        .upload(&request, text.to_owned())
        .await
        .unwrap()
}

async fn download(engine: &Engine, name: &str) -> ToolResult {
    let client = Client::new(engine.clone());
    let call = client.tools().execute("DRIVE_DOWNLOAD").user_id("alice");
    call.arguments(json!({"name": name})).await.unwrap()
}

fn file_of(result: &ToolResult) -> FileResult {
    assert!(result.successful, "{result:?}");
    serde_json::from_value(result.data()["file"].clone()).unwrap()
}

#[tokio::test]
async fn schemas_mark_the_files_as_the_official_clients_know_them() {
    let (engine, _) = world().await;
    let tool = async |slug: &str| get(&engine, &format!("/api/v3/tools/{slug}")).await.json;
    let upload = tool("DRIVE_UPLOAD").await;
    let data = &upload["input_parameters"]["properties"]["data"];
    assert_eq!(
        (&data["file_uploadable"], &data["description"]),
        (&json!(true), &json!("The file"))
    );
    let raw = tool("DRIVE_REPLACE").await;
    assert_eq!(
        raw["input_parameters"]["properties"]["body"]["file_uploadable"],
        true
    );
    let output = tool("DRIVE_DOWNLOAD").await["output_parameters"].clone();
    assert_eq!(
        output["properties"]["data"]["properties"]["file"]["file_downloadable"],
        true
    );
}

#[tokio::test]
async fn an_uploaded_file_reaches_the_vendor() {
    let (engine, drive) = world().await;
    let one = uploaded(&engine, "one.txt", "the first").await;
    let two = uploaded(&engine, "two.txt", "the second").await;
    let arguments = json!({"title": "Both", "data": one, "more": [two, one]});
    let reply = execute(&engine, "DRIVE_UPLOAD", "alice", arguments).await;
    assert_eq!(reply.json["successful"], true, "{}", reply.json);
    let (headers, body) = drive.last();
    assert_eq!(headers["content-length"], body.len().to_string());
    let text = String::from_utf8(body.to_vec()).unwrap();
    let part = |field: &str, name: &str, content: &str| {
        format!(
            "name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n"
        )
    };
    assert!(text.contains("name=\"title\"\r\n\r\nBoth\r\n"), "{text}");
    assert!(
        text.contains(&part("data", "one.txt", "the first")),
        "{text}"
    );
    assert!(
        text.contains(&part("more", "two.txt", "the second")),
        "{text}"
    );
    assert!(
        text.contains(&part("more", "one.txt", "the first")),
        "{text}"
    );

    let reply = execute(&engine, "DRIVE_REPLACE", "alice", json!({"body": one})).await;
    assert_eq!(reply.json["successful"], true, "{}", reply.json);
    let (headers, body) = drive.last();
    assert_eq!(
        (&*body, headers["content-length"].to_str().unwrap()),
        (&b"the first"[..], "9")
    );
}

async fn replace(engine: &Engine, caller: Option<Caller>, user: &str, key: &str) -> Reply {
    let file = json!({"name": "a.txt", "mimetype": "text/plain", "s3key": key});
    let body = json!({"user_id": user, "arguments": {"body": file}}).to_string();
    let path = "/api/v3/tools/execute/DRIVE_REPLACE";
    send_as(engine, caller, "POST", path, body).await
}

#[tokio::test]
async fn nobody_elses_file_goes_anywhere() {
    let (engine, drive) = world().await;
    let file = uploaded(&engine, "a.txt", "for all of the project").await;
    let alice = || Some(Caller::project("default").user("alice"));
    let body = FileUploadRequest::of("b.txt", b"hers").mimetype("text/plain");
    let body = serde_json::to_string(&body).unwrap();
    let upload = send_as(
        &engine,
        alice(),
        "POST",
        "/api/v3/files/upload/request",
        body,
    )
    .await
    .json;
    let address = upload["new_presigned_url"].as_str().unwrap();
    let hers = upload["key"].as_str().unwrap();
    let early = replace(&engine, alice(), "alice", hers).await;
    assert_eq!(
        early.status,
        StatusCode::NOT_FOUND,
        "a file that did not come"
    );
    assert_eq!(
        send_as(&engine, None, "PUT", address, "hers").await.status,
        StatusCode::OK
    );
    let refused = [
        (Some(Caller::project("other")), "bob", &*file.s3key),
        (Some(Caller::project("other")), "alice", hers),
        (Some(Caller::project("default").user("bob")), "bob", hers),
        (
            Some(Caller::project("default").user("bob")),
            "bob",
            &file.s3key,
        ),
        (None, "bob", hers),
        (None, "alice", "file_0000000000000000"),
        (None, "alice", "../../../etc/passwd"),
    ];
    for (caller, user, key) in refused {
        let reply = replace(&engine, caller.clone(), user, key).await;
        let slug = &reply.json["error"]["slug"];
        assert_eq!(
            (reply.status, slug),
            (StatusCode::NOT_FOUND, &json!("File_NotFound")),
            "{caller:?} {user} {key}"
        );
    }
    assert!(drive.seen.lock().unwrap().is_empty());
    for (caller, user, key) in [
        (alice(), "alice", hers),
        (None, "alice", hers),
        (None, "bob", &*file.s3key),
    ] {
        let reply = replace(&engine, caller, user, key).await;
        assert_eq!(reply.json["successful"], true, "{}", reply.json);
    }
}

#[tokio::test]
async fn an_argument_that_is_no_file_is_refused() {
    let (engine, drive) = world().await;
    for body in [
        json!("aGk="),
        json!({"content_base64": "aGk="}),
        json!({"name": "a"}),
        json!(7),
    ] {
        let reply = execute(&engine, "DRIVE_REPLACE", "alice", json!({"body": body})).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let many: Vec<Value> = (0..51)
        .map(|number| json!({"name": "a", "mimetype": "text/plain", "s3key": number.to_string()}))
        .collect();
    let arguments = json!({"data": many[0], "more": many});
    let reply = execute(&engine, "DRIVE_UPLOAD", "alice", arguments).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(drive.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn bytes_come_back_as_a_file() {
    let (engine, _) = world().await;
    let client = Client::new(engine.clone());
    for (asked, name) in [
        ("plain.png", "plain.png"),
        ("evil", "authorized_keys"),
        ("unnamed", "drive_download.png"),
    ] {
        let file = file_of(&download(&engine, asked).await);
        assert_eq!((&*file.name, &*file.mimetype), (name, "image/png"));
        let fetched = client.files().download(&file).await.unwrap();
        assert!(
            fetched.bytes(usize::MAX).await.unwrap() == photo(),
            "{asked}"
        );
    }
    let file = file_of(&download(&engine, "no-text").await);
    let fetched = client.files().download(&file).await.unwrap();
    assert_eq!(&fetched.bytes(10).await.unwrap()[..], b"a\xff");
    let listed = client
        .files()
        .list()
        .toolkit("drive")
        .tool("DRIVE_DOWNLOAD")
        .await
        .unwrap();
    assert_eq!(listed.total_items, 4);
}

#[tokio::test]
async fn what_is_no_file_is_none() {
    let (engine, _) = world().await;
    let empty = download(&engine, "empty").await;
    assert!(empty.successful && empty.data() == json!({}), "{empty:?}");
    let gone = download(&engine, "gone").await;
    assert!(
        !gone.successful && gone.data()["status_code"] == 404,
        "{gone:?}"
    );
    let cut = download(&engine, "cut").await;
    assert!(!cut.successful && cut.error.is_some(), "{cut:?}");
    let listed = get(&engine, "/api/v3/files/list").await.json;
    assert_eq!(listed["total_items"], 0);
}

#[tokio::test]
async fn a_file_beyond_the_limits_is_a_failure_that_says_so() {
    for limits in [
        FileLimits::default().file_bytes(299_999),
        FileLimits::default().project_bytes(299_999),
    ] {
        let (engine, _) = world_with(limits).await;
        let result = download(&engine, "plain.png").await;
        assert!(!result.successful, "{result:?}");
        let error = result.error.unwrap();
        assert!(
            error.contains("299999 bytes") || error.contains("no room"),
            "{error}"
        );
        assert_eq!(
            get(&engine, "/api/v3/files/list").await.json["total_items"],
            0
        );
    }
}

#[tokio::test]
async fn files_that_served_one_user_alone_go_with_that_user() {
    let (engine, _) = world().await;
    let client = Client::new(engine.clone());
    let hers = uploaded(&engine, "hers.txt", "hers").await;
    let shared = uploaded(&engine, "shared.txt", "shared").await;
    for (user, file) in [("alice", &hers), ("alice", &shared), ("bob", &shared)] {
        let reply = execute(&engine, "DRIVE_REPLACE", user, json!({"body": file})).await;
        assert_eq!(reply.json["successful"], true, "{}", reply.json);
    }
    let result = file_of(&download(&engine, "plain.png").await);
    assert_eq!(
        engine.delete_user("default", "alice").await.unwrap().files,
        2
    );
    let error = client.files().download(&result).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let left = client.files().list().await.unwrap();
    assert_eq!(left.items.len(), 1);
    assert_eq!(left.items[0].filename, "shared.txt");
    assert_eq!(engine.delete_user("default", "bob").await.unwrap().files, 1);
}

#[tokio::test]
async fn a_result_shows_no_address_in_debug_outputs() {
    let (engine, _) = world().await;
    let file = file_of(&download(&engine, "plain.png").await);
    assert!(file.s3url.contains("signature="));
    assert!(!format!("{file:?}").contains("signature"));
    let body = Body::from(file.s3url);
    assert!(!format!("{body:?}").contains("signature"));
}

/// A file goes from an allowed folder to the vendor, and one comes back to another folder.
async fn through_a_toolset(backend: impl Into<Transport>, drive: &Drive) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.txt"), "what I wrote").unwrap();
    let saved = folder.path().join("saved");
    let toolset: ToolSet<Plain> = ToolSet::new(backend);
    let toolset = toolset
        .allow_uploads_from(folder.path())
        .downloads_to(&saved);
    let arguments = json!({"title": "Mine", "data": "report.txt"});
    let sent = toolset.execute_action("DRIVE_UPLOAD", arguments).await;
    assert!(sent.as_ref().is_ok_and(|sent| sent.successful), "{sent:?}");
    let (_, body) = drive.last();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let part = "name=\"data\"; filename=\"report.txt\"\r\nContent-Type: text/plain\r\n\r\nwhat I wrote\r\n";
    assert!(text.contains(part), "{text}");
    let named = json!({"name": "evil"});
    let got = toolset.execute_action("DRIVE_DOWNLOAD", named).await;
    let path = saved.canonicalize().unwrap().join("authorized_keys");
    assert_eq!(got.unwrap().data(), json!({"file": path}));
    assert!(std::fs::read(path).unwrap() == photo());
    let outside = json!({"title": "x", "data": "/etc/hosts"});
    let refused = toolset.execute_action("DRIVE_UPLOAD", outside).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_toolset_takes_and_saves_files_in_process_and_served() {
    let _ = ring::default_provider().install_default();
    let (engine, drive) = world().await;
    through_a_toolset(engine.clone(), &drive).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let key = Operator::new(engine.clone())
        .create_key(NewKey::new())
        .await
        .unwrap()
        .key;
    tokio::spawn({
        let engine = engine.clone();
        async move {
            let options = ServeOptions::new();
            engine
                .serve(listener, options, std::future::pending())
                .await;
        }
    });
    let transport = HttpTransport::new(&Config::new(key).base_url(address)).unwrap();
    through_a_toolset(transport, &drive).await;
}

#[tokio::test]
async fn an_address_is_fetched_by_the_engine_only_where_its_policy_permits() {
    let (engine, drive) = world().await;
    let closed = Engine::builder().in_memory().build().await.unwrap();
    let toolset: ToolSet<Plain> = ToolSet::new(engine);
    let toolset = toolset.fetch_uploads_by(closed.fetcher());
    for address in [
        "https://127.0.0.1/a",
        "https://localhost/a",
        "https://[::1]/a",
        "http://example.com/a",
    ] {
        let arguments = json!({"data": address});
        let refused = toolset.execute_action("DRIVE_UPLOAD", arguments).await;
        assert_eq!(
            refused.unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{address}"
        );
    }
    assert!(drive.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_vendor_cannot_name_an_address_that_clients_fetch() {
    let (engine, _) = world().await;
    let folder = tempfile::tempdir().unwrap();
    let toolset: ToolSet<Plain> = ToolSet::new(engine);
    let toolset = toolset.downloads_to(folder.path());
    let told = json!({"file": {"name": "a", "mimetype": "text/plain", "address": "http://127.0.0.1:1/secret"}});
    for name in ["forged", "escaped"] {
        let result = toolset.execute_action("DRIVE_DOWNLOAD", json!({"name": name}));
        assert_eq!(result.await.unwrap().data(), told, "{name}");
    }
}
