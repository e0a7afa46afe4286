//! Variables of servers as fields of connections, and what a document cannot make of them.

use serde_json::{Value, json};

use crate::{
    Compiled, Field, compile,
    tests::documents::{app, document, integration},
};

fn served(yaml: &str, url: &str, variables: &Value) -> Compiled {
    let mut document = document(&json!({"/thing": {"get": {"summary": "Get", "responses": {}}}}));
    document["servers"] = json!([{"url": url, "variables": variables}]);
    let app = match yaml {
        "" => app(),
        yaml => integration(yaml),
    };
    compile(app, document.to_string().as_bytes(), "1").unwrap()
}

fn base(url: &str, variables: &Value) -> String {
    served("", url, variables).toolkit.base_url.unwrap()
}

fn fields(compiled: &Compiled) -> &[Field] {
    &compiled.toolkit.integration.auth_schemes[0].fields
}

#[test]
fn a_variable_is_a_field_with_its_default_and_its_values() {
    let variables = json!({
        "region": {"default": "eu", "enum": ["eu", "us", "eu"], "description": "Where the *data* is."},
        "version": {"default": "v1", "enum": ["v1"]},
        "tenant": {"default": 7},
        "port": {"default": "443"}});
    let url = "https://{region}.api.example:{port}/{version}/{tenant}/";
    let compiled = served("", url, &variables);
    let toolkit = &compiled.toolkit;
    assert_eq!(
        toolkit.base_url.as_deref(),
        Some("https://{{region}}.api.example:443/v1/{{tenant}}")
    );
    assert_eq!(toolkit.hosts, ["*.api.example"]);
    assert!(compiled.report.is_clean());
    let [region, tenant] = fields(&compiled) else {
        panic!("{:?}", fields(&compiled));
    };
    assert!(region.expected_from_customer && !region.required);
    assert_eq!(
        (region.name.as_str(), &region.default),
        ("region", &Some(json!("eu")))
    );
    assert_eq!(region.options, ["eu", "us"]);
    assert!(
        region.description.ends_with("One of: eu, us."),
        "{}",
        region.description
    );
    assert_eq!(
        (&tenant.default, tenant.options.len()),
        (&Some(json!("7")), 0)
    );
    let details = toolkit.integration.auth_config_details();
    let asked = &details[0].fields.connected_account_initiation;
    assert_eq!(asked.get("region").unwrap().options, ["eu", "us"]);
    let stored = crate::Toolkit::from_stored(toolkit.to_stored().unwrap()).unwrap();
    assert_eq!(stored.base_url, toolkit.base_url);
    assert_eq!(
        stored.integration.auth_schemes,
        toolkit.integration.auth_schemes
    );
}

#[test]
fn what_is_more_than_a_label_or_a_segment_keeps_its_default() {
    let one = |default: &str| json!({"it": {"default": default}});
    for (url, variables, expected) in [
        (
            "https://{it}/v1",
            one("api.example"),
            "https://api.example/v1",
        ),
        ("https://{it}", one("api"), "https://api"),
        ("https://{it}.example", one("api"), "https://api.example"),
        ("https://api.{it}", one("example"), "https://api.example"),
        (
            "https://api.example.{it}",
            one("com"),
            "https://api.example.com",
        ),
        (
            "https://api.example:{it}",
            one("8443"),
            "https://api.example:8443",
        ),
        ("{it}://api.example", one("https"), "https://api.example"),
        (
            "https://{it}.api.example",
            one("a.b"),
            "https://a.b.api.example",
        ),
        (
            "https://api.example/{it}",
            one("a/b"),
            "https://api.example/a/b",
        ),
        (
            "https://api.example/v{it}",
            one("2"),
            "https://api.example/v2",
        ),
        ("https://api.example/{it}", one(".."), "https://api.example"),
        (
            "https://api.example/{it}/x",
            one("."),
            "https://api.example/x",
        ),
    ] {
        assert_eq!(base(url, &variables), expected, "{url}");
        assert!(fields(&served("", url, &variables)).is_empty(), "{url}");
    }
}

#[test]
fn a_document_writes_no_template_and_asks_for_no_credential() {
    let some = json!({"default": "us", "enum": ["us", "eu"]});
    for (url, variables) in [
        (
            "https://{a}.{b}.api.example",
            json!({"a": some, "b": {"default": "{{api_key}}"}}),
        ),
        (
            "https://{a}.api.example/{b}",
            json!({"a": some, "b": {"default": "{{api_key}}"}}),
        ),
        (
            "https://{a}.api.example/}}{b}",
            json!({"a": some, "b": {"default": "x"}}),
        ),
        ("https://{api_key}.api.example", json!({"api_key": some})),
        (
            "https://{access_token}.api.example",
            json!({"access_token": some}),
        ),
        ("https://{a b}.api.example", json!({"a b": some})),
        ("https://{a|upper}.api.example", json!({"a|upper": some})),
        ("https://{self.x}.api.example", json!({"self.x": some})),
        ("https://me@{a}.api.example", json!({"a": some})),
        (
            "https://{a}.api.example/%7B%7Bapi_key%7D%7D",
            json!({"a": some}),
        ),
    ] {
        let compiled = served("", url, &variables);
        let base = compiled.toolkit.base_url.clone().unwrap_or_default();
        assert!(!base.contains("{{"), "{url}: {base}");
        assert!(fields(&compiled).is_empty(), "{url}");
    }
    // A default that a page would run stays what it is: text.
    let listed = json!({"a": {"default": "us", "enum": ["us", "<script>"]}});
    let compiled = served("", "https://{a}.api.example", &listed);
    assert!(fields(&compiled).is_empty());
}

#[test]
fn an_app_that_says_where_its_api_is_or_needs_no_credentials_asks_for_nothing() {
    let variables = json!({"region": {"default": "eu"}});
    let url = "https://{region}.api.example";
    for yaml in [
        "auth_schemes: [{auth_mode: API_KEY}]\nproxy: {base_url: 'https://own.example'}\n",
        "auth_schemes: [{auth_mode: API_KEY, proxy: {base_url: 'https://own.example'}}]\n",
        "auth_schemes: [{auth_mode: NO_AUTH}]\n",
    ] {
        let compiled = served(yaml, url, &variables);
        let base = compiled.toolkit.base_url.as_deref();
        assert_eq!(base, Some("https://eu.api.example"), "{yaml}");
        assert!(fields(&compiled).is_empty(), "{yaml}");
    }
    // Its own field of that name is the one that is meant.
    let own = "auth_schemes:\n  - {auth_mode: API_KEY, fields: [{name: region, display_name: Zone, expected_from_customer: true}]}\n";
    let compiled = served(own, url, &variables);
    assert_eq!(
        compiled.toolkit.base_url.as_deref(),
        Some("https://{{region}}.api.example")
    );
    assert_eq!(fields(&compiled).len(), 1);
    assert_eq!(fields(&compiled)[0].display_name, "Zone");
    // One that is a secret, or hosts that leave no room, are not touched.
    let secret = own.replace("display_name: Zone", "is_secret: true");
    assert_eq!(
        served(&secret, url, &variables).toolkit.base_url.as_deref(),
        Some("https://eu.api.example")
    );
    let elsewhere = format!("{own}hosts: [api.other.example]\n");
    assert_eq!(served(&elsewhere, url, &variables).toolkit.base_url, None);
}

#[test]
fn many_variables_and_long_lists_are_bounded() {
    let names: Vec<String> = (0..40).map(|number| format!("v{number}")).collect();
    let url: String = names.iter().map(|name| format!("/{{{name}}}")).collect();
    let variables: Value = names
        .iter()
        .map(|name| (name.clone(), json!({"default": "x"})))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    let compiled = served("", &format!("https://api.example{url}"), &variables);
    assert_eq!(fields(&compiled).len(), 8);
    let many: Vec<String> = (0..1_000).map(|number| format!("r{number}")).collect();
    let variables = json!({"r": {"default": "r1", "enum": many}});
    let compiled = served("", "https://{r}.api.example", &variables);
    assert!(fields(&compiled)[0].options.is_empty());
}
