use std::{thread::sleep, time::Duration};

use composio_tests::{
    oidc::{OidcOptions, OidcProvider},
    peer::ask,
    suite::CaseError,
};
use serde_json::{Value, json};

use crate::{application::Application, browser::Browser, world::World};

const YAML: &str = "
name: Desk
unique_key: desk
proxy: {base_url: BASE, headers: {X-Api-Key: '{{api_key}}'}}
auth_schemes:
  - name: key
    auth_mode: API_KEY
    fields:
      - {name: api_key, display_name: API key, type: string, required: true, expected_from_customer: true,
         description: You find it in the settings of your account.}
      - {name: team, display_name: Team, type: string, is_secret: false, expected_from_customer: true}
";
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Desk", "version": "1"}, "paths": {"/me": {"get":
    {"operationId": "me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;

pub(crate) fn key() -> Result<(), CaseError> {
    let browser = Browser::open(false)?;
    let world = World::open(None);
    world.add_app(&YAML.replace("BASE", &world.base), DOCUMENT);
    let config = world.auth_config("desk", "API_KEY", &json!({}));
    let (url, id) = world.link(&config, "mira");
    browser.go(&url);
    assert_eq!(browser.heading(), "Connect Desk");
    assert!(browser.source().contains("You find it in the settings"));
    assert_eq!(
        browser.attribute("[name='field.api_key']", "type"),
        "password"
    );
    // What is not right is asked for again: the key is gone from the page, the rest stays.
    let secret = "k3y of mira";
    browser.fill("[name='field.team']", "blue");
    browser.fill("[name='field.api_key']", "   ");
    browser.click("button");
    browser.until("what was wrong", |browser| browser.has("[role=alert]"));
    assert_eq!(browser.attribute("[name='field.team']", "value"), "blue");
    assert_eq!(browser.attribute("[name='field.api_key']", "value"), "");
    browser.fill("[name='field.api_key']", secret);
    browser.click("button");
    browser.until("the end", |browser| {
        browser.heading() == "Desk is connected"
    });
    assert!(!browser.url().contains("k3y") && !browser.source().contains("k3y"));
    assert_eq!(browser.violations(), Vec::<String>::new());
    let account = world.account(&id);
    assert_eq!(account["status"], "ACTIVE", "{account}");
    assert_eq!(account["state"]["val"]["team"], "blue", "{account}");
    browser.go(&url);
    assert_eq!(browser.heading(), "This link leads nowhere");
    Ok(())
}

/// How long an access token lives that runs out under the test, in seconds.
const LIFE: u64 = 4;

/// An engine whose app is a real provider's, and its auth config. Access tokens live `seconds`.
fn desk(verifier: Option<&str>, seconds: u64) -> Result<(World, OidcProvider, String), CaseError> {
    let world = World::open(verifier);
    let provider = OidcProvider::start(&OidcOptions {
        redirect_uris: vec![format!("{}/api/v1/auth-apps/add", world.base)],
        interactive: true,
        access_token_seconds: seconds,
        ..OidcOptions::default()
    })?;
    let revocation = format!(
        "    oauth: {{revoke_url: '{}/token/revocation'}}\n",
        provider.issuer
    );
    world.add_app(
        &provider.integration(&revocation),
        &OidcProvider::document(),
    );
    let credentials =
        json!({"client_id": "composio-post", "client_secret": OidcProvider::secret("post")});
    let config = world.auth_config("desk", "OAUTH2", &credentials);
    Ok((world, provider, config))
}

/// Goes from the page of a link to the provider's, signs in there as `account` and agrees.
fn agree(browser: &Browser, url: &str, provider: &OidcProvider, account: &str) {
    browser.go(url);
    assert_eq!(browser.heading(), "Connect Desk");
    browser.click("button");
    browser.fill("[name=login]", account);
    assert!(
        browser.url().starts_with(&provider.issuer),
        "{}",
        browser.url()
    );
    browser.fill("[name=password]", "any");
    browser.click("[type=submit]");
    browser.until("the question whether they agree", |browser| {
        !browser.has("[name=login]") && browser.has("[type=submit]")
    });
    browser.click("[type=submit]");
}

pub(crate) fn consent() -> Result<(), CaseError> {
    let browser = Browser::open(true)?;
    let (world, provider, config) = desk(None, LIFE)?;
    let (url, id) = world.link(&config, "mira");
    agree(&browser, &url, &provider, "mira-at-the-desk");
    let is_connected =
        |browser: &Browser| browser.has("h1") && browser.heading() == "Desk is connected";
    browser.until("the end", is_connected);
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    let me = || world.execute("DESK_GET_ME", "mira", &json!({}));
    assert_eq!(me()["data"]["sub"], "mira-at-the-desk", "{}", me());

    // The token runs out, and nobody notices.
    let before = world.token(&id);
    sleep(Duration::from_secs(LIFE + 1));
    assert_eq!(me()["successful"], true, "{}", me());
    let renewed = world.token(&id);
    assert_ne!(before, renewed);

    // Given back, it is worth nothing at the provider either.
    let (status, revoked) = world.revoke(&id);
    assert_eq!(status, 200, "{revoked}");
    assert_eq!(world.account(&id)["status"], "REVOKED");
    assert_ne!(me()["successful"], json!(true));
    let (_, port) = provider.issuer.rsplit_once(':').unwrap();
    let header = format!("authorization: Bearer {renewed}");
    let asked = ask(port.parse().unwrap(), "GET", "/api/me", &header, "");
    assert_eq!(asked.0, 401);

    // The person, whom the provider still knows, agrees again, and it is the same account.
    let path = format!("/connected_accounts/{id}/refresh");
    let (status, again) = world.send("POST", &path, &json!({}));
    assert_eq!(status, 200, "{again}");
    browser.go(again["redirect_url"].as_str().unwrap());
    browser.click("[type=submit]");
    browser.until("the end", is_connected);
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    assert_eq!(me()["data"]["sub"], "mira-at-the-desk", "{}", me());
    Ok(())
}

pub(crate) fn fixation() -> Result<(), CaseError> {
    let victim = Browser::open(true)?;
    let owner = Browser::open(true)?;
    let application = Application::start();
    let verifier = format!("{}/verify", application.base);
    let (world, provider, config) = desk(Some(&verifier), 3600)?;
    application.uses(world.engine.clone());
    let works =
        |user: &str| world.execute("DESK_GET_ME", user, &json!({}))["successful"] == json!(true);
    // The attacker makes a link for themselves, and a victim who is signed in there as somebody else completes it.
    let (url, id) = world.link(&config, "attacker");
    victim.go(&format!("{}/login/victim", application.base));
    agree(&victim, &url, &provider, "account-of-the-victim");
    victim.until("the application's answer", |browser| {
        browser.has("h1") && browser.heading() == "That was not for you: 403"
    });
    let account = world.account(&id);
    assert_eq!(account["status"], "FAILED", "{account}");
    assert_eq!(
        account["state"]["val"].get("access_token"),
        None,
        "{account}"
    );
    assert!(!works("attacker") && !works("victim"));
    // Somebody who opens their own link is recognised.
    let (url, id) = world.link(&config, "mira");
    owner.go(&format!("{}/login/mira", application.base));
    agree(&owner, &url, &provider, "account-of-mira");
    owner.until("the application's answer", |browser| {
        browser.has("h1") && browser.heading() == "Welcome back"
    });
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    assert!(works("mira"));
    let list = world.send(
        "GET",
        "/connected_accounts?user_ids=attacker&statuses=ACTIVE",
        &Value::Null,
    );
    assert_eq!(list.1["total_items"], 0);
    Ok(())
}
