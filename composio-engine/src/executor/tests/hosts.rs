use composio_core::{
    ErrorKind,
    models::{AuthParameter, AuthScheme, CustomAuth, Placement},
};
use serde_json::json;

use super::support::{
    call, credentials, header, keyed, plan, prepare, toolkit, toolkit_of, url, with_custom,
};

fn base_of(template: &str, fields: &[(&str, &str)]) -> Result<String, (ErrorKind, String)> {
    let toolkit = toolkit(json!({"base_url": template, "headers": {"x-api-key": "{{api_key}}"}}));
    let plan = plan("GET", "/do", json!({}));
    let mut call = call(&toolkit, &plan, json!({}));
    let fields = [fields, &[("api_key", "tok_secret_12345")]].concat();
    call.credentials = Some(credentials(AuthScheme::ApiKey, &fields));
    prepare(call)
        .map(|prepared| url(&prepared).to_owned())
        .map_err(|error| (error.kind(), error.message().to_owned()))
}

#[test]
fn a_placeholder_in_the_host_stands_for_one_label() {
    for (template, name, value, expected) in [
        (
            "https://{{subdomain}}.x.com",
            "subdomain",
            "acme",
            "https://acme.x.com/do",
        ),
        (
            "https://{{ subdomain }}.x.com/",
            "subdomain",
            "Acme-1",
            "https://acme-1.x.com/do",
        ),
        (
            "https://{{dc}}.api.x.com/3.0",
            "dc",
            "us21",
            "https://us21.api.x.com/3.0/do",
        ),
        (
            "https://app-{{region}}.x.com",
            "region",
            "eu",
            "https://app-eu.x.com/do",
        ),
        (
            "https://{{domain}}/api",
            "domain",
            "acme.okta.com",
            "https://acme.okta.com/api/do",
        ),
        (
            "https://x.com/{{version}}/",
            "version",
            "v 2/3",
            "https://x.com/v%202%2F3/do",
        ),
        (
            "https://x.com/bot{{token}}",
            "token",
            "12:ab",
            "https://x.com/bot12:ab/do",
        ),
        (
            "https://x.com:{{port}}/",
            "port",
            "8443",
            "https://x.com:8443/do",
        ),
        (
            "{{base_url}}",
            "base_url",
            "https://a.b:8443/c/",
            "https://a.b:8443/c/do",
        ),
        (
            "{{instanceUrl}}/services/v1",
            "instanceUrl",
            "https://a.my.x.com/",
            "https://a.my.x.com/services/v1/do",
        ),
        (
            "{{base_url}}",
            "base_url",
            "http://127.0.0.1:9/x",
            "http://127.0.0.1:9/x/do",
        ),
        (
            "https://{{ region | default('eu') }}.x.com",
            "region",
            "us",
            "https://us.x.com/do",
        ),
        (
            "https://{{ region | default('eu') }}.x.com",
            "other",
            "us",
            "https://eu.x.com/do",
        ),
    ] {
        assert_eq!(
            base_of(template, &[(name, value)]).as_deref(),
            Ok(expected),
            "{template} {value}"
        );
    }
}

#[test]
fn a_field_cannot_move_the_host() {
    let bad = [
        "evil.com/",
        "a@evil.com",
        "evil.com#",
        "evil.com?",
        "evil.com\\",
        "a.b",
        "x:80",
        "x:y@evil.com",
        "",
        ".",
        "..",
        "-.",
        "é",
        "аcme",
        "ａ",
        "例え",
        "a%2eb",
        "%61",
        "a b",
        " a",
        "a\n",
        "a\tb",
        "a\0",
        "a_b",
        "[::1]",
        "127.0.0.1",
        "/evil.com",
        "//evil.com",
        "\u{200b}a",
        "a\u{ad}b",
        "evil.com/.x.com",
        "{{api_key}}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    for template in [
        "https://{{subdomain}}.x.com",
        "https://{{subdomain}}.x.com/api",
        "https://app.{{subdomain}}.x.com",
        "https://a-{{subdomain}}.x.com",
        "https://{{ subdomain | lower }}.x.com",
    ] {
        for value in bad {
            let result = base_of(template, &[("subdomain", value)]);
            let (kind, message) = result.expect_err(&format!("{template} with {value:?}"));
            assert!(
                matches!(kind, ErrorKind::InvalidInput | ErrorKind::Config),
                "{kind:?}"
            );
            assert!(message.contains("subdomain"), "{message}");
            assert!(value.len() < 4 || !message.contains(value), "{message}");
        }
    }
}

#[test]
fn a_host_name_field_is_a_host_name() {
    for value in [
        "evil.com/",
        "a@b.com",
        "a.com#",
        "a.com:80",
        "a..com",
        ".com",
        "com.",
        "127.0.0.1",
        "0x7f.1",
        "é.com",
    ] {
        let result = base_of("https://{{domain}}/api", &[("domain", value)]);
        assert!(result.is_err(), "{value}: {result:?}");
    }
    for (template, value) in [
        ("https://{{a}}.{{a}}", "1"),
        ("https://x.com:{{a}}", "80@evil.com"),
        ("https://x.com:{{a}}", "99999"),
        ("https://x.com:{{a}}", "+80"),
        ("https://x.com/{{a}}", ".."),
        ("https://x.com/{{a}}/b", "."),
    ] {
        let result = base_of(template, &[("a", value)]);
        assert!(result.is_err(), "{template} {value}: {result:?}");
    }
}

#[test]
fn a_users_address_is_plain_and_encrypted() {
    for value in [
        "http://example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "example.com",
        "//x.com",
        "https://",
        "https://user@x.com",
        "https://user:pw@x.com",
        "https://x.com?x=1",
        "https://x.com#a",
        "https://x.com/\\b",
        "https:/\\x.com",
        " https://x.com",
        "https://x.com\n",
        "https://x .com",
        "http://10.0.0.1",
        "https://x.com/?",
    ] {
        for template in ["{{base_url}}", "{{base_url}}/v1", "{{ base_url | trim }}"] {
            let result = base_of(template, &[("base_url", value)]);
            // The filter takes the white space away before the address is looked at.
            if template.contains("trim") && value.trim() != value {
                continue;
            }
            assert!(result.is_err(), "{template} {value:?}: {result:?}");
        }
    }
    let result = base_of("{{base_url}}.evil.com", &[("base_url", "https://x.com")]);
    assert_eq!(result.unwrap_err().0, ErrorKind::Config);
}

#[test]
fn a_missing_field_is_named_and_no_value_is() {
    let (kind, message) = base_of(
        "https://{{subdomain}}.{{region}}.x.com",
        &[("other", "v4lue")],
    )
    .unwrap_err();
    assert_eq!(kind, ErrorKind::Config);
    assert!(message.contains("subdomain, region"), "{message}");
    let (_, message) = base_of("https://{{ a ~ b }}.x.com", &[("a", "v4lue")]).unwrap_err();
    assert!(
        message.contains('b') && !message.contains("v4lue"),
        "{message}"
    );
}

#[test]
fn a_broken_template_is_the_toolkits_fault() {
    for template in [
        "https://{{a.x.com",
        "https://{% if %}",
        "x.com",
        "ftp://x.com",
        "https://{{a}}.x.com?b=c",
        "{% for i in range(100000) %}{{ range(100000) }}{% endfor %}",
    ] {
        let (kind, message) = base_of(template, &[("a", "value")]).expect_err(template);
        assert_eq!(kind, ErrorKind::Config, "{message}");
        assert!(message.contains("base_url"), "{message}");
    }
}

#[test]
fn the_address_comes_from_the_nearest_that_names_one() {
    let plain = |integration| toolkit_of("https://document.com/v1", integration);
    let with_server = plan("GET", "/do", json!({"server": "https://operation.com/v2"}));
    let without = plan("GET", "/do", json!({}));
    let bare = plain(json!({}));
    let templated = plain(json!({"proxy": {"base_url": "https://shared.com"}}));
    let schemed = plain(json!({
        "proxy": {"base_url": "https://shared.com"},
        "auth_schemes": [{"name": "key", "auth_mode": "API_KEY", "proxy": {"base_url": "https://own.com"}}],
    }));
    for (toolkit, plan, expected) in [
        (&bare, &without, "https://document.com/v1/do"),
        (&bare, &with_server, "https://operation.com/v2/do"),
        (&templated, &with_server, "https://shared.com/do"),
        (&schemed, &with_server, "https://own.com/do"),
    ] {
        let prepared = prepare(call(toolkit, plan, json!({}))).unwrap();
        assert_eq!(url(&prepared), expected);
    }
    let custom = CustomAuth::new().base_url("https://custom.com/x");
    let prepared = prepare(with_custom(&schemed, &with_server, None, custom)).unwrap();
    assert_eq!(url(&prepared), "https://custom.com/x/do");
    let mut nowhere = bare;
    nowhere.base_url = None;
    let error = prepare(call(&nowhere, &without, json!({}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("base_url"), "{error}");
}

#[test]
fn a_server_of_the_document_is_checked_too() {
    for server in [
        "/v1",
        "https://user:pw@x.com",
        "https://x.com?key=1",
        "https://{region}.x.com",
        "ftp://x.com",
        "",
    ] {
        let plan = plan("GET", "/do", json!({"server": server}));
        let toolkit = toolkit_of("https://x.com", json!({}));
        assert!(
            prepare(call(&toolkit, &plan, json!({}))).is_err(),
            "{server}"
        );
    }
}

#[test]
fn a_call_can_fill_the_host_and_loses_the_connections_credentials_if_that_moves_it() {
    let toolkit = toolkit(json!({
        "base_url": "https://{{subdomain}}.x.com", "headers": {"x-api-key": "{{api_key}}"},
    }));
    let plan = plan("GET", "/do", json!({}));
    let own = || {
        credentials(
            AuthScheme::ApiKey,
            &[("api_key", "tok_secret_12345"), ("subdomain", "acme")],
        )
    };
    let at = |value: &str| {
        let parameter = AuthParameter::new(Placement::Subdomain, "subdomain", value);
        CustomAuth::new().parameter(parameter)
    };
    let same = prepare(with_custom(&toolkit, &plan, Some(own()), at("acme"))).unwrap();
    assert_eq!(url(&same), "https://acme.x.com/do");
    assert_eq!(header(&same, "x-api-key"), "tok_secret_12345");
    let moved = prepare(with_custom(&toolkit, &plan, Some(own()), at("evil"))).unwrap();
    assert_eq!(url(&moved), "https://evil.x.com/do");
    assert!(!moved.headers.contains_key("x-api-key"));
    let alone = prepare(with_custom(&toolkit, &plan, None, at("solo"))).unwrap();
    assert_eq!(url(&alone), "https://solo.x.com/do");
    for bad in ["evil.com/", "a.b", "a@evil.com", ""] {
        assert!(
            prepare(with_custom(&toolkit, &plan, None, at(bad))).is_err(),
            "{bad}"
        );
    }
    let stray =
        CustomAuth::new().parameter(AuthParameter::new(Placement::Subdomain, "tenant", "a"));
    let error = prepare(with_custom(&toolkit, &plan, None, stray)).unwrap_err();
    assert!(error.message().contains("tenant"), "{error}");
}

#[test]
fn another_base_url_does_not_get_the_connections_credentials() {
    let toolkit = keyed("https://api.x.com");
    let plan = plan("GET", "/do", json!({}));
    for (base, kept) in [
        ("https://api.x.com/other", true),
        ("https://evil.com", false),
        ("https://api.x.com:444", false),
        ("https://api.x.com.evil.com", false),
    ] {
        let custom = CustomAuth::new().base_url(base).header("X-Own", "mine");
        let credentials = credentials(AuthScheme::ApiKey, &[("api_key", "tok_secret_12345")]);
        let prepared = prepare(with_custom(&toolkit, &plan, Some(credentials), custom)).unwrap();
        assert_eq!(prepared.headers.contains_key("x-api-key"), kept, "{base}");
        assert_eq!(header(&prepared, "x-own"), "mine");
    }
    for bad in [
        "http://x.com",
        "https://u:p@x.com",
        "x.com",
        "https://x.com?a=b",
    ] {
        let custom = CustomAuth::new().base_url(bad);
        assert!(
            prepare(with_custom(&toolkit, &plan, None, custom)).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn credentials_go_to_the_hosts_that_the_app_names_and_nowhere_else() {
    let toolkit = toolkit_of(
        "https://login.acme.com",
        json!({
            "hosts": ["*.acme.com"],
            "auth_schemes": [{"name": "key", "auth_mode": "API_KEY",
                "proxy": {"base_url": "{{instanceUrl}}", "headers": {"x-api-key": "{{api_key}}"}}}],
        }),
    );
    let plan = plan("GET", "/do", json!({}));
    let reached = |instance: &str| {
        let mut call = call(&toolkit, &plan, json!({}));
        let fields = [("instanceUrl", instance), ("api_key", "tok_secret_12345")];
        call.credentials = Some(credentials(AuthScheme::ApiKey, &fields));
        prepare(call).map(|prepared| url(&prepared).to_owned())
    };
    let own = reached("https://eu.my.acme.com").unwrap();
    assert_eq!(own, "https://eu.my.acme.com/do");
    for hostile in [
        "https://acme.com",
        "https://evil.com",
        "https://acme.com.evil.com",
        "https://evilacme.com",
        "https://evil.com/.acme.com",
        "https://evil.com:443/x.acme.com",
        "https://x.acme.com.",
        "https://x.acme.com@evil.com",
        "https://evil.com?x.acme.com",
        "https://evil.com#.acme.com",
        "https://evil.com\\.acme.com",
        "https://x.acme.com%2eevil.com",
        "https://x。acme。com.evil.com",
        "https://127.0.0.1",
        "https://[::1]",
        "http://eu.acme.com",
        "//eu.acme.com",
    ] {
        match reached(hostile) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{hostile}: {error}");
                assert!(!format!("{error:?}").contains("tok_secret"), "{hostile}");
            }
            Ok(url) => assert!(
                url.starts_with("https://x.acme.com./"),
                "{hostile} is {url}"
            ),
        }
    }
}

#[test]
fn an_operation_may_lead_to_a_host_that_the_app_names_beside_its_base() {
    let integration = |hosts: serde_json::Value| {
        json!({
            "hosts": hosts,
            "proxy": {"base_url": "https://api.acme.com"},
            "auth_schemes": [{"name": "key", "auth_mode": "API_KEY"}],
        })
    };
    let plan = plan("POST", "/do", json!({"server": "https://up.acme.com"}));
    let reached = |hosts: serde_json::Value| {
        let toolkit = toolkit_of("https://api.acme.com", integration(hosts));
        let mut call = call(&toolkit, &plan, json!({}));
        call.credentials = Some(credentials(
            AuthScheme::ApiKey,
            &[("api_key", "k-12345678")],
        ));
        url(&prepare(call).unwrap()).to_owned()
    };
    let named = reached(json!(["api.acme.com", "up.acme.com"]));
    assert_eq!(named, "https://up.acme.com/do");
    // A document alone cannot lead away from the base that the app names.
    assert_eq!(reached(json!(["api.acme.com"])), "https://api.acme.com/do");
    assert_eq!(reached(json!([])), "https://api.acme.com/do");
}
