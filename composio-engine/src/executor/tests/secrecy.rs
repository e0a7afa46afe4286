use std::{
    io,
    sync::{Arc, Mutex},
};

use composio_core::models::{AuthParameter, AuthScheme, CustomAuth, Placement};
use serde_json::json;
use tracing::{Dispatch, subscriber::NoSubscriber};
use tracing_subscriber::fmt::MakeWriter;

use super::support::{
    Act, JSON, Server, argument, call, credentials, executor, plan, plan_with, reply, toolkit_of,
};

const SECRET: &str = "s3cr3t/w\"th+odd=chars-é";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

// What any spelling of the secret has in common.
fn shows_secret(text: &str) -> bool {
    text.contains("s3cr3t") || text.contains("czNjcjN0")
}

fn echo(status: u16, media_type: &'static str) -> impl Fn(usize, &super::support::Seen) -> Act {
    move |_, seen| {
        let text = json!({"you": "sent", "request": seen.head, "body": String::from_utf8_lossy(&seen.body)});
        let body = if media_type == JSON {
            text.to_string()
        } else {
            seen.head.clone()
        };
        Act::Reply(reply(
            status,
            &[media_type, &format!("x-echo: {}", seen.target())],
            &body,
        ))
    }
}

#[tokio::test]
async fn a_service_that_echoes_the_request_gives_no_credential_away() {
    for status in [200, 401] {
        for media_type in [JSON, "content-type: text/plain"] {
            for (scheme, fields, proxy) in [
                (
                    AuthScheme::ApiKey,
                    vec![("api_key", SECRET)],
                    json!({"query_params": {"key": "{{api_key}}"}}),
                ),
                (
                    AuthScheme::ApiKey,
                    vec![("api_key", SECRET)],
                    json!({"headers": {"Authorization": "Key {{api_key}}"}}),
                ),
                (
                    AuthScheme::Basic,
                    vec![("username", "u"), ("password", SECRET)],
                    json!({}),
                ),
                (AuthScheme::BearerToken, vec![("token", SECRET)], json!({})),
            ] {
                let server = Server::start(echo(status, media_type)).await;
                let toolkit = toolkit_of(
                    &server.base(),
                    json!({"auth_schemes": [
                        {"name": "key", "auth_mode": scheme.as_str(), "proxy": proxy}
                    ]}),
                );
                let plan = plan("POST", "/do", json!({}));
                let mut call = call(&toolkit, &plan, json!({}));
                call.credentials = Some(credentials(scheme.clone(), &fields));
                call.custom = Some(CustomAuth::new().parameter(AuthParameter::new(
                    Placement::Cookie,
                    "c",
                    "s3cr3t-cookie",
                )));
                let result = executor().execute(call).await.unwrap();
                let head = &server.seen()[0].head;
                assert!(shows_secret(head), "the credential was not sent: {head}");
                let shown = format!("{result:?} {} {:?}", result.data.as_str(), result.error);
                assert!(!shows_secret(&shown), "{scheme} {status} {shown}");
                assert!(shown.contains("[redacted]"), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn plain_fields_are_not_taken_out_of_answers() {
    let server = Server::start(|_, _| {
        Act::Reply(reply(
            200,
            &[JSON],
            r#"{"region":"us-east","tenant":"acme-corp"}"#,
        ))
    })
    .await;
    let toolkit = toolkit_of(
        &server.base(),
        json!({"proxy": {"headers": {"X-Tenant": "{{tenant}}"}}}),
    );
    let plan = plan("GET", "/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    call.credentials = Some(credentials(
        AuthScheme::BearerToken,
        &[
            ("token", "tok_secret_12345"),
            ("tenant", "acme-corp"),
            ("region", "us-east"),
        ],
    ));
    let result = executor().execute(call).await.unwrap();
    assert_eq!(
        result.data.as_str(),
        r#"{"region":"us-east","tenant":"acme-corp"}"#
    );
}

#[tokio::test]
async fn a_number_that_is_a_credential_leaves_the_answer_readable() {
    let server =
        Server::start(|_, _| Act::Reply(reply(200, &[JSON], r#"{"pin":1234567,"ok":true}"#))).await;
    let toolkit = toolkit_of(&server.base(), json!({}));
    let plan = plan("GET", "/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    call.credentials = Some(credentials(
        AuthScheme::BearerToken,
        &[("token", "1234567")],
    ));
    let result = executor().execute(call).await.unwrap();
    assert!(!result.data.as_str().contains("1234567"));
    assert!(result.data().as_str().unwrap().contains("[redacted]"));
}

#[tokio::test]
async fn logs_and_debug_show_host_and_status_and_no_more() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    // With one dispatcher alone, a thread that has none switches every event off for all.
    let _second = Dispatch::new(NoSubscriber::default());
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(echo(200, JSON)).await;
    let toolkit = toolkit_of(
        &server.base(),
        json!({"auth_schemes": [
            {"name": "key", "auth_mode": "API_KEY", "proxy": {"query_params": {"key": "{{api_key}}"}, "headers": {"X-K": "{{api_key}}"}}}
        ]}),
    );
    let plan = plan_with(
        "GET",
        "/private-path/{id}",
        &[argument("id", "path", json!({}))],
    );
    let mut call = call(&toolkit, &plan, json!({"id": "argument-value"}));
    call.credentials = Some(credentials(AuthScheme::ApiKey, &[("api_key", SECRET)]));
    assert!(!shows_secret(&format!("{call:?}")));
    let executor = executor();
    let prepared = super::support::prepare(crate::executor::Call {
        toolkit: &toolkit,
        plan: &plan,
        arguments: call.arguments.clone(),
        credentials: call.credentials.clone(),
        custom: None,
        files: call.files.clone(),
        results: None,
    })
    .unwrap();
    assert_eq!(format!("{prepared:?}"), "GET 127.0.0.1");
    executor.execute(call).await.unwrap();
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("request sent"))
        .collect();
    assert_eq!(ours.len(), 1, "{text}");
    assert!(
        ours[0].contains("127.0.0.1") && ours[0].contains("status=200") && ours[0].contains("GET"),
        "{text}"
    );
    assert!(!shows_secret(&text), "{text}");
    assert!(
        !ours[0].contains("argument-value") && !ours[0].contains("private-path"),
        "{text}"
    );
}

#[tokio::test]
async fn no_error_shows_a_credential() {
    let dead = Server::always("").await;
    let base = dead.base();
    drop(dead);
    let cut = Server::start(|_, _| Act::Close).await;
    let half = Server::always("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let mut limited = super::support::options();
    limited.limits =
        crate::executor::Limits::default().total(std::time::Duration::from_millis(400));
    let executor = crate::executor::Executor::new(limited).unwrap();
    for base in [
        base,
        cut.base(),
        half.base(),
        "http://10.0.0.1".into(),
        "https://x.invalid".into(),
    ] {
        let toolkit = toolkit_of(
            &base,
            json!({"auth_schemes": [
                {"name": "key", "auth_mode": "API_KEY", "proxy": {"query_params": {"key": "{{api_key}}"}, "headers": {"X-K": "{{api_key}}"}}}
            ]}),
        );
        let plan = plan("GET", "/do", json!({}));
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(AuthScheme::ApiKey, &[("api_key", SECRET)]));
        let error = executor.execute(call).await.unwrap_err();
        let mut shown = format!("{error} {error:?} {}", error.reader_message());
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push_str(&format!(" {inner} {inner:?}"));
            cause = inner.source();
        }
        assert!(!shows_secret(&shown), "{shown}");
    }
}
