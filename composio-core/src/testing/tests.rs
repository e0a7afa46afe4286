use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Cassette, FakeService, FakeTools};
use crate::{
    Body, ErrorKind, Plain, PlainMessage, PlainResponse, ToolCall, ToolSet, Transport,
    client::Client,
    models::{CustomAuth, FileUploadRequest, Tool, ToolResult},
};

fn fake() -> FakeTools {
    let schema = json!({"type": "object", "properties": {"title": {"type": "string"}, "password": {"type": "string"}}});
    FakeTools::new()
        .tool("NOTES_ADD", schema)
        .answers(
            "NOTES_ADD",
            json!({"id": 1, "access_token": "vendor-hunter2"}),
        )
        .fails("NOTES_ADD", "the notes are full")
        .answers("NOTES_ADD", json!({"id": 3}))
}

fn toolset(transport: impl Into<Transport>) -> ToolSet<Plain> {
    ToolSet::new(transport).entity("alice")
}

async fn add(toolset: &ToolSet<Plain>, title: &str) -> crate::Result<ToolResult> {
    toolset
        .execute_action("NOTES_ADD", json!({"title": title}))
        .await
}

/// What an agent does: fetch, two calls in one turn, a third.
async fn story(transport: impl Into<Transport>) -> Vec<String> {
    let tools = toolset(transport)
        .get_tools()
        .apps(["notes"])
        .all_actions()
        .await
        .unwrap();
    let call =
        |id: &str, title: &str| ToolCall::with_value(id, "NOTES_ADD", &json!({"title": title}));
    let turn = PlainResponse::calls([call("1", "milk"), call("2", "bread")]);
    let mut messages = tools.handle_tool_calls(&turn).await.unwrap();
    let turn = PlainResponse::calls([call("3", "milk")]);
    messages.extend(tools.handle_tool_calls(&turn).await.unwrap());
    let texts = messages.into_iter().map(|message| match message {
        PlainMessage::Tool { text, .. } => text,
        other => panic!("{other:?}"),
    });
    texts.collect()
}

#[tokio::test]
async fn scripted_tools_answer_in_turn_and_tell_what_was_called() {
    let fake = fake();
    let toolset = toolset(fake.clone());
    assert_eq!(add(&toolset, "a").await.unwrap().data()["id"], 1);
    assert_eq!(
        add(&toolset, "b").await.unwrap().error.as_deref(),
        Some("the notes are full")
    );
    assert_eq!(add(&toolset, "c").await.unwrap().data(), json!({"id": 3}));
    assert_eq!(add(&toolset, "d").await.unwrap().data(), json!({"id": 3}));
    let titles: Vec<Value> = fake
        .calls()
        .iter()
        .map(|call| call.arguments["title"].clone())
        .collect();
    assert_eq!(titles, ["a", "b", "c", "d"]);
    assert_eq!(fake.calls()[0].user_id.as_deref(), Some("alice"));
}

#[tokio::test]
async fn a_tool_without_a_script_says_so_and_a_definition_may_need_a_connection() {
    let mut mail = Tool::new("MAIL_SEND");
    mail.toolkit.slug = "mail".to_owned();
    let fake = FakeTools::new().definition(mail);
    let refused = toolset(fake.clone())
        .get_tools()
        .actions(["MAIL_SEND"])
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    let toolset = toolset(fake.connected("alice", "mail"));
    toolset.get_tools().actions(["MAIL_SEND"]).await.unwrap();
    let result = toolset
        .execute_action("MAIL_SEND", json!({}))
        .await
        .unwrap();
    assert_eq!(
        result.error.as_deref(),
        Some("the test has no answer of MAIL_SEND")
    );
}

#[tokio::test]
async fn what_was_recorded_is_replayed_without_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/notes.jsonl");
    let recorded = story(Cassette::record(&path, fake()).unwrap()).await;
    assert!(recorded[2].contains(r#""id":3"#), "{recorded:?}");
    let cassette = Cassette::replay(&path).unwrap();
    let replayed = story(cassette.clone()).await;
    assert_eq!(replayed[1..], recorded[1..]);
    assert_eq!(
        replayed[0].replace("[redacted]", "vendor-hunter2"),
        recorded[0]
    );
    assert_eq!(cassette.unplayed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_request_that_was_not_recorded_ends_the_run_and_says_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.jsonl");
    let recording = toolset(Cassette::record(&path, fake()).unwrap());
    add(&recording, "milk").await.unwrap();
    let replay = || toolset(Cassette::replay(&path).unwrap());
    let cases = [
        (
            "bread",
            r#"`body.arguments.title` is "bread", recorded was "milk""#,
        ),
        ("milk", ""),
    ];
    for (title, why) in cases {
        match add(&replay(), title).await {
            Ok(_) => assert_eq!(why, ""),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(
                    error.to_string().contains(why) && !why.is_empty(),
                    "{error}"
                );
            }
        }
    }
    let other_user = replay().entity("bob");
    let error = add(&other_user, "milk").await.unwrap_err();
    assert!(
        error.to_string().contains(r#"`body.user_id` is "bob""#),
        "{error}"
    );
    let twice = replay();
    add(&twice, "milk").await.unwrap();
    let error = add(&twice, "milk").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("1 times, and it is asked once more"),
        "{error}"
    );
    let error = replay().get_tools().apps(["mail"]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has no GET /api/v3.1/toolkits/mail; it begins with GET"),
        "{error}"
    );
    let untouched = Cassette::replay(&path).unwrap();
    assert_eq!(untouched.unplayed().len(), 2);
}

#[tokio::test]
async fn members_may_stand_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.jsonl");
    let ask = async |transport: Transport, body: &'static str| {
        let request =
            http::Request::post("/api/v3.1/tools/execute/NOTES_ADD").body(Body::from(body));
        transport.send(request.unwrap()).await
    };
    let recording = Cassette::record(&path, fake()).unwrap();
    ask(
        recording.into(),
        r#"{"user_id": "a", "arguments": {"title": "x", "n": [1, {"b": 1, "a": 2}]}}"#,
    )
    .await
    .unwrap();
    let same = r#"{"arguments":{"n":[1,{"a":2,"b":1}],"title":"x"},"user_id":"a"}"#;
    ask(Cassette::replay(&path).unwrap().into(), same)
        .await
        .unwrap();
    let swapped = r#"{"arguments":{"n":[{"a":2,"b":1},1],"title":"x"},"user_id":"a"}"#;
    ask(Cassette::replay(&path).unwrap().into(), swapped)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn no_secret_is_in_the_file_and_another_one_replays_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.jsonl");
    let with = |secret: &'static str, transport: Cassette| {
        let auth = CustomAuth::new().header("Authorization", format!("Bearer {secret}"));
        let toolset = toolset(transport).add_auth("notes", auth);
        let title = format!("remember {secret}, {}", "Bearer 0123456789abcdefhunter2");
        let arguments =
            json!({"title": title, "password": secret, "state": {"val": {"pin": secret}}});
        async move {
            let text = arguments.to_string().into_bytes();
            let request =
                http::Request::post("/api/v3.1/tools/execute/NOTES_ADD").body(Body::from(text));
            let sent = toolset
                .client()
                .transport()
                .send(request.unwrap())
                .await
                .unwrap();
            sent.into_body().bytes(1_000).await.unwrap();
            toolset
                .execute_action(
                    "NOTES_ADD",
                    json!({"title": "t", "password": secret.to_owned()}),
                )
                .await
        }
    };
    let recording = Cassette::record(&path, fake())
        .unwrap()
        .redact("first-hunter2");
    with("first-hunter2", recording).await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(
        text.contains("[redacted]") && text.contains(r#""password":{"type":"string"}"#),
        "{text}"
    );
    let replay = Cassette::replay(&path).unwrap().redact("second-hunter2");
    let replayed = with("second-hunter2", replay).await.unwrap();
    assert_eq!(replayed.error.as_deref(), Some("the notes are full"));
}

#[tokio::test]
async fn files_are_sent_and_fetched_on_a_cassette_without_their_signatures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("files.jsonl");
    let story = async |cassette: Cassette, text: &'static str| {
        let client = Client::new(cassette);
        let request = FileUploadRequest::of("a.txt", b"abc");
        let sent = client.files().upload(&request, text).await?;
        let mut given: crate::models::FileResult = serde_json::from_value(json!({
            "name": "a", "mimetype": "x", "s3url": "http://files.invalid/photo?Signature=hunter2",
        }))
        .unwrap();
        given.mimetype.clear();
        let bytes = client.files().download(&given).await?.bytes(1_000).await?;
        crate::Result::Ok((sent, bytes))
    };
    let service = FakeService::new().file("photo", vec![0xff, 0xd8, 0x00]);
    let recorded = story(Cassette::record(&path, service).unwrap(), "abc")
        .await
        .unwrap();
    let replayed = story(Cassette::replay(&path).unwrap(), "abc")
        .await
        .unwrap();
    assert_eq!(replayed, recorded);
    assert!(!fs::read_to_string(&path).unwrap().contains("hunter2"));
    let error: crate::Error = story(Cassette::replay(&path).unwrap(), "xyz")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the body is another"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_cassette_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.jsonl");
    let good = r#"{"request":{"method":"GET","path":"/x"},"response":{"status":200}}"#;
    let cases = [
        ("", "does not begin like a cassette"),
        ("{}\n", "does not begin like a cassette"),
        ("{\"cassette\":9}\n", "is of version 9"),
        (
            &*format!("{{\"cassette\":1}}\n{good}\n{}\n", &good[..30]),
            "broken line 3",
        ),
        (
            &*format!(
                "{{\"cassette\":1}}\n{}\n",
                good.replace("GET\"", "GET\",\"header\":1")
            ),
            "broken line 2",
        ),
    ];
    for (text, why) in cases {
        fs::write(&path, text).unwrap();
        let error = Cassette::replay(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(why), "{error}");
    }
    fs::write(
        &path,
        format!("{{\"cassette\":1}}\n{}\n", good.replace("200", "9")),
    )
    .unwrap();
    let request = http::Request::get("/x").body(Body::empty()).unwrap();
    let transport: Transport = Cassette::replay(&path).unwrap().into();
    assert_eq!(
        transport.send(request).await.unwrap_err().kind(),
        ErrorKind::Config
    );
    let error = Cassette::replay(Path::new("/nowhere/x.jsonl")).unwrap_err();
    assert!(error.to_string().contains("cannot be used"), "{error}");
    assert!(Cassette::record(folder.path(), fake()).is_err());
}
