use composio_core::models::{AuthField, AuthScheme};
use serde_json::json;

use super::{ClientAuthentication, Integration, OauthConfig, TokenBody};
use crate::CompileError;

fn parsed(yaml: &str) -> Integration {
    Integration::parse(yaml.as_bytes()).unwrap()
}

fn with(rest: &str) -> Result<Integration, CompileError> {
    Integration::parse(format!("name: App\nunique_key: app\n{rest}").as_bytes())
}

const FULL: &str = r#"
name: Example Desk
unique_key: Example-Desk
description: "Tickets and people."
logo: https://example.com/logo.svg
categories: [crm, "customer support"]
docs: https://example.com/docs
unknown_member: {is: ignored}
auth_schemes:
  - name: desk_oauth2
    auth_mode: oauth2
    authorization_url: "https://{{subdomain}}.example.com/authorize"
    token_url: "https://{{subdomain}}.example.com/token"
    default_scopes: "read write"
    available_scopes: [read, write, admin]
    scope_separator: ","
    authorization_params:
      response_type: code
      prompt: true
    fields:
      - name: subdomain
        display_name: Sub Domain
        description: "Your desk's subdomain."
        type: string
        required: true
        default: "app"
      - name: instanceUrl
        display_name: Instance URL
        required: "true"
        expected_from_customer: true
  - auth_mode: OAuth1
    authorization_url: https://example.com/authorize
    request_url: https://example.com/request
    token_url: https://example.com/token
    signature_method: HMAC-SHA1
    default_scopes:
  - auth_mode: api-key
    proxy:
      base_url: "{{base_url}}"
      headers:
        Authorization: "{{api_key}}"
        X-Version: 3
        X-Debug: false
        X-Nothing:
  - auth_mode: BASIC
get_current_user_endpoint: /me
callback_url: https://example.com/callback
token_response_metadata: [instance_url]
proxy:
  base_url: "{{instance_url}}/v1"
  query_params:
    key: "{{ api_key | upper }}"
  path_params:
    tenant: "{{subdomain}}"
"#;

#[test]
fn every_member_of_the_format_is_read() {
    let desk = parsed(FULL);
    assert_eq!(desk.slug(), "example-desk");
    assert_eq!(desk.categories, ["crm", "customer support"]);
    let [oauth2, oauth1, key, basic] = desk.auth_schemes.as_slice() else {
        panic!("{:?}", desk.auth_schemes)
    };
    assert_eq!(oauth2.default_scopes, ["read", "write"]);
    assert_eq!(oauth2.authorization_params["prompt"], json!(true));
    assert!(oauth2.fields[1].required && oauth2.fields[1].expected_from_customer);
    assert_eq!(oauth1.auth_mode, AuthScheme::Oauth1);
    assert!(oauth1.default_scopes.is_empty());
    assert_eq!(oauth1.signature_method.as_deref(), Some("HMAC-SHA1"));
    let headers = &key.proxy.as_ref().unwrap().headers;
    assert_eq!(headers["X-Version"], "3");
    assert_eq!(headers["X-Debug"], "false");
    assert!(!headers.contains_key("X-Nothing"));
    assert_eq!(basic.auth_mode, AuthScheme::Basic);
    assert_eq!(desk.check(), []);
}

#[test]
fn schemes_are_found_by_mode() {
    let desk = parsed(FULL);
    assert_eq!(desk.scheme(&AuthScheme::ApiKey), desk.auth_schemes.get(2));
    assert_eq!(desk.scheme(&AuthScheme::NoAuth), None);
}

#[test]
fn what_is_stored_reads_back_the_same() {
    let desk = parsed(FULL);
    let text = serde_json::to_string(&desk).unwrap();
    assert_eq!(serde_json::from_str::<Integration>(&text).unwrap(), desk);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases = [
        ("name: App\n", "unique_key"),
        ("unique_key: app\n", "name"),
        ("name: ' '\nunique_key: app\n", "name is empty"),
        ("name: App\nunique_key: my app\n", "letters, digits"),
        ("name: App\nunique_key: ../etc\n", "letters, digits"),
        ("name: App\nunique_key: ''\n", "letters, digits"),
        ("name: [App\nunique_key: app\n", "line"),
        ("name: App\nunique_key: app\ncategories: {a: b}\n", "line 3"),
        (
            "name: App\nunique_key: app\nauth_schemes:\n  - name: x\n",
            "auth_mode",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  headers: {A: [1]}\n",
            "expected a text",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  base_url: '{{a'\n",
            "proxy.base_url: `{{` without",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  base_url: 'a}}'\n",
            "`}}` without",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  base_url: '{{ }}'\n",
            "empty",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  base_url: '{{ {{a}} }}'\n",
            "inside",
        ),
        (
            "name: App\nunique_key: app\nproxy:\n  base_url: '{% if a'\n",
            "`{%` without",
        ),
        ("- a\n- b\n", "line 1"),
        ("", "line 1"),
    ];
    for (yaml, expected) in cases {
        match Integration::parse(yaml.as_bytes()) {
            Err(CompileError::Integration(message)) => {
                assert!(message.contains(expected), "{yaml:?}: {message}");
            }
            other => panic!("{yaml:?}: {other:?}"),
        }
    }
    assert!(Integration::parse(b"name: \xff").is_err());
    assert!(Integration::parse(" ".repeat(2 << 20).as_bytes()).is_err());
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(with(&bomb).is_err());
    assert!(with(&format!("deep: {}{}", "[".repeat(5_000), "]".repeat(5_000))).is_err());
}

#[test]
fn unknown_placeholders_and_modes_are_reported_and_not_fatal() {
    let app = with(
        "auth_schemes:\n  - auth_mode: KERBEROS\n    fields: [{name: your-domain}]\n    proxy:\n      base_url: 'https://{{your-domain}}/{{region}}'\n      headers: {A: \"{{access_token}}{{ 'x' }}\"}\n",
    )
    .unwrap();
    let found: Vec<String> = app
        .check()
        .into_iter()
        .map(|one| one.place + ": " + &one.problem)
        .collect();
    assert_eq!(
        found,
        [
            "auth_schemes: auth_mode KERBEROS is not known",
            "auth_schemes[0].proxy.base_url: `region` is no field and no member of the credentials",
        ]
    );
}

fn names(fields: &[AuthField]) -> Vec<&str> {
    fields.iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn fields_are_grouped_by_who_answers_and_by_need() {
    let details = parsed(FULL).auth_config_details();
    let oauth2 = &details[0];
    assert_eq!(oauth2.name, "desk_oauth2");
    assert_eq!(oauth2.required_scopes, ["read", "write"]);
    let developer = &oauth2.fields.auth_config_creation;
    assert_eq!(names(&developer.required), ["client_id", "client_secret"]);
    assert_eq!(
        names(&developer.optional),
        ["subdomain", "scopes", "oauth_redirect_uri"]
    );
    assert_eq!(developer.optional[1].default, Some(json!("read,write")));
    assert_eq!(developer.required[0].is_secret, Some(false));
    assert_eq!(developer.required[1].is_secret, Some(true));
    let user = &oauth2.fields.connected_account_initiation;
    assert_eq!(names(&user.required), ["instanceUrl"]);
    assert_eq!(details[3].name, "example-desk_basic");
    let basic = &details[3].fields.connected_account_initiation;
    assert_eq!(names(&basic.required), ["username"]);
    assert_eq!(names(&basic.optional), ["password"]);
}

#[test]
fn fields_that_a_scheme_needs_are_implied_under_the_name_the_templates_use() {
    let cases = [
        ("- auth_mode: API_KEY", "generic_api_key"),
        (
            "- auth_mode: API_KEY\n    proxy: {headers: {A: '{{api_key}}'}}",
            "api_key",
        ),
        (
            "- auth_mode: API_KEY\n    proxy: {headers: {A: '{{token}}'}}",
            "token",
        ),
        (
            "- auth_mode: API_KEY\n    fields: [{name: secret_key, required: true, expected_from_customer: true}]",
            "secret_key",
        ),
        (
            "- auth_mode: API_KEY\n    fields: [{name: subdomain, expected_from_customer: true}]",
            "generic_api_key",
        ),
        ("- auth_mode: BEARER_TOKEN", "token"),
        (
            "- auth_mode: BEARER\n    proxy: {headers: {A: 'Bearer {{bearer_token}}'}}",
            "bearer_token",
        ),
        ("- auth_mode: GOOGLE_SERVICE_ACCOUNT", "credentials_json"),
        (
            "- auth_mode: API_KEY\n    proxy: {headers: {A: '{{generic_api_key}}'}}\n  - auth_mode: BEARER_TOKEN\n    proxy: {headers: {A: '{{token}}'}}",
            "generic_api_key",
        ),
    ];
    for (schemes, expected) in cases {
        let app = with(&format!("auth_schemes:\n  {schemes}\n")).unwrap();
        let details = app.auth_config_details();
        let user = &details[0].fields.connected_account_initiation;
        assert_eq!(names(&user.required), [expected], "{schemes}");
        assert_eq!(user.required[0].is_secret, Some(true), "{schemes}");
    }
}

#[test]
fn an_app_needs_no_credentials_without_schemes_or_with_none_but_no_auth() {
    assert!(with("").unwrap().needs_no_auth());
    assert!(
        with("auth_schemes: [{auth_mode: NO_AUTH}]")
            .unwrap()
            .needs_no_auth()
    );
    assert!(
        !with("auth_schemes: [{auth_mode: NO_AUTH}, {auth_mode: BASIC}]")
            .unwrap()
            .needs_no_auth()
    );
}

const OAUTH: &str = r#"
identity: {method: POST, body: '{"query": "{ viewer { id } }"}', id: data.viewer.id, label: data.viewer.name}
spec: openapi.json
hosts: [uploads.example.com, "*.cdn.example.com"]
auth_schemes:
  - auth_mode: OAUTH2
    token_url: https://example.com/token
    oauth:
      client_authentication: client_secret_basic
      token_body: JSON
      pkce: "no"
      scope_parameter: user_scope
      token_params: {audience: "{{subdomain}}"}
      token_headers: {User-Agent: "app/1"}
      token_path: authed_user
      expires_in_milliseconds: true
      lost_grant_codes: gone
      token_lifetime: 7200
      refresh_url: https://example.com/refresh
      refresh_params: {scope: all}
      revoke_url: https://example.com/revoke
      issuer: https://example.com
      registration_url: https://example.com/register
      resource: https://api.example.com
      register_at: https://example.com/apps
    fields: [{name: subdomain}]
  - auth_mode: OAUTH2
    oauth:
"#;

#[test]
fn where_a_provider_leaves_the_common_path_is_read() {
    let app = with(OAUTH).unwrap();
    assert_eq!(app.check(), []);
    let identity = app.identity.as_ref().unwrap();
    assert_eq!(identity.id.as_deref(), Some("data.viewer.id"));
    assert_eq!(app.hosts, ["uploads.example.com", "*.cdn.example.com"]);
    let oauth = &app.auth_schemes[0].oauth;
    assert_eq!(oauth.client_authentication(), ClientAuthentication::Basic);
    assert_eq!(oauth.token_body(), TokenBody::Json);
    assert!(!oauth.uses_pkce());
    assert_eq!(oauth.token_path.as_deref(), Some("authed_user"));
    assert_eq!(oauth.token_lifetime, Some(7200));
    assert_eq!(oauth.lost_grant_codes, ["gone"]);
    let text = serde_json::to_string(&app).unwrap();
    assert_eq!(serde_json::from_str::<Integration>(&text).unwrap(), app);
}

#[test]
fn a_provider_that_says_nothing_is_taken_to_follow_the_standard() {
    let app = with(OAUTH).unwrap();
    let oauth = &app.auth_schemes[1].oauth;
    assert_eq!(*oauth, OauthConfig::default());
    assert_eq!(oauth.client_authentication(), ClientAuthentication::Post);
    assert_eq!(oauth.token_body(), TokenBody::Form);
    assert!(oauth.uses_pkce());
}

#[test]
fn oauth_settings_that_do_not_exist_are_refused() {
    for (setting, word) in [
        ("client_authentication: hmac", "client_authentication"),
        ("token_body: xml", "token_body"),
        ("pkce: perhaps", "true or false"),
        ("token_lifetime: -1", "line"),
        ("refresh_url: 'https://{{host'", "oauth.refresh_url"),
        ("token_params: {a: '{{'}", "oauth.token_params.a"),
    ] {
        let yaml = format!("auth_schemes:\n  - auth_mode: OAUTH2\n    oauth: {{{setting}}}\n");
        let problem = with(&yaml).unwrap_err().to_string();
        assert!(problem.contains(word), "{setting}: {problem}");
    }
}

#[test]
fn a_public_client_has_no_secret_to_give() {
    let app =
        with("auth_schemes:\n  - auth_mode: OAUTH2\n    oauth: {client_authentication: none}\n")
            .unwrap();
    let asked = &app.auth_config_details()[0].fields.auth_config_creation;
    let names: Vec<&str> = asked
        .required
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["client_id"]);
}
