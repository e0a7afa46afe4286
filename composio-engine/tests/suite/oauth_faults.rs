//! Providers, users and strangers that do not do as they should.

use std::time::Duration;

use composio_core::Body;
use composio_engine::Limits;
use http::StatusCode;
use proptest::{
    prelude::*,
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use crate::{
    oauth::{
        DOCUMENT, Provider, account, auth_config, begin, client, come_back, desk, public, query,
    },
    support::{builder, post, send},
};

/// Begins a connection and comes back with a code; gives the account afterwards.
async fn after(provider: &Provider, more: &str) -> Value {
    let (engine, config) = desk(provider, more, &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let landed = come_back(
        &engine,
        &format!("code=c-0de&state={}", query(&url)["state"]),
    )
    .await;
    assert_eq!(landed.status, StatusCode::OK);
    account(&engine, &begun["id"]).await
}

const PAGE: &str = "<!doctype html><title>Sign in</title>";

const JSON: &str = "application/json";

/// Status, media type and body of an answer, and what the reason says.
const WITHOUT_TOKENS: &[(u16, &str, &str, &str)] = &[
    (200, "text/html", PAGE, "a web page"),
    (400, "text/html", PAGE, "a web page"),
    (502, "text/html", PAGE, "502"),
    (200, JSON, "", "nothing"),
    (204, JSON, "", "nothing"),
    (200, JSON, "[]", "neither JSON"),
    (200, JSON, "{\"access_token\": \"at", "neither JSON"),
    (200, JSON, "{}", "no access_token"),
    (200, JSON, r#"{"access_token": null}"#, "no access_token"),
    (200, JSON, r#"{"access_token": ""}"#, "no access_token"),
    (200, JSON, r#"{"access_token": 7}"#, "no access_token"),
    (
        200,
        JSON,
        r#"{"access_token": "a\r\nX-Evil: 1"}"#,
        "no token has",
    ),
    (200, JSON, r#"{"access_token": "é"}"#, "no token has"),
    (200, JSON, r#"{"error": "invalid_grant"}"#, "invalid_grant"),
    (
        200,
        JSON,
        r#"{"ok": false, "error": "invalid_code"}"#,
        "invalid_code",
    ),
    (200, JSON, r#"{"ok": false}"#, "status 200"),
    (
        400,
        JSON,
        r#"{"error": "invalid_client", "error_description": "who is this?"}"#,
        "invalid_client: who is this?",
    ),
    (
        400,
        JSON,
        r#"{"error": {"message": "bad code", "type": "OAuthException", "code": 100}}"#,
        "bad code",
    ),
    (400, JSON, r#"{"message": "no"}"#, "no"),
    (401, JSON, "{}", "status 401"),
    (
        200,
        "application/x-www-form-urlencoded",
        "error=bad_verification_code&error_description=The+code",
        "The code",
    ),
    (
        200,
        "text/plain",
        "error=bad_verification_code",
        "bad_verification_code",
    ),
    (302, JSON, "", "302"),
    (500, JSON, r#"{"error": "invalid_grant"}"#, "invalid_grant"),
];

#[tokio::test]
async fn an_answer_without_tokens_fails_the_account_and_says_why() {
    let provider = Provider::start().await;
    for &(status, media_type, body, expected) in WITHOUT_TOKENS {
        provider.tell(status, media_type, body);
        let account = after(&provider, "").await;
        assert_eq!(account["status"], "FAILED", "{status} {body}");
        let reason = account["status_reason"].as_str().unwrap_or_default();
        assert!(reason.contains(expected), "{status} {body}: {reason}");
    }
    assert_eq!(provider.asked().len(), WITHOUT_TOKENS.len());
}

#[tokio::test]
async fn what_a_provider_says_is_quoted_without_secrets_and_on_one_line() {
    let provider = Provider::start().await;
    let said = json!({"error": "invalid_client",
        "error_description": format!("secret s3cret/+value and code c-0de\r\n are wrong {}", "x".repeat(5000))});
    provider.tell(401, "application/json", said.to_string());
    let account = after(&provider, "").await;
    let reason = account["status_reason"].as_str().unwrap();
    assert!(
        reason.contains("[redacted]") && reason.contains("are wrong"),
        "{reason}"
    );
    assert!(
        !reason.contains("s3cret") && !reason.contains("c-0de"),
        "{reason}"
    );
    assert!(!reason.contains('\n') && reason.len() < 400, "{reason}");
}

#[tokio::test]
async fn tokens_in_unusual_clothes_are_taken() {
    let provider = Provider::start().await;
    let json = "application/json";
    for (media_type, body, more) in [
        (
            "application/x-www-form-urlencoded",
            "access_token=at-long-enough&scope=read%2Cwrite&token_type=bearer",
            "",
        ),
        ("text/html", "access_token=at-long-enough&scope=read", ""),
        ("text/plain", r#"{"access_token": "at-long-enough"}"#, ""),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": "3600"}"#,
            "",
        ),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": 0}"#,
            "",
        ),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": -5}"#,
            "",
        ),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": 1e300}"#,
            "",
        ),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": "soon"}"#,
            "",
        ),
        (
            json,
            r#"{"access_token": "at-long-enough", "expires_in": null, "error": null}"#,
            "",
        ),
        (
            json,
            r#"{"ok": true, "error": "", "access_token": "at-long-enough"}"#,
            "",
        ),
        (
            json,
            r#"{"authed_user": {"access_token": "at-long-enough"}}"#,
            "    oauth: {token_path: authed_user}\n",
        ),
    ] {
        provider.tell(200, media_type, body);
        let account = after(&provider, more).await;
        assert_eq!(account["status"], "ACTIVE", "{body}: {account}");
        assert_eq!(account["state"]["val"]["access_token"], "at-l...", "{body}");
    }
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_not_taken() {
    let provider = Provider::start().await;
    let more = "    oauth: {issuer: \"https://right.example\"}\n";
    let (engine, config) = desk(&provider, more, &client()).await;
    for (issuer, status) in [
        ("&iss=https%3A%2F%2Fwrong.example", "FAILED"),
        ("&iss=https%3A%2F%2Fright.example", "ACTIVE"),
        // Not every provider says it.
        ("", "ACTIVE"),
    ] {
        let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
        if status == "ACTIVE" {
            provider.give(&json!({"access_token": "at-1"}));
        }
        let query = format!("code=c&state={}{issuer}", query(&url)["state"]);
        come_back(&engine, &query).await;
        let account = account(&engine, &begun["id"]).await;
        assert_eq!(account["status"], status, "{issuer}: {account}");
    }
}

#[tokio::test]
async fn a_callback_says_nothing_of_what_came_with_it() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let state = query(&url)["state"].clone();
    let path = |query: &str| format!("/api/v3/toolkits/auth/callback?{query}");
    for query in [
        "state=%3Cscript%3Ealert(1)%3C%2Fscript%3E&code=x".to_owned(),
        format!(
            "state={state}&error=%3Cscript%3E&error_description=%3Cimg%20src%3Dx%3E%0d%0aX-Evil:1"
        ),
    ] {
        let request = http::Request::get(path(&query))
            .body(Body::empty())
            .unwrap();
        let transport = composio_core::Transport::from(engine.clone());
        let answer = transport.send(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let page = body.bytes(1 << 20).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.starts_with("<!doctype html>"), "{page}");
        assert!(
            !page.contains("script>") && !page.contains("<img") && !page.contains(&state),
            "{page}"
        );
        assert!(
            parts.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        // The code in the address goes to nobody else.
        assert_eq!(parts.headers["referrer-policy"], "same-origin");
    }
    let account = account(&engine, &begun["id"]).await;
    assert_eq!(account["status"], "FAILED");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(!reason.contains(['\r', '\n']), "{reason}");
}

#[tokio::test]
async fn a_callback_without_a_code_fails_and_one_for_nothing_is_refused() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    for rest in ["", "&code=", "&code=a&code=b"] {
        let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
        come_back(&engine, &format!("state={}{rest}", query(&url)["state"])).await;
        let account = account(&engine, &begun["id"]).await;
        assert_eq!(account["status"], "FAILED", "{rest}");
    }
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let path = format!(
        "/api/v3.1/connected_accounts/{}",
        begun["id"].as_str().unwrap()
    );
    assert_eq!(
        send(&engine, "DELETE", &path, Body::empty()).await.status,
        StatusCode::OK
    );
    let late = come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn a_provider_that_never_answers_is_not_waited_for() {
    let provider = Provider::start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = (silent.local_addr().unwrap(), silent);
    let engine = builder()
        .in_memory()
        .public_url("https://engine.example")
        .limits(Limits::default().total(Duration::from_millis(300)))
        .build()
        .await
        .unwrap();
    let yaml = provider.yaml("");
    let yaml = yaml.replace(
        &format!("token_url: {}", provider.base),
        &format!("token_url: http://{}", silent.0),
    );
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let config = auth_config(&engine, "OAUTH2", &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    let account = account(&engine, &begun["id"]).await;
    assert_eq!(account["status"], "FAILED");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(reason.contains("did not answer"), "{reason}");
}

#[tokio::test]
async fn an_address_that_a_browser_would_run_is_no_place_to_return_to() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    for address in [
        "javascript:alert(1)",
        "data:text/html,x",
        "/relative",
        "not an address",
        "https://a.example/\n",
    ] {
        let body = json!({"auth_config": {"id": config}, "connection": {"callback_url": address}});
        let refused = post(&engine, "/api/v3.1/connected_accounts", &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{address}");
    }
    let accounts = crate::support::get(&engine, "/api/v3.1/connected_accounts").await;
    assert_eq!(accounts.json["total_items"], 0);
}

#[tokio::test]
async fn a_user_does_not_decide_where_the_developers_secret_goes() {
    let provider = Provider::start().await;
    let yaml = provider.yaml(
        "    fields:\n      - {name: instanceUrl, type: string, required: true, expected_from_customer: true}\n",
    );
    let yaml = yaml.replace(
        &format!("token_url: {}/token", provider.base),
        "token_url: \"{{instanceUrl}}/token\"",
    );
    let engine = public(yaml).await;
    let made = |shared: Value| {
        json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_custom_auth", "authScheme": "OAUTH2",
            "credentials": client(), "shared_credentials": shared}})
    };
    let config = post(&engine, "/api/v3.1/auth_configs", &made(json!({})))
        .await
        .json;
    let body = json!({"auth_config": {"id": config["auth_config"]["id"]},
        "connection": {"user_id": "mallory", "data": {"instanceUrl": "http://127.0.0.1:9"}}});
    let refused = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_REQUEST,
        "{:?}",
        refused.json
    );
    let message = refused.json["error"]["message"].as_str().unwrap();
    assert!(message.contains("instanceUrl decides"), "{message}");

    // The developer may say so for everybody.
    let shared = json!({"instanceUrl": provider.base});
    let config = post(&engine, "/api/v3.1/auth_configs", &made(shared))
        .await
        .json;
    let config = config["auth_config"]["id"].as_str().unwrap();
    let (begun, _) = begin(&engine, config, json!({"user_id": "alice"})).await;
    assert_eq!(begun["status"], "INITIATED");
}

/// Queries of a callback, from a few letters that mean something there.
fn queries() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "state",
        "code",
        "error",
        "error_description",
        "iss",
        "oauth_token",
        "oauth_verifier",
        "denied",
        "x",
    ]);
    let value = prop_oneof![
        Just("STATE".to_owned()),
        Just(String::new()),
        "[a-zA-Z0-9_.~-]{1,40}",
        "(%[0-9A-F]{2}){1,8}",
        "[ -~]{0,30}",
        "%(0[0ad]|zz|C3|E2%82|FF){1,3}",
    ];
    prop::collection::vec((name, value), 0..6).prop_map(|pairs| {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&").replace(
            [' ', '"', '<', '>', '#', '\\', '^', '`', '{', '|', '}'],
            "+",
        )
    })
}

#[tokio::test]
async fn no_query_of_a_callback_breaks_it_or_connects_anything() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (begun, _) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..400 {
        let query = queries().new_tree(&mut runner).unwrap().current();
        let answer = come_back(&engine, &query).await;
        let is_refused = answer.status == StatusCode::BAD_REQUEST;
        // A refusal that names no state is told on a page, and is nobody's.
        let is_told = answer.status == StatusCode::OK && query.contains("error=");
        let is_right = is_refused || is_told;
        assert!(is_right, "{query}: {} {:?}", answer.status, answer.json);
    }
    // Whoever does not know the state changes nothing.
    assert_eq!(account(&engine, &begun["id"]).await["status"], "INITIATED");
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn a_state_of_one_user_connects_that_users_account_whoever_brings_it() {
    let provider = Provider::start().await;
    let (engine, config) = desk(&provider, "", &client()).await;
    let (of_alice, alices) = begin(&engine, &config, json!({"user_id": "alice"})).await;
    let (of_bob, _) = begin(&engine, &config, json!({"user_id": "bob"})).await;
    // Bob's id in the address is nobody's word.
    provider.give(&json!({"access_token": "at-1"}));
    let state = &query(&alices)["state"];
    let id = of_bob["id"].as_str().unwrap();
    come_back(
        &engine,
        &format!("code=c&state={state}&connected_account_id={id}&user_id=bob"),
    )
    .await;
    assert_eq!(account(&engine, &of_alice["id"]).await["status"], "ACTIVE");
    assert_eq!(account(&engine, &of_bob["id"]).await["status"], "INITIATED");
    // And it is used up, also for her.
    let again = come_back(&engine, &format!("code=c&state={state}")).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(provider.asked().len(), 1);
}
