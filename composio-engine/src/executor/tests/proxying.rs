use composio_core::{
    ErrorKind,
    models::{CustomAuth, ProxyParameter, ProxyParameterType, ProxyRequest, RawJson},
};
use serde_json::json;

use super::support::{
    Act, JSON, Server, body, context, executor, header, key, keyed, reply, toolkit, toolkit_of, url,
};
use crate::executor::{Executor, Limits, Prepared, proxied};

fn prepare(
    toolkit: &composio_catalog::Toolkit,
    request: &ProxyRequest,
) -> composio_core::Result<Prepared> {
    proxied::prepare(&context(), toolkit, Some(&key("tok_secret_12345")), request)
}

#[test]
fn an_endpoint_is_below_the_base() {
    let toolkit =
        toolkit(json!({"base_url": "https://x.com/v1", "query_params": {"key": "{{api_key}}"}}));
    for (endpoint, expected) in [
        ("/user", "https://x.com/v1/user?key=tok_secret_12345"),
        ("user", "https://x.com/v1/user?key=tok_secret_12345"),
        (
            "/user?a=b%20c&d#frag",
            "https://x.com/v1/user?a=b%20c&d=&key=tok_secret_12345",
        ),
        (
            "/user?key=mine",
            "https://x.com/v1/user?key=tok_secret_12345",
        ),
        ("/a%2Fb", "https://x.com/v1/a%2Fb?key=tok_secret_12345"),
        (
            "https://x.com/v2/user",
            "https://x.com/v2/user?key=tok_secret_12345",
        ),
        ("", "https://x.com/v1?key=tok_secret_12345"),
    ] {
        let prepared = prepare(&toolkit, &ProxyRequest::new("GET", endpoint)).unwrap();
        assert_eq!(url(&prepared), expected, "{endpoint}");
    }
}

#[test]
fn an_endpoint_cannot_leave_the_toolkits_hosts() {
    let toolkit = toolkit(json!({"base_url": "https://x.com/v1", "headers": {"k": "{{api_key}}"}}));
    for endpoint in [
        "https://evil.com/",
        "http://x.com/",
        "https://x.com:444/",
        "https://x.com.evil.com/",
        "https://x.com@evil.com/",
        "https://user@x.com/",
        "https://user:pw@x.com/",
        "//evil.com/x",
        "/\\evil.com",
        "\\\\evil.com",
        "/../v2",
        "/a/../../b",
        "/%2e%2e/b",
        "/.%2E/b",
        "/./b",
        "https://x.com/../b",
        "ftp://x.com/",
        "/a\r\nHost: evil.com",
        "/a b",
        "/a\tb",
        "https:/x.com/a/../b",
        "https://EVIL.com/",
        "https://x.com./",
        "https://api.example.com/",
    ] {
        let result = prepare(&toolkit, &ProxyRequest::new("GET", endpoint));
        let error = match result {
            Ok(prepared) => panic!("{endpoint:?} went to {}", url(&prepared)),
            Err(error) => error,
        };
        assert!(
            matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::InvalidInput),
            "{error}"
        );
    }
    // These look odd and stay below the base.
    for endpoint in [
        "@evil.com",
        ".evil.com",
        ":80@evil.com/",
        "/@evil.com",
        "/https:/evil.com",
    ] {
        let prepared = prepare(&toolkit, &ProxyRequest::new("GET", endpoint)).unwrap();
        assert!(
            url(&prepared).starts_with("https://x.com/v1/"),
            "{endpoint}: {}",
            url(&prepared)
        );
    }
}

#[test]
fn without_a_template_the_documents_servers_are_the_toolkits_hosts() {
    let mut toolkit = toolkit_of("https://x.com", json!({}));
    toolkit.servers.push("https://uploads.x.com".to_owned());
    let request = ProxyRequest::new("POST", "https://uploads.x.com/a?b=c");
    assert_eq!(
        url(&prepare(&toolkit, &request).unwrap()),
        "https://uploads.x.com/a?b=c"
    );
    assert!(prepare(&toolkit, &ProxyRequest::new("GET", "https://other.x.com/a")).is_err());
}

#[test]
fn headers_and_parameters_are_added_but_not_over_the_credentials() {
    let toolkit = keyed("https://x.com");
    let mut request = ProxyRequest::new("POST", "/do");
    request.parameters = vec![
        ProxyParameter::new(ProxyParameterType::Header, "X-Api-Key", "mine"),
        ProxyParameter::new(ProxyParameterType::Header, "X-Own", "own"),
        ProxyParameter::new(ProxyParameterType::Query, "q", "a&b"),
    ];
    request.body = Some(RawJson::from(json!({"a": 1})));
    let prepared = prepare(&toolkit, &request).unwrap();
    assert_eq!(url(&prepared), "https://x.com/do?q=a%26b");
    assert_eq!(header(&prepared, "x-api-key"), "tok_secret_12345");
    assert_eq!(header(&prepared, "x-own"), "own");
    assert_eq!(header(&prepared, "content-type"), "application/json");
    assert!(!prepared.repeatable);
    for name in ["Host", "Transfer-Encoding", "Connection", "a b"] {
        request.parameters = vec![ProxyParameter::new(ProxyParameterType::Header, name, "x")];
        assert_eq!(
            prepare(&toolkit, &request).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    request.parameters = vec![ProxyParameter::new(
        ProxyParameterType::Header,
        "X-A",
        "a\r\nb",
    )];
    assert!(prepare(&toolkit, &request).is_err());
    request.method = "TRACE".to_owned();
    assert!(prepare(&toolkit, &request).is_err());
}

#[test]
fn a_text_body_of_another_media_type_is_sent_as_text() {
    let toolkit = keyed("https://x.com");
    let mut request = ProxyRequest::new("POST", "/do");
    request.body = Some(RawJson::from(json!("<a/>")));
    request.parameters = vec![ProxyParameter::new(
        ProxyParameterType::Header,
        "content-type",
        "application/xml",
    )];
    let prepared = prepare(&toolkit, &request).unwrap();
    assert_eq!(body(&prepared), "<a/>");
    assert_eq!(header(&prepared, "content-type"), "application/xml");
}

#[tokio::test]
async fn the_answer_comes_with_status_and_headers_and_without_cookies_and_credentials() {
    let server = Server::start(|_, seen| {
        let echo = format!(
            "x-echo: {}",
            seen.head
                .lines()
                .find(|line| line.starts_with("x-api-key"))
                .unwrap()
        );
        Act::Reply(reply(
            418,
            &[JSON, "Set-Cookie: a=b", "x-a: 1", "x-a: 2", &echo],
            r#"{"a": 1}"#,
        ))
    })
    .await;
    let toolkit = keyed(&server.base());
    let answer = executor()
        .proxy(
            &toolkit,
            Some(key("tok_secret_12345")),
            ProxyRequest::new("GET", "/do"),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, 418);
    assert_eq!(answer.data.as_str(), r#"{"a": 1}"#);
    assert_eq!(answer.headers["x-a"], "1, 2");
    assert_eq!(answer.headers["x-echo"], "x-api-key: [redacted]");
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn an_empty_answer_is_null_and_one_too_large_an_error() {
    let server = Server::start(|count, _| {
        Act::Reply(reply(200, &[], if count == 1 { "" } else { "aaaaaaaaaaa" }))
    })
    .await;
    let toolkit = keyed(&server.base());
    let mut options = super::support::options();
    options.limits = Limits::default().response_bytes(10);
    let executor = Executor::new(options).unwrap();
    let answer = executor
        .proxy(&toolkit, None, ProxyRequest::new("GET", "/do"))
        .await
        .unwrap();
    assert_eq!(answer.data.as_str(), "null");
    let error = executor
        .proxy(&toolkit, None, ProxyRequest::new("GET", "/do"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[test]
fn credentials_of_the_call_are_used() {
    let toolkit = keyed("https://x.com");
    let mut request = ProxyRequest::new("GET", "/do");
    request.custom_auth_params = Some(CustomAuth::new().header("X-Api-Key", "other"));
    let prepared = proxied::prepare(&context(), &toolkit, None, &request).unwrap();
    assert_eq!(header(&prepared, "x-api-key"), "other");
    request.custom_auth_params = Some(CustomAuth::new().base_url("https://mine.com"));
    let prepared = prepare(&toolkit, &request).unwrap();
    assert_eq!(url(&prepared), "https://mine.com/do");
    assert!(!prepared.headers.contains_key("x-api-key"));
}
