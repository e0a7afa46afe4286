use std::convert::Infallible;

use futures_util::TryStreamExt as _;
use http::{Request, Response};
use serde_json::json;
use tower::service_fn;

use super::{Client, query::segment};
use crate::{Body, ErrorKind, ToolkitVersions, models::CustomAuth};

fn answering(status: u16, body: &'static str) -> Client {
    Client::new(service_fn(move |_: Request<Body>| async move {
        Ok::<_, Infallible>(
            Response::builder()
                .status(status)
                .header("x-request-id", "req_1")
                .body(Body::from(body))
                .unwrap(),
        )
    }))
}

fn echoing() -> Client {
    Client::new(service_fn(|request: Request<Body>| async move {
        let data = json!({
            "method": request.method().as_str(),
            "uri": request.uri().to_string(),
            "framework": request.headers()["x-framework"].to_str().unwrap(),
            "body": String::from_utf8(request.into_body().bytes(10_000).await.unwrap().to_vec()).unwrap(),
        });
        Ok::<_, Infallible>(Response::new(Body::from(
            json!({"data": data, "successful": true}).to_string(),
        )))
    }))
}

#[tokio::test]
async fn an_execution_is_sent_as_the_wire_has_it() {
    let result = echoing()
        .framework("rig")
        .tools()
        .execute("A/B ?")
        .user_id("alice")
        .arguments(json!({"q": 1}))
        .custom_auth(CustomAuth::new().header("Authorization", "k"))
        .await
        .unwrap()
        .data();
    assert_eq!(result["uri"], "/api/v3.1/tools/execute/A%2FB%20%3F");
    assert_eq!(result["framework"], "rig");
    let body: serde_json::Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "user_id": "alice", "version": "latest", "arguments": {"q": 1},
            "custom_auth_params": {"parameters": [{"name": "Authorization", "value": "k", "in": "header"}]},
        })
    );
}

#[tokio::test]
async fn pinned_versions_are_asked_for_and_the_newest_of_the_rest() {
    let one = ToolkitVersions::latest().toolkit("GitHub", "20250905_00");
    let both = ToolkitVersions::every("20250101_00").toolkit("a b", "latest");
    for (versions, query) in [
        (ToolkitVersions::latest(), "toolkit_versions=latest"),
        (one, "toolkit_versions%5Bgithub%5D=20250905_00"),
        (
            both,
            "toolkit_versions=20250101_00&toolkit_versions%5Ba%20b%5D=latest",
        ),
    ] {
        let client = Client::new(service_fn(move |request: Request<Body>| async move {
            assert_eq!(request.uri().query(), Some(query));
            Ok::<_, Infallible>(Response::new(Body::from(r#"{"items":[],"slug":"A"}"#)))
        }));
        let client = client.toolkit_versions(versions);
        assert!(client.tools().list().await.unwrap().items.is_empty());
        assert_eq!(client.tools().get("A").await.unwrap().slug, "A");
    }
}

#[tokio::test]
async fn a_version_that_is_named_goes_before_every_pin() {
    let pins = ToolkitVersions::every("20250101_00").toolkit("github", "20250905_00");
    let client = Client::new(service_fn(|request: Request<Body>| async move {
        assert_eq!(
            request.uri(),
            "/api/v3.1/tools/A?toolkit_versions=20260101_00"
        );
        Ok::<_, Infallible>(Response::new(Body::from(r#"{"slug":"A"}"#)))
    }));
    let client = client.toolkit_versions(pins);
    client
        .tools()
        .get("A")
        .version("20260101_00")
        .await
        .unwrap();
}

#[tokio::test]
async fn lists_are_comma_joined() {
    let client = Client::new(service_fn(|request: Request<Body>| async move {
        assert_eq!(
            request.uri(),
            "/api/v3.1/tools?toolkit_versions=latest&toolkit_slug=a%2Cb&important=true&limit=2"
        );
        Ok::<_, Infallible>(Response::new(Body::from(r#"{"items":[]}"#)))
    }));
    let page = client
        .tools()
        .list()
        .toolkits(["a", "b"])
        .important(true)
        .limit(2)
        .await
        .unwrap();
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn a_stream_reads_every_page_once_and_survives_an_empty_one() {
    let client = Client::new(service_fn(|request: Request<Body>| async move {
        let body = match request.uri().query().unwrap_or_default() {
            query if query.contains("cursor=three") => {
                r#"{"items":[{"slug":"c"}],"next_cursor":null}"#
            }
            query if query.contains("cursor=two") => r#"{"items":[],"next_cursor":"three"}"#,
            _ => r#"{"items":[{"slug":"a"},{"slug":"b"}],"next_cursor":"two"}"#,
        };
        Ok::<_, Infallible>(Response::new(Body::from(body)))
    }));
    let all: Vec<_> = client
        .toolkits()
        .list()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        all.iter()
            .map(|toolkit| toolkit.slug.as_str())
            .collect::<String>(),
        "abc"
    );
}

#[tokio::test]
async fn a_repeated_cursor_ends_the_stream() {
    let client = answering(200, r#"{"items":[{"slug":"a"}],"next_cursor":"same"}"#);
    let all: Vec<_> = client
        .toolkits()
        .list()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn an_error_keeps_what_the_service_said() {
    let error = answering(404, r#"{"error":{"message":"no such tool","slug":"Tool_ToolNotFound","code":2401,"status":404,"suggested_fix":"list the tools"}}"#)
        .tools().get("X").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.slug(), Some("Tool_ToolNotFound"));
    assert_eq!(error.request_id(), Some("req_1"));
    assert_eq!(error.reader_message(), "no such tool. list the tools");
}

#[tokio::test]
async fn an_error_that_is_not_json_keeps_its_status_and_an_excerpt() {
    let error = answering(502, "<html>bad gateway")
        .tools()
        .get("X")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("<html>"));
    assert!(!error.reader_message().contains("<html>"));
}

#[tokio::test]
async fn an_answer_of_another_shape_is_an_error() {
    for body in ["3", "nonsense", r#"{"items":3}"#] {
        let error = answering(200, body).toolkits().list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
    }
}

#[test]
fn an_id_from_outside_cannot_reach_another_route() {
    assert_eq!(segment("../admin"), "..%2Fadmin");
    assert_eq!(segment(".."), "%2E%2E");
}
