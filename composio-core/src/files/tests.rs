use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tower::service_fn;

use super::{data_url, leaves, source::Source};
use crate::{
    Body, Error, Plain, PlainMessage, PlainResponse, ToolCall, ToolSet, Tools,
    disk::file_name,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};

fn file(mark: &str, key: &str) -> Value {
    json!({"type": "object", "title": "File", "description": "The photo.", mark: true,
        "properties": {"name": {"type": "string"}, "mimetype": {"type": "string"}, key: {"type": "string"}},
        "required": ["name", "mimetype", key]})
}

fn attach() -> Tool {
    let mut tool = Tool::new("NOTES_ATTACH");
    tool.toolkit = ToolToolkit::new("notes", "Notes", "");
    tool.no_auth = true;
    tool.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["title"],
        "properties": {
            "title": {"type": "string"},
            "photo": {"anyOf": [{"$ref": "#/$defs/File"}, {"type": "null"}]},
            "more": {"type": "array", "items": {"$ref": "#/$defs/File"}},
        },
        "$defs": {"File": file("file_uploadable", "s3key")},
    }));
    tool
}

fn fetch() -> Tool {
    let mut tool = Tool::new("NOTES_FETCH");
    tool.toolkit = ToolToolkit::new("notes", "Notes", "");
    tool.no_auth = true;
    tool.output_parameters = RawJson::from(json!({
        "type": "object", "properties": {"data": {"type": "object", "properties": {
            "file": file("file_downloadable", "s3url"),
            "all": {"type": "array", "items": file("file_downloadable", "s3url")},
        }}},
    }));
    tool.input_parameters = RawJson::from(json!({"type": "object", "properties": {"data": {}}}));
    tool
}

fn service() -> FakeService {
    FakeService::new()
        .tool(attach(), |arguments| async {
            Ok(ToolResult::success(arguments))
        })
        .tool(fetch(), |arguments| async move {
            Ok(ToolResult::success(arguments["data"].clone()))
        })
        .file("abc", "the bytes")
        .file("large", vec![0_u8; 5_000])
}

fn toolset(service: &FakeService) -> ToolSet<Plain> {
    ToolSet::new(service.clone()).entity("alice")
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let allowed = folder.path().join("allowed");
    fs::create_dir_all(allowed.join("below")).unwrap();
    fs::write(allowed.join("a b.txt"), "one").unwrap();
    fs::write(allowed.join("below/two.PNG"), "two").unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    (folder, allowed)
}

async fn told(tools: &Tools<Plain>, name: &str, arguments: &Value) -> Value {
    let calls = PlainResponse::calls([ToolCall::with_value("call_1", name, arguments)]);
    let messages = tools.handle_tool_calls(&calls).await.unwrap();
    let [PlainMessage::Tool { text, .. }] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    serde_json::from_str(text).unwrap()
}

async fn attached(toolset: &ToolSet<Plain>, arguments: Value) -> Value {
    let tools = toolset.get_tools().actions(["NOTES_ATTACH"]).await.unwrap();
    told(&tools, "NOTES_ATTACH", &arguments).await
}

#[tokio::test]
async fn a_model_is_shown_a_path_and_the_service_gets_the_file() {
    let (_keep, allowed) = folder();
    let service = service();
    let toolset = toolset(&service).allow_uploads_from(&allowed);
    let tools = toolset.get_tools().actions(["NOTES_ATTACH"]).await.unwrap();
    let shown = &tools[0].definition.parameters["$defs"]["File"];
    assert_eq!(
        (&shown["type"], &shown["format"]),
        (&json!("string"), &json!("path"))
    );
    assert_eq!(
        shown["description"],
        "The photo. The path of a file, or a `data:` address with its bytes."
    );
    let absolute = allowed.join("below/../below/two.PNG");
    let bytes = data_url("Übersicht 1.csv", "text/csv", b"1;2");
    let arguments = json!({"title": "t", "photo": "a b.txt", "more": [absolute, bytes]});
    let read = told(&tools, "NOTES_ATTACH", &arguments).await;
    let named = |name: &str, media_type: &str, key: &str| json!({"name": name, "mimetype": media_type, "s3key": format!("upload_{key}")});
    let photo = named("a b.txt", "text/plain", "a_b.txt");
    let more = [
        named("two.PNG", "image/png", "two.PNG"),
        named("Übersicht 1.csv", "text/csv", "_bersicht_1.csv"),
    ];
    assert_eq!(
        read["data"],
        json!({"title": "t", "photo": photo, "more": more}),
        "{read}"
    );
    let files = service.files();
    let sent = ["upload_a_b.txt", "upload_two.PNG"].map(|key| files[key].clone());
    assert_eq!(sent, ["one", "two"]);
}

#[tokio::test]
async fn a_program_may_give_a_file_that_it_uploaded_itself() {
    let (_keep, allowed) = folder();
    let service = service();
    let toolset = toolset(&service).allow_uploads_from(&allowed);
    let own = json!({"name": "x", "mimetype": "text/plain", "s3key": "own"});
    let arguments = json!({"title": "t", "photo": own, "more": ["a b.txt"]});
    let result = toolset
        .execute_action("NOTES_ATTACH", arguments)
        .await
        .unwrap();
    assert_eq!(result.data()["photo"], own);
    assert_eq!(result.data()["more"][0]["s3key"], "upload_a_b.txt");
}

#[tokio::test]
async fn nothing_is_uploaded_from_where_nothing_is_allowed() {
    let service = service();
    let read = attached(
        &toolset(&service),
        json!({"title": "t", "photo": "/etc/hosts"}),
    )
    .await;
    assert!(
        read["error"]
            .as_str()
            .unwrap()
            .contains("allow_uploads_from"),
        "{read}"
    );
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_path_out_of_the_allowed_folder_is_refused_whatever_it_looks_like() {
    let (folder, allowed) = folder();
    let service = service();
    let secret = folder.path().join("secret.txt");
    let mut paths = vec![
        "../secret.txt".to_owned(),
        "below/../../secret.txt".to_owned(),
        secret.display().to_string(),
        format!("file://{}", secret.display()),
        "missing.txt".to_owned(),
        ".".to_owned(),
        "a b.txt\0".to_owned(),
        allowed.display().to_string(),
        format!("{}-sibling/x", allowed.display()),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&secret, allowed.join("link.txt")).unwrap();
        symlink(folder.path(), allowed.join("up")).unwrap();
        paths.extend(["link.txt".to_owned(), "up/secret.txt".to_owned()]);
        // A pipe that nobody writes to must not hold the call.
        let made = std::process::Command::new("mkfifo")
            .arg(allowed.join("pipe"))
            .status();
        if made.is_ok_and(|status| status.success()) {
            paths.push("pipe".to_owned());
        }
    }
    let toolset = toolset(&service).allow_uploads_from(&allowed);
    for path in paths {
        let read = attached(&toolset, json!({"title": "t", "photo": path})).await;
        let error = read["error"].as_str().unwrap_or_default();
        assert!(error.contains("is no file in a folder"), "{path}: {read}");
    }
    assert!(service.executions().is_empty());
    assert_eq!(service.files().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_within_the_allowed_folder_and_a_linked_folder_are_followed() {
    let (folder, allowed) = folder();
    use std::os::unix::fs::symlink;
    symlink("a b.txt", allowed.join("link.txt")).unwrap();
    symlink(&allowed, folder.path().join("alias")).unwrap();
    let service = service();
    let toolset = toolset(&service).allow_uploads_from(folder.path().join("alias"));
    let read = attached(&toolset, json!({"title": "t", "photo": "link.txt"})).await;
    assert_eq!(read["data"]["photo"]["name"], "a b.txt", "{read}");
}

#[tokio::test]
async fn a_file_over_the_limit_is_not_sent() {
    let (_keep, allowed) = folder();
    fs::File::create(allowed.join("huge.bin"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let service = service();
    let toolset = toolset(&service)
        .allow_uploads_from(&allowed)
        .file_limit(100);
    for photo in [
        "huge.bin".to_owned(),
        data_url("x", "text/plain", &[b'x'; 101]),
    ] {
        let read = attached(&toolset, json!({"title": "t", "photo": photo})).await;
        assert!(
            read["error"]
                .as_str()
                .unwrap()
                .contains("a file may have 100"),
            "{read}"
        );
    }
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_file_that_nobody_named_is_no_argument() {
    let service = service();
    let read = attached(&toolset(&service), json!({"title": "t", "photo": ""})).await;
    assert_eq!(read["data"], json!({"title": "t"}));
}

#[tokio::test]
async fn an_upload_that_dawdles_ends_with_the_time_of_the_call() {
    let fake = service();
    let slow = service_fn(move |request: http::Request<Body>| {
        let fake = fake.clone();
        async move {
            if request.method() == http::Method::PUT {
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
            crate::Transport::new(fake).send(request).await
        }
    });
    let toolset: ToolSet<Plain> = ToolSet::new(slow);
    let toolset = toolset.call_time(Duration::from_millis(50));
    let photo = data_url("x.txt", "text/plain", b"x");
    let read = attached(&toolset, json!({"title": "t", "photo": photo})).await;
    assert!(
        read["error"].as_str().unwrap().contains("no answer within"),
        "{read}"
    );
}

#[tokio::test]
async fn an_address_is_fetched_where_the_program_says_by_what_and_as_https_alone() {
    let service = service();
    let plain = toolset(&service);
    let address = "https://example.com/a/photo%20one.png?x=1";
    let read = attached(&plain, json!({"title": "t", "photo": address})).await;
    assert!(
        read["error"]
            .as_str()
            .unwrap()
            .contains("addresses are not fetched"),
        "{read}"
    );
    let fetcher = service_fn(|request: http::Request<Body>| async move {
        assert!(request.headers().is_empty(), "no key goes there");
        let mut response = http::Response::new(Body::from("bytes"));
        match request.uri().path() {
            "/moved" => *response.status_mut() = http::StatusCode::FOUND,
            "/gone" => return Err(Error::new(crate::ErrorKind::Unavailable, "no route")),
            "/large" => response = http::Response::new(Body::from(vec![0; 200])),
            _ => {}
        }
        Ok(response)
    });
    let fetching = plain.fetch_uploads_by(fetcher).file_limit(100);
    let read = attached(&fetching, json!({"title": "t", "photo": address})).await;
    assert_eq!(read["data"]["photo"]["name"], "photo one.png", "{read}");
    assert_eq!(read["data"]["photo"]["mimetype"], "image/png");
    assert_eq!(service.files()["upload_photo_one.png"], "bytes");
    let refused = [
        ("http://example.com/a", "plain https address"),
        ("https://user:secret@example.com/a", "plain https address"),
        ("https://example.com/moved", "302"),
        ("https://example.com/gone", "could not be fetched"),
        ("https://example.com/large", "larger than 100 bytes"),
    ];
    for (address, why) in refused {
        let read = attached(&fetching, json!({"title": "t", "photo": address})).await;
        let error = read["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{address}: {read}");
        assert!(!error.contains("secret"), "{read}");
    }
}

async fn fetched(folder: &Path, data: Value) -> Value {
    let toolset = toolset(&service()).downloads_to(folder).file_limit(1_000);
    let tools = toolset.get_tools().actions(["NOTES_FETCH"]).await.unwrap();
    told(&tools, "NOTES_FETCH", &json!({"data": data})).await
}

fn given(name: &str, key: &str) -> Value {
    json!({"name": name, "mimetype": "text/plain", "s3url": format!("http://files.invalid/{key}")})
}

#[tokio::test]
async fn files_of_a_result_land_in_the_folder_and_overwrite_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new");
    let read = fetched(
        &target,
        json!({"all": [given("a.txt", "abc"), given("a.txt", "abc")], "n": 1}),
    )
    .await;
    let real = target.canonicalize().unwrap();
    let paths = [real.join("a.txt"), real.join("a-2.txt")];
    assert_eq!(read["data"], json!({"all": paths, "n": 1}));
    for path in &paths {
        assert_eq!(fs::read_to_string(path).unwrap(), "the bytes");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}

#[tokio::test]
async fn a_result_never_writes_outside_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("in");
    fs::create_dir(&target).unwrap();
    let outside = folder.path().join("outside.txt");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&outside, target.join("link.txt")).unwrap();
    }
    let names = [
        "../outside.txt",
        "..\\outside.txt",
        "/etc/passwd",
        "link.txt",
        "..",
        "",
        "a\0b",
        "C:x",
        "\u{202e}gpj.exe",
    ];
    for name in names {
        let read = fetched(&target, json!({"file": given(name, "abc")})).await;
        let path = PathBuf::from(read["data"]["file"].as_str().unwrap());
        assert_eq!(
            path.parent(),
            Some(&*target.canonicalize().unwrap()),
            "{name:?}"
        );
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }
    assert!(!outside.exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_saved_is_said_without_its_address_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let read = fetched(
        folder.path(),
        json!({"all": [given("l", "large"), given("g", "gone"), given("a", "abc")]}),
    )
    .await;
    let all = &read["data"]["all"];
    assert!(
        all[0]["error"]
            .as_str()
            .unwrap()
            .contains("more than 1000 bytes"),
        "{read}"
    );
    assert!(all[1]["error"].is_string() && all[2].is_string(), "{read}");
    assert!(!read.to_string().contains("files.invalid"), "{read}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_the_schema_does_not_call_a_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = json!({"other": given("a", "abc"), "file": {"name": 1}, "all": [{"\0file": 0}]});
    let read = fetched(folder.path(), data.clone()).await;
    assert_eq!(read["data"], data);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn broken_data_addresses_are_refused() {
    for text in ["data:", "data:text/plain", "data:;base64,&&&"] {
        assert!(
            Source::find(&super::FileAccess::default(), text)
                .await
                .is_err(),
            "{text}"
        );
    }
}

#[test]
fn schemas_that_lead_in_circles_are_walked_once() {
    let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}});
    let started = std::time::Instant::now();
    leaves::uploaded(&schema, &mut json!({}), &mut |_| panic!("no file"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_name_stays_a_name() {
    let cases = [
        ("../../x", "x"),
        ("..", "file"),
        (" .a. ", "a"),
        ("a:b", "a_b"),
        ("x\ny", "xy"),
    ];
    for (given, name) in cases {
        assert_eq!(file_name(given), name);
    }
    let long = file_name(&format!("{}.tar", "ä".repeat(500)));
    assert!(long.len() <= 200 && long.ends_with(".tar"), "{long}");
}
