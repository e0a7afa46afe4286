use std::{sync::LazyLock, time::Duration};

use composio_catalog::Integration;
use composio_core::Secret;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Authorization, Given, Settings, TokenFault, Tokens, Verifier, response};
use crate::{
    auth::Values,
    executor::{Executor, ExecutorOptions, Reply, Scrubber},
};

/// Reading the system's certificates takes a while.
static EXECUTOR: LazyLock<Executor> =
    LazyLock::new(|| Executor::new(ExecutorOptions::default()).unwrap());

const NOW: i64 = 1_767_225_600_000_000;

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::from(*value)))
        .collect()
}

fn settings(more: &str, fields: &[(&str, &str)]) -> Settings {
    let yaml = format!(
        "name: Desk\nunique_key: desk\ntoken_response_metadata: [instance_url, team.id, flags]\nauth_schemes:\n  \
         - auth_mode: OAUTH2\n    authorization_url: https://desk.example/authorize?audience=all&scope=own\n    \
         token_url: https://desk.example/token\n    default_scopes: [read, write]\n{more}"
    );
    let integration = Integration::parse(yaml.as_bytes()).unwrap();
    let mut all = values(&[("client_id", "id"), ("client_secret", "a secret")]);
    all.extend(values(fields));
    let given = Given {
        all: &all,
        own: &Values::new(),
    };
    Settings::render(
        &EXECUTOR,
        &integration,
        &integration.auth_schemes[0],
        given,
        None,
    )
    .unwrap()
}

fn reply(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Reply {
    let mut headers = HeaderMap::new();
    let media_type = HeaderValue::from_str(media_type).unwrap();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.as_ref().to_vec(),
    }
}

fn read(settings: &Settings, reply: &Reply) -> Result<Tokens, TokenFault> {
    response::read(reply, &settings.shape, &Scrubber::default(), NOW)
}

fn given(settings: &Settings, tokens: &Value) -> Tokens {
    read(
        settings,
        &reply(200, "application/json", tokens.to_string()),
    )
    .unwrap()
}

fn life(settings: &Settings, member: &str, value: Value) -> Option<u64> {
    let mut tokens = json!({"access_token": "at"});
    tokens[member] = value;
    given(settings, &tokens)
        .expires_in
        .map(|life| life.as_secs())
}

#[test]
fn a_life_is_read_however_it_is_written() {
    let plain = settings("", &[]);
    for (value, expected) in [
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(3599.9), Some(3599)),
        (json!(0), None),
        (json!("0"), None),
        (json!(-1), None),
        (json!(null), None),
        (json!("never"), None),
        (json!([]), None),
        (json!(1e300), Some(315_360_000)),
        (json!(u64::MAX), Some(315_360_000)),
    ] {
        assert_eq!(
            life(&plain, "expires_in", value.clone()),
            expected,
            "{value}"
        );
    }
    let in_an_hour = NOW / 1_000_000 + 3600;
    assert_eq!(life(&plain, "expires_at", json!(in_an_hour)), Some(3600));
    assert_eq!(
        life(&plain, "expires_on", json!(in_an_hour.to_string())),
        Some(3600)
    );
    assert_eq!(
        life(&plain, "expires_at", json!(in_an_hour * 1000)),
        Some(3600)
    );
    assert_eq!(life(&plain, "expires_at", json!(7)), None);
    assert_eq!(
        life(&plain, "expires_at", json!("2026-01-01T01:00:00Z")),
        Some(3600)
    );
    assert_eq!(
        life(&plain, "expires_at", json!("2026-13-01T01:00:00Z")),
        None
    );
    let odd = settings(
        "    oauth: {expires_in_milliseconds: true, token_lifetime: 60}\n",
        &[],
    );
    assert_eq!(life(&odd, "expires_in", json!(3_600_000)), Some(3600));
    assert_eq!(life(&odd, "nothing", json!(1)), Some(60));
    assert_eq!(life(&plain, "expires_in_ms", json!(4_991)), Some(4));
}

#[test]
fn members_that_the_toolkit_names_are_kept_and_no_others() {
    let tokens = given(
        &settings("", &[]),
        &json!({"access_token": "at", "refresh_token": "rt", "id_token": "", "scope": ["a"], "token_type": "bearer",
            "instance_url": "https://eu.desk.example", "team": {"id": 7, "name": "x"}, "flags": {"a": true}, "more": 1}),
    );
    let kept: Vec<(&str, &str)> = tokens
        .values
        .iter()
        .map(|(name, value)| (&**name, value.expose()))
        .collect();
    assert_eq!(
        kept,
        [
            ("access_token", "at"),
            ("flags", r#"{"a":true}"#),
            ("instance_url", "https://eu.desk.example"),
            ("refresh_token", "rt"),
            ("team_id", "7"),
            ("token_type", "bearer"),
        ]
    );
}

#[test]
fn a_new_consent_replaces_old_tokens_and_a_renewal_keeps_an_old_refresh_token() {
    let old = values(&[
        ("access_token", "at-0"),
        ("refresh_token", "rt-0"),
        ("subdomain", "eu"),
    ]);
    let tokens = given(&settings("", &[]), &json!({"access_token": "at-1"}));
    let (mut consented, mut renewed) = (old.clone(), old);
    tokens.clone().replace(&mut consented);
    tokens.renew(&mut renewed);
    assert_eq!(
        consented.keys().collect::<Vec<_>>(),
        ["access_token", "subdomain"]
    );
    assert_eq!(renewed["refresh_token"].expose(), "rt-0");
    assert_eq!(renewed["access_token"].expose(), "at-1");
}

#[test]
fn faults_are_told_apart() {
    let settings = settings("", &[]);
    let fault =
        |status, body: &str| read(&settings, &reply(status, "application/json", body)).unwrap_err();
    for (status, body) in [
        (400, r#"{"error": "invalid_grant"}"#),
        (401, r#"{"error": "INVALID_GRANT"}"#),
        (200, r#"{"error": "bad_refresh_token"}"#),
        (200, r#"{"ok": false, "error": "invalid_refresh_token"}"#),
    ] {
        let fault = fault(status, body);
        assert!(
            matches!(fault, TokenFault::InvalidGrant { .. }),
            "{body}: {fault:?}"
        );
    }
    // A toolkit may know its provider's own word for it.
    let body = r#"{"errcode": "M_UNKNOWN_TOKEN", "error": "invalid refresh token"}"#;
    assert!(matches!(fault(401, body), TokenFault::Refused { .. }));
    let own = self::settings("    oauth: {lost_grant_codes: [M_UNKNOWN_TOKEN]}\n", &[]);
    let lost = read(&own, &reply(401, "application/json", body)).unwrap_err();
    assert!(matches!(lost, TokenFault::InvalidGrant { .. }), "{lost:?}");
    // A provider that fails may say anything: no account is lost for it.
    for (status, body) in [
        (500, r#"{"error": "invalid_grant"}"#),
        (503, "<html>"),
        (429, "{}"),
        (408, ""),
        (400, r#"{"error": "temporarily_unavailable"}"#),
        (200, r#"{"ok": false, "error": "ratelimited"}"#),
    ] {
        let TokenFault::Transient {
            is_unsent,
            retry_after,
            ..
        } = fault(status, body)
        else {
            panic!("{status} {body}");
        };
        assert!(!is_unsent);
        assert_eq!(retry_after, Some(Duration::from_secs(7)));
    }
    for (status, body) in [
        (401, r#"{"error": "invalid_client"}"#),
        (400, r#"{"error": "invalid_scope"}"#),
        (404, "<html>"),
        (301, ""),
        (200, "<html>"),
        (200, "{}"),
    ] {
        let fault = fault(status, body);
        assert!(
            matches!(fault, TokenFault::Refused { .. }),
            "{body}: {fault:?}"
        );
    }
}

fn address(settings: &Settings) -> String {
    let verifier = settings.uses_pkce.then(|| {
        // RFC 7636, appendix B.
        Verifier::kept(Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
    });
    let url = settings.authorize(Authorization {
        state: &Secret::from("the state"),
        redirect_uri: "https://engine.example/cb?x=1",
        verifier: verifier.as_ref(),
    });
    url.unwrap().into()
}

#[test]
fn the_address_of_consent_has_what_the_provider_wants() {
    assert_eq!(
        address(&settings("", &[])),
        // The scheme's own query stands, even over the scopes.
        "https://desk.example/authorize?response_type=code&audience=all&scope=own&client_id=id&\
         redirect_uri=https%3A%2F%2Fengine.example%2Fcb%3Fx%3D1&state=the+state&\
         code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    let odd = settings(
        "    scope_separator: ','\n    authorization_params:\n      prompt: \"{{prompt}}\"\n      access_type: offline\n      \
         audience: \"{{subdomain}}\"\n      state: forged\n      redirect_uri: https://evil.example\n      max_age: 5\n    \
         oauth: {pkce: false, scope_parameter: user_scope, resource: \"https://api.desk.example\"}\n",
        &[
            ("scopes", "read, write read\nadmin"),
            ("subdomain", "eu&x=1"),
        ],
    );
    assert_eq!(
        address(&odd),
        "https://desk.example/authorize?response_type=code&user_scope=read%2Cwrite%2Cadmin&\
         resource=https%3A%2F%2Fapi.desk.example&scope=own&access_type=offline&audience=eu%26x%3D1&max_age=5&client_id=id&\
         redirect_uri=https%3A%2F%2Fengine.example%2Fcb%3Fx%3D1&state=the+state"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        "access_token|refresh_token|expires_in|expires_at|error|ok|team|id|error_description|message|scope|authed_user",
        ".{0,6}",
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn check(status: u16, body: &[u8]) {
    static BOTH: LazyLock<[Settings; 2]> = LazyLock::new(|| {
        let odd = "    oauth: {token_path: authed_user}\n";
        [settings("", &[]), settings(odd, &[])]
    });
    for settings in &*BOTH {
        for media_type in [
            "application/json",
            "application/x-www-form-urlencoded",
            "text/html",
        ] {
            match read(settings, &reply(status, media_type, body)) {
                Ok(tokens) => {
                    assert!((200..300).contains(&status));
                    let token = tokens.values["access_token"].expose();
                    assert!(HeaderValue::from_str(&format!("Bearer {token}")).is_ok());
                    assert!(tokens.expires_in.is_none_or(|life| life.as_secs() >= 1));
                }
                Err(fault) => {
                    let reason = fault.reason();
                    assert!(
                        !reason.is_empty() && reason.chars().count() < 300,
                        "{reason}"
                    );
                    assert!(!reason.contains(char::is_control), "{reason:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn no_json_breaks_the_reader(status in prop_oneof![Just(200_u16), 200_u16..600], body in any_json()) {
        check(status, body.to_string().as_bytes());
    }

    #[test]
    fn no_bytes_break_the_reader(status in 200_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(status, &body);
    }

    #[test]
    fn no_form_breaks_the_reader(body in "(access_token|error|expires_in|scope)=[ -~]{0,20}(&[ -~]{0,30}){0,4}") {
        check(200, body.as_bytes());
    }
}
