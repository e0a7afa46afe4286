//! Accounts with a key or a password, at servers of Debian packages: entered in a browser, used, taken away, entered
//! again.

use std::fs;

use composio_tests::{
    parts::POWERDNS_OPENAPI,
    peer::{Alertmanager, PowerDns, free_port},
    suite::CaseError,
};
use serde_json::{Value, json};

use crate::{browser::Browser, world::World};

/// Fills the form of a link and sends it.
fn enter(browser: &Browser, url: &str, fields: &[(&str, &str)]) {
    browser.go(url);
    for (name, value) in fields {
        browser.fill(&format!("[name='field.{name}']"), value);
    }
    browser.click("button");
}

fn ends_with(browser: &Browser, heading: &str) {
    browser.until(heading, |browser| {
        browser.has("h1") && browser.heading() == heading
    });
}

pub(crate) fn powerdns() -> Result<(), CaseError> {
    let document = POWERDNS_OPENAPI.install()?.join("api/powerdns.local.json");
    let browser = Browser::open(false)?;
    let home = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = PowerDns::start(home.path(), "the first key", port)?;
    let world = World::open(None);
    let integration = format!(
        "get_current_user_endpoint: /servers\n{}",
        PowerDns::integration(port)
    );
    world.add_app(&integration, &fs::read_to_string(document).unwrap());
    let config = world.auth_config("powerdns", "API_KEY", &json!({}));
    let servers = || world.execute("POWERDNS_LIST_ALL_SERVERS", "ann", &json!({}));

    // A key that the server does not take is refused while the person is there.
    let (url, first) = world.link(&config, "ann");
    enter(&browser, &url, &[("api_key", "not the key")]);
    browser.until("what was wrong", |browser| browser.has("[role=alert]"));
    assert_ne!(world.account(&first)["status"], "ACTIVE");
    enter(&browser, &url, &[("api_key", "the first key")]);
    ends_with(&browser, "PowerDNS is connected");
    assert_eq!(servers()["data"][0]["id"], "localhost", "{}", servers());

    // The server gets another key: the account says why it fails, and works with the new one under the same id.
    drop(server);
    let _server = PowerDns::start(home.path(), "the second key", port)?;
    let refused = servers();
    assert_eq!(refused["successful"], false, "{refused}");
    assert!(refused["error"].as_str().unwrap().contains("401"));
    let renewed = json!({"connection": {"state": {"authScheme": "API_KEY", "val": {"api_key": "the second key"}}}});
    let (status, _) = world.send("PATCH", &format!("/connected_accounts/{first}"), &renewed);
    assert_eq!(status, 200);
    assert_eq!(servers()["successful"], true, "{}", servers());

    // Deleted here, nothing is left to call with; a new link connects again.
    let path = format!("/connected_accounts/{first}");
    assert_eq!(world.send("DELETE", &path, &Value::Null).0, 200);
    assert_ne!(servers()["successful"], true);
    let (url, second) = world.link(&config, "ann");
    enter(&browser, &url, &[("api_key", "the second key")]);
    ends_with(&browser, "PowerDNS is connected");
    assert_ne!(first, second);
    assert_eq!(servers()["successful"], true, "{}", servers());
    Ok(())
}

pub(crate) fn alertmanager() -> Result<(), CaseError> {
    let browser = Browser::open(false)?;
    let home = tempfile::tempdir().unwrap();
    let server = Alertmanager::start(home.path())?;
    let world = World::open(None);
    let document = Alertmanager::document().to_string();
    world.add_app(&Alertmanager::integration(server.port), &document);
    let config = world.auth_config("alerts", "BASIC", &json!({}));
    let silences = || world.execute("ALERTS_LIST_SILENCES", "ann", &json!({}));
    let person = |name| [("username", name), ("password", Alertmanager::PASSWORD)];

    let (url, id) = world.link(&config, "ann");
    enter(&browser, &url, &person("ann"));
    ends_with(&browser, "Alerts is connected");
    assert_eq!(silences()["data"], json!([]), "{}", silences());

    // The server forgets her, and later knows her by another name.
    Alertmanager::admit(home.path(), "ann-of-old");
    let refused = silences();
    assert_eq!(refused["successful"], false, "{refused}");
    assert!(refused["error"].as_str().unwrap().contains("401"));
    let (url, newer) = world.link(&config, "ann");
    enter(&browser, &url, &person("ann-of-old"));
    ends_with(&browser, "Alerts is connected");
    assert_ne!(id, newer);
    assert_eq!(silences()["data"], json!([]), "{}", silences());
    Ok(())
}
