use composio_catalog::Integration;
use composio_core::{
    ErrorKind,
    models::{AuthConfigDetails, AuthScheme, Fields},
};
use serde_json::json;

use super::{Giver, Values, accept, complete, ensure_supported, require, shown};

const YAML: &str = "
name: Demo
unique_key: demo
auth_schemes:
  - name: key
    auth_mode: API_KEY
    fields:
      - {name: api_key, type: string, required: true, expected_from_customer: true}
      - {name: region, type: string, required: true, default: eu}
      - {name: port, type: number, expected_from_customer: true}
      - {name: sandbox, type: boolean, expected_from_customer: true}
      - {name: account, type: string, required: true}
  - name: token
    auth_mode: BEARER_TOKEN
  - name: basic
    auth_mode: BASIC
";

fn scheme(name: &str) -> AuthConfigDetails {
    let integration = Integration::parse(YAML.as_bytes()).unwrap();
    let mut details = integration.auth_config_details();
    details.retain(|scheme| scheme.name == name);
    details.remove(0)
}

fn texts(values: &Values) -> Vec<(&str, &str)> {
    values
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect()
}

#[test]
fn numbers_and_booleans_may_be_given_as_text() {
    let given = Fields::from([
        ("api_key", json!("k")),
        ("port", json!("80")),
        ("sandbox", json!("true")),
    ]);
    let values = accept(&scheme("key"), given, Giver::User).unwrap();
    assert_eq!(
        texts(&values),
        [("api_key", "k"), ("port", "80"), ("sandbox", "true")]
    );
    let given = Fields::from([("port", json!(80)), ("sandbox", json!(true))]);
    let values = accept(&scheme("key"), given, Giver::User).unwrap();
    assert_eq!(texts(&values), [("port", "80"), ("sandbox", "true")]);
}

#[test]
fn what_has_the_wrong_type_is_refused_by_name_and_not_quoted() {
    for (name, value) in [
        ("port", json!("hunter2")),
        ("port", json!(true)),
        ("sandbox", json!("hunter2")),
        ("sandbox", json!(1)),
        ("api_key", json!(7)),
        ("api_key", json!({"a": "hunter2"})),
        ("api_key", json!("x".repeat(100_000))),
    ] {
        let given = Fields::from([(name, value)]);
        let error = accept(&scheme("key"), given, Giver::User).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(name), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn everybody_gives_their_own_fields() {
    let developers = || Fields::from([("account", "a")]);
    let users = || Fields::from([("api_key", "k")]);
    accept(&scheme("key"), developers(), Giver::Developer).unwrap();
    accept(&scheme("key"), developers(), Giver::Program).unwrap();
    accept(&scheme("key"), users(), Giver::Program).unwrap();
    for (given, giver) in [(developers(), Giver::User), (users(), Giver::Developer)] {
        let error = accept(&scheme("key"), given, giver).unwrap_err();
        assert_eq!(error.slug(), Some("Auth_FieldNotAllowed"));
    }
}

#[test]
fn an_unknown_field_is_refused_with_the_known_ones() {
    let given = Fields::from([("apikey", "hunter2")]);
    let error = accept(&scheme("key"), given, Giver::Program).unwrap_err();
    assert!(error.to_string().contains("api_key"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_missing_required_field_is_named_unless_it_has_a_default() {
    let error = require(&scheme("key"), &Values::new()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("api_key") && text.contains("account"),
        "{text}"
    );
    assert!(!text.contains("region") && !text.contains("port"), "{text}");
    let given = Fields::from([("api_key", "k"), ("account", "a")]);
    let values = accept(&scheme("key"), given, Giver::Program).unwrap();
    require(&scheme("key"), &values).unwrap();
}

#[test]
fn the_accounts_values_win_over_the_developers_and_those_over_the_defaults() {
    let of = |region: &str| Values::from([("region".to_owned(), region.into())]);
    let region = |developer, own| {
        let values = complete(&scheme("key"), developer, own);
        values["region"].expose().to_owned()
    };
    assert_eq!(region(Values::new(), Values::new()), "eu");
    assert_eq!(region(of("us"), Values::new()), "us");
    assert_eq!(region(of("us"), of("ap")), "ap");
}

#[test]
fn one_value_may_come_under_another_of_its_names_but_not_under_two() {
    let key = Fields::from([("generic_api_key", "k"), ("status", "ACTIVE")]);
    let values = accept(&scheme("key"), key, Giver::User).unwrap();
    assert_eq!(texts(&values), [("api_key", "k")]);
    let token = Fields::from([("access_token", "t")]);
    let values = accept(&scheme("token"), token, Giver::User).unwrap();
    assert_eq!(texts(&values), [("token", "t")]);
    let both = Fields::from([("generic_api_key", "k"), ("api_key", "other")]);
    assert!(accept(&scheme("key"), both, Giver::User).is_err());
}

#[test]
fn a_user_name_with_a_colon_is_refused() {
    let given = Fields::from([("username", "a:b"), ("password", "c")]);
    let error = accept(&scheme("basic"), given, Giver::User).unwrap_err();
    assert!(error.to_string().contains("colon"), "{error}");
    let given = Fields::from([("username", "a"), ("password", "b:c")]);
    accept(&scheme("basic"), given, Giver::User).unwrap();
}

#[test]
fn secrets_are_shown_masked_and_so_is_what_nobody_declared() {
    let values = Values::from([
        ("api_key".to_owned(), "sk-123456789".into()),
        ("region".to_owned(), "us".into()),
        ("gone".to_owned(), "old-secret-value".into()),
    ]);
    let fields = shown(Some(&scheme("key")), &values);
    assert_eq!(fields.text("api_key"), Some("sk-1..."));
    assert_eq!(fields.text("region"), Some("us"));
    assert_eq!(fields.text("gone"), Some("old-..."));
    assert_eq!(shown(None, &values).text("region"), Some("..."));
}

#[test]
fn schemes_of_later_versions_are_not_supported() {
    ensure_supported(&AuthScheme::NoAuth).unwrap();
    let unknown = AuthScheme::Other("SAML".to_owned());
    assert_eq!(
        ensure_supported(&unknown).unwrap_err().kind(),
        ErrorKind::NotSupported
    );
}
