use composio_core::{
    ErrorKind,
    models::{AuthParameter, AuthScheme, CustomAuth, Placement},
};
use serde_json::json;

use super::support::{
    argument, call, credentials, header, plan, plan_with, prepare, toolkit, toolkit_of, url,
    with_custom,
};

#[test]
fn a_schemes_templates_come_on_top_of_the_toolkits() {
    let toolkit = toolkit_of(
        "https://x.com",
        json!({
            "proxy": {
                "headers": {"Authorization": "Shared {{api_key}}", "X-Version": "7"},
                "query_params": {"lang": "en", "key": "{{missing}}"},
                "path_params": {"tenant": "{{tenant}}"},
            },
            "auth_schemes": [
                {"name": "other", "auth_mode": "API_KEY", "proxy": {"headers": {"X-Wrong": "1"}}},
                {"name": "key", "auth_mode": "API_KEY", "proxy": {
                    "headers": {"authorization": "Key {{ api_key }}"},
                    "query_params": {"key": "{{api_key}}"},
                }},
            ],
        }),
    );
    let plan = plan("GET", "/{tenant}/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    call.credentials = Some(credentials(
        AuthScheme::ApiKey,
        &[("api_key", "a/b"), ("tenant", "t 1")],
    ));
    let prepared = prepare(call).unwrap();
    assert_eq!(url(&prepared), "https://x.com/t%201/do?lang=en&key=a%2Fb");
    assert_eq!(header(&prepared, "authorization"), "Key a/b");
    assert_eq!(prepared.headers.get_all("authorization").iter().count(), 1);
    assert_eq!(header(&prepared, "x-version"), "7");
    assert!(!prepared.headers.contains_key("x-wrong"));
    assert!(prepared.headers["authorization"].is_sensitive());
}

#[test]
fn templates_can_do_what_jinja_does() {
    let toolkit = toolkit(json!({"headers": {
        "Authorization": "Basic {{ (api_key ~ ':') | b64encode }}",
        "X-Region": "{{ region | default('eu') }}",
        "X-Mode": "{% if api_key %}key{% else %}none{% endif %}",
    }}));
    let plan = plan("GET", "/do", json!({}));
    let prepared = prepare(call(&toolkit, &plan, json!({}))).unwrap();
    assert_eq!(
        header(&prepared, "authorization"),
        "Basic dG9rX3NlY3JldF8xMjM0NTo="
    );
    assert_eq!(header(&prepared, "x-region"), "eu");
    assert_eq!(header(&prepared, "x-mode"), "key");
}

#[test]
fn a_template_is_not_a_template_twice() {
    let toolkit =
        toolkit(json!({"headers": {"X-Key": "{{api_key}}", "X-Jinja": "{{ api_key | trim }}"}}));
    let plan = plan("GET", "/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    let value = "{{ other }}{% raw %}";
    call.credentials = Some(credentials(
        AuthScheme::ApiKey,
        &[("api_key", value), ("other", "stolen")],
    ));
    let prepared = prepare(call).unwrap();
    assert_eq!(header(&prepared, "x-key"), value);
    assert_eq!(header(&prepared, "x-jinja"), value);
}

#[test]
fn a_credential_cannot_split_the_header() {
    let toolkit = toolkit(json!({"headers": {"Authorization": "Bearer {{api_key}}"}}));
    let plan = plan("GET", "/do", json!({}));
    for bad in ["hunter2\r\nX-Evil: 1", "hunter2\n", "hunter2\0"] {
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(AuthScheme::ApiKey, &[("api_key", bad)]));
        let error = prepare(call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("Authorization"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[test]
fn a_missing_or_empty_field_is_named() {
    let toolkit = toolkit(json!({"headers": {"X-Key": "{{ api_key }}", "X-T": "{{tenant}}"}}));
    let plan = plan("GET", "/do", json!({}));
    for values in [
        &[("api_key", "tok_secret_12345")][..],
        &[("api_key", "tok_secret_12345"), ("tenant", "")],
    ] {
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(AuthScheme::ApiKey, values));
        let error = prepare(call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.message().contains("tenant") && error.message().contains("X-T"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("tok_secret"));
    }
}

#[test]
fn schemes_without_templates_use_their_usual_place() {
    let plan = plan("GET", "/do", json!({}));
    for (scheme, values, expected) in [
        (
            AuthScheme::BearerToken,
            &[("token", "abcdef")][..],
            "Bearer abcdef",
        ),
        (
            AuthScheme::Oauth2,
            &[("access_token", "abcdef"), ("refresh_token", "x")],
            "Bearer abcdef",
        ),
        (
            AuthScheme::ApiKey,
            &[("api_key", "abcdef")],
            "Bearer abcdef",
        ),
        (
            AuthScheme::ApiKey,
            &[("generic_api_key", "abcdef")],
            "Bearer abcdef",
        ),
        (
            AuthScheme::ApiKey,
            &[("acme_secret", "abcdef"), ("region", "us")],
            "Bearer abcdef",
        ),
        (
            AuthScheme::ApiKey,
            &[("basic_encoded", "YTpi")],
            "Basic YTpi",
        ),
        (
            AuthScheme::Basic,
            &[("username", "Aladdin"), ("password", "open sesame")],
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        (AuthScheme::Basic, &[("username", "me")], "Basic bWU6"),
        (AuthScheme::NoAuth, &[], ""),
    ] {
        let toolkit = toolkit_of(
            "https://x.com",
            json!({
                "proxy": {"headers": {"X-Version": "7"}},
                "auth_schemes": [{"name": "s", "auth_mode": scheme.as_str()}],
            }),
        );
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(scheme.clone(), values));
        let prepared = prepare(call).unwrap();
        assert_eq!(
            header(&prepared, "authorization"),
            expected,
            "{scheme} {values:?}"
        );
    }
}

#[test]
fn a_scheme_with_its_own_place_does_not_use_the_usual_one() {
    let plan = plan("GET", "/do", json!({}));
    for proxy in [
        json!({"headers": {"X-Key": "{{api_key}}"}}),
        json!({"query_params": {"key": "{{api_key}}"}}),
        json!({"base_url": "https://x.com/bot{{api_key}}"}),
    ] {
        let toolkit = toolkit(proxy.clone());
        let prepared = prepare(call(&toolkit, &plan, json!({}))).unwrap();
        assert!(!prepared.headers.contains_key("authorization"), "{proxy}");
    }
    let toolkit = toolkit(json!({"headers": {"X-Tenant": "{{tenant}}"}}));
    let mut call = call(&toolkit, &plan, json!({}));
    call.credentials = Some(credentials(
        AuthScheme::ApiKey,
        &[("api_key", "abcdef"), ("tenant", "t")],
    ));
    assert_eq!(
        header(&prepare(call).unwrap(), "authorization"),
        "Bearer abcdef"
    );
}

#[test]
fn credentials_that_do_not_suffice_are_refused() {
    let plan = plan("GET", "/do", json!({}));
    for (scheme, values, kind) in [
        (
            AuthScheme::BearerToken,
            &[("username", "x")][..],
            ErrorKind::Config,
        ),
        (AuthScheme::ApiKey, &[("region", "us")], ErrorKind::Config),
        (
            AuthScheme::ApiKey,
            &[("one_secret", "a"), ("two_secret", "b")],
            ErrorKind::Config,
        ),
        (AuthScheme::Basic, &[("password", "x")], ErrorKind::Config),
        (
            AuthScheme::Basic,
            &[("username", "a:b"), ("password", "x")],
            ErrorKind::InvalidInput,
        ),
        (
            AuthScheme::Oauth1,
            &[("oauth_token", "x")],
            ErrorKind::Config,
        ),
        (
            AuthScheme::GoogleServiceAccount,
            &[("credentials_json", "{}")],
            ErrorKind::Config,
        ),
    ] {
        let toolkit = toolkit_of("https://x.com", json!({}));
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(scheme.clone(), values));
        assert_eq!(prepare(call).unwrap_err().kind(), kind, "{scheme}");
    }
}

#[test]
fn without_credentials_only_templates_that_need_none_are_used() {
    let toolkit = toolkit_of(
        "https://x.com",
        json!({
            "proxy": {"headers": {"X-Version": "7", "Authorization": "Bearer {{access_token}}"}, "query_params": {"k": "{{api_key}}"}},
            "auth_schemes": [{"name": "s", "auth_mode": "OAUTH2"}],
        }),
    );
    let plan = plan("GET", "/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    call.credentials = None;
    let prepared = prepare(call).unwrap();
    assert_eq!(header(&prepared, "x-version"), "7");
    assert!(!prepared.headers.contains_key("authorization"));
    assert_eq!(url(&prepared), "https://x.com/do");
}

#[test]
fn credentials_given_with_the_call_go_where_they_say_and_win() {
    let toolkit = toolkit(json!({
        "headers": {"Authorization": "Bearer {{api_key}}"}, "query_params": {"key": "{{api_key}}", "v": "1"},
    }));
    let plan = plan_with(
        "GET",
        "/{org}/do",
        &[
            argument("org", "path", json!({})),
            argument("key", "query", json!({})),
        ],
    );
    let custom = CustomAuth::new()
        .header("authorization", "Mine abc")
        .query("key", "a&b")
        .parameter(AuthParameter::new(Placement::Cookie, "session", "s;1"))
        .parameter(AuthParameter::new(Placement::Path, "org", "o/1"));
    let connection = credentials(AuthScheme::ApiKey, &[("api_key", "stored")]);
    let mut call = with_custom(&toolkit, &plan, Some(connection), custom);
    call.arguments = json!({"key": "argument"}).as_object().unwrap().clone();
    let prepared = prepare(call).unwrap();
    assert_eq!(
        url(&prepared),
        "https://api.example.com/o%2F1/do?v=1&key=a%26b"
    );
    assert_eq!(prepared.headers.get_all("authorization").iter().count(), 1);
    assert_eq!(header(&prepared, "authorization"), "Mine abc");
    assert_eq!(header(&prepared, "cookie"), "session=s%3B1");
}

#[test]
fn credentials_given_with_the_call_are_checked() {
    let toolkit = toolkit(json!({}));
    let plan = plan("GET", "/do", json!({}));
    for parameter in [
        AuthParameter::new(Placement::Header, "X-A", "a\r\nX-B: c"),
        AuthParameter::new(Placement::Header, "Host", "evil.com"),
        AuthParameter::new(Placement::Header, "Transfer-Encoding", "chunked"),
        AuthParameter::new(Placement::Path, "org", "x"),
        AuthParameter::new(Placement::Subdomain, "sub", "x"),
    ] {
        let name = parameter.name.clone();
        let custom = CustomAuth::new().parameter(parameter);
        assert!(
            prepare(with_custom(&toolkit, &plan, None, custom)).is_err(),
            "{name}"
        );
    }
}

#[test]
fn an_argument_cannot_replace_a_credential() {
    let toolkit = toolkit(
        json!({"headers": {"X-Key": "{{api_key}}"}, "query_params": {"key": "{{api_key}}"}}),
    );
    let plan = plan_with(
        "GET",
        "/do",
        &[
            argument("x-key", "header", json!({"required": true})),
            argument("key", "query", json!({})),
        ],
    );
    let prepared = prepare(call(
        &toolkit,
        &plan,
        json!({"x-key": "argument", "key": "argument"}),
    ))
    .unwrap();
    assert_eq!(header(&prepared, "x-key"), "tok_secret_12345");
    assert_eq!(
        url(&prepared),
        "https://api.example.com/do?key=tok_secret_12345"
    );
    // What the connection brings need not be given.
    assert!(prepare(call(&toolkit, &plan, json!({}))).is_ok());
}
