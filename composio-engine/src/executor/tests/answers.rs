use composio_core::{ErrorKind, models::ToolResult};
use serde_json::json;

use super::support::{Act, JSON, Server, executor, options, reply, reply_bytes, run};
use crate::executor::{Executor, Limits};

async fn answer(bytes: Vec<u8>) -> composio_core::Result<ToolResult> {
    let server = Server::start(move |_, _| Act::Reply(bytes.clone())).await;
    run(&executor(), &server, "GET").await
}

#[tokio::test]
async fn json_is_kept_as_it_came() {
    let text = r#"{ "b": 1.0, "a": 12345678901234567890123, "b": 2 }"#;
    let result = answer(reply(200, &[JSON], text)).await.unwrap();
    assert_eq!(result.data.as_str(), text);
    let result = answer(reply(
        201,
        &["content-type: application/vnd.x+json; charset=utf-8"],
        "[1]",
    ))
    .await
    .unwrap();
    assert_eq!(result.data.as_str(), "[1]");
    let result = answer(reply(200, &[], "[1]")).await.unwrap();
    assert_eq!(result.data.as_str(), "[1]");
}

#[tokio::test]
async fn text_and_what_is_not_json_become_a_string() {
    for (media_type, body) in [
        ("text/plain", "hello \"you\""),
        ("text/csv", "a,b"),
        ("application/xml", "<a/>"),
        ("application/json", "{\"half\":"),
        ("application/json", "NaN"),
        ("application/json", "{} {}"),
    ] {
        let result = answer(reply(200, &[&format!("content-type: {media_type}")], body))
            .await
            .unwrap();
        assert!(result.successful);
        assert_eq!(result.data(), json!(body), "{media_type}");
    }
}

#[tokio::test]
async fn nothing_is_an_empty_object() {
    for status in [200, 204] {
        let result = answer(reply(status, &[JSON], "")).await.unwrap();
        assert!(result.successful);
        assert_eq!(result.data.as_str(), "{}");
    }
}

#[tokio::test]
async fn bytes_say_what_they_are() {
    let result = answer(reply_bytes(
        200,
        &["content-type: image/png"],
        &[0x89, 0, 0xff],
    ))
    .await
    .unwrap();
    assert_eq!(
        result.data(),
        json!({"content_base64": "iQD/", "media_type": "image/png", "size": 3})
    );
}

#[tokio::test]
async fn text_that_is_not_utf8_loses_nothing() {
    for media_type in ["text/plain", "application/json", "text/html; charset=utf-8"] {
        let header = format!("content-type: {media_type}");
        let result = answer(reply_bytes(200, &[&header], b"{\"a\":\"\xff\xfe\"}"))
            .await
            .unwrap();
        assert!(result.successful);
        let data = result.data();
        assert_eq!(data["content_base64"], "eyJhIjoi//4ifQ==");
        assert_eq!(data["size"], 10);
        assert!(data["note"].as_str().unwrap().contains("not UTF-8"));
    }
    let latin1 = answer(reply_bytes(
        200,
        &["content-type: text/plain; charset=ISO-8859-1"],
        b"caf\xe9",
    ))
    .await;
    assert_eq!(latin1.unwrap().data(), json!("café"));
    let failed = answer(reply_bytes(500, &["content-type: text/plain"], b"\xff\xfe"))
        .await
        .unwrap();
    assert!(!failed.successful);
}

#[tokio::test]
async fn a_byte_order_mark_does_not_hide_json() {
    let result = answer(reply(200, &[JSON], "\u{feff}{\"a\":1}"))
        .await
        .unwrap();
    assert_eq!(result.data.as_str(), "{\"a\":1}");
}

#[tokio::test]
async fn json_that_nobody_can_build_is_text() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let result = answer(reply(200, &[JSON], &deep)).await.unwrap();
    assert_eq!(result.data(), json!(deep));
    let brackets_in_text = format!("[\"{}\\\"{}\"]", "[".repeat(300), "{".repeat(300));
    let result = answer(reply(200, &[JSON], &brackets_in_text))
        .await
        .unwrap();
    assert_eq!(result.data.as_str(), brackets_in_text);
}

#[tokio::test]
async fn a_failure_says_status_and_reason() {
    let result = answer(reply(404, &[JSON], r#"{"message": "Not  Found"}"#))
        .await
        .unwrap();
    assert!(!result.successful);
    assert_eq!(
        result.error.as_deref(),
        Some(r#"HTTP 404: {"message": "Not Found"}"#)
    );
    assert_eq!(
        result.data(),
        json!({"status_code": 404, "body": {"message": "Not  Found"}})
    );
    let result = answer(reply(
        500,
        &["content-type: text/html"],
        "<h1>Oh\n\n no</h1>",
    ))
    .await
    .unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 500: <h1>Oh no</h1>"));
    assert_eq!(result.data()["body"], "<h1>Oh\n\n no</h1>");
    let result = answer(reply(403, &[], "")).await.unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 403: Forbidden"));
    assert_eq!(result.data(), json!({"status_code": 403}));
    let result = answer(reply(599, &[], "")).await.unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 599: no reason given"));
}

#[tokio::test]
async fn a_long_reason_is_bounded() {
    let result = answer(reply(
        400,
        &["content-type: text/plain"],
        &"é".repeat(20_000),
    ))
    .await
    .unwrap();
    assert_eq!(
        result.error.unwrap().chars().count(),
        "HTTP 400: ".len() + 500 + 1
    );
    let result = answer(reply(
        400,
        &["content-type: text/plain"],
        &"a".repeat(200_000),
    ))
    .await
    .unwrap();
    assert!(
        result
            .error
            .unwrap()
            .starts_with("HTTP 400: the answer is larger than")
    );
    assert!(result.data.as_str().len() < 1000);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_read_and_no_success() {
    let mut options = options();
    options.limits = Limits::default().response_bytes(1000);
    let executor = Executor::new(options).unwrap();
    let announced = reply(200, &["content-type: text/plain"], &"a".repeat(1001));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        "a".repeat(1001)
    );
    for bytes in [announced, chunked.into_bytes()] {
        let server = Server::start(move |_, _| Act::Reply(bytes.clone())).await;
        let result = run(&executor, &server, "GET").await.unwrap();
        assert!(!result.successful);
        assert_eq!(
            result.error.as_deref(),
            Some("HTTP 200: the answer is larger than 1000 bytes; ask for less at a time")
        );
    }
    let exact = reply(200, &["content-type: text/plain"], &"a".repeat(1000));
    let server = Server::start(move |_, _| Act::Reply(exact.clone())).await;
    assert!(run(&executor, &server, "GET").await.unwrap().successful);
}

#[tokio::test]
async fn a_huge_announced_length_reserves_no_memory() {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n{JSON}\r\n\r\n{{}}");
    let server = Server::start(move |_, _| Act::ReplyAndClose(head.clone().into_bytes())).await;
    let result = run(&executor(), &server, "GET").await;
    assert!(!result.is_ok_and(|result| result.successful));
}

#[tokio::test]
async fn an_answer_cut_half_way_is_an_error_never_half_a_result() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n{JSON}\r\n\r\n{{\"a\":1}}");
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{JSON}\r\n\r\n7\r\n{{\"a\":1}}\r\n"
    );
    for head in [announced, chunked] {
        for method in ["GET", "POST"] {
            let bytes = head.clone().into_bytes();
            let server = Server::start(move |_, _| Act::ReplyAndClose(bytes.clone())).await;
            let error = run(&executor(), &server, method).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert_eq!(
                error.message(),
                "the answer of 127.0.0.1 broke off after 7 bytes"
            );
            assert_eq!(server.seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_failure_cut_half_way_is_still_a_failure() {
    let bytes =
        b"HTTP/1.1 500 X\r\ncontent-length: 100\r\ncontent-type: text/plain\r\n\r\nboom".to_vec();
    let server = Server::start(move |_, _| Act::ReplyAndClose(bytes.clone())).await;
    let result = run(&executor(), &server, "POST").await.unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 500: boom"));
}

#[tokio::test]
async fn a_compressed_answer_that_nobody_asked_for_is_refused() {
    let bytes = reply_bytes(200, &[JSON, "content-encoding: gzip"], &[0x1f, 0x8b, 8, 0]);
    let error = answer(bytes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    let result = answer(reply(200, &[JSON, "content-encoding: identity"], "[]"))
        .await
        .unwrap();
    assert!(result.successful);
}

#[tokio::test]
async fn garbage_is_unavailable() {
    let server =
        Server::start(|_, _| Act::ReplyAndClose(b"SSH-2.0-OpenSSH_9\r\n\r\n".to_vec())).await;
    let error = run(&executor(), &server, "POST").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(server.seen().len(), 1);
}
