//! OAuth 1 at Authlib's provider, whose pages a person sees in a browser.

use std::process::Command;

use composio_tests::{
    announced::Announced,
    parts::{Missing, PythonEnvironment},
    peer::ask,
    suite::CaseError,
    tree,
};
use serde_json::{Value, json};

use crate::{browser::Browser, world::World};

/// PyPI's `Authlib` and Flask. It is a provider of its own, and shares nothing with `oauthlib`.
const AUTHLIB: PythonEnvironment = PythonEnvironment {
    name: "authlib-1.9.9",
    lock: include_str!("authlib-1.9.9.txt"),
    sources: &[],
};
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Board", "version": "1"}, "paths": {"/me": {"get":
    {"operationId": "me", "summary": "Get me", "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
     "responses": {"200": {"description": "ok"}}}}}}"#;

/// A running provider.
struct Provider {
    base: String,
    _process: Announced,
}

impl Provider {
    fn start() -> Result<Self, Missing> {
        let modules = AUTHLIB.install()?;
        let process = Announced::start(
            Command::new("python3")
                .arg(tree::root().join("tests/connect/authlib_provider.py"))
                .env("PYTHONPATH", modules),
        )?;
        Ok(Self {
            base: process.line.clone(),
            _process: process,
        })
    }

    fn integration(&self) -> String {
        let base = &self.base;
        format!(
            "name: Board\nunique_key: board\nproxy: {{base_url: '{base}/api'}}\nauth_schemes:\n  - name: board\n    \
             auth_mode: OAUTH1\n    request_url: {base}/request_token\n    authorization_url: {base}/authorize\n    \
             token_url: {base}/access_token\n    fields:\n      - {{name: consumer_key, type: string, required: true}}\n      \
             - {{name: consumer_secret, type: string, required: true}}\n"
        )
    }

    /// Takes every token of a person back.
    fn forget(&self, person: &str) {
        let (host, path) = (
            self.base.trim_start_matches("http://"),
            format!("/forget?person={person}"),
        );
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok());
        let (status, _) = ask(port.unwrap(), "POST", &path, "x: y", "");
        assert_eq!(status, 204);
    }
}

fn answer(browser: &Browser, url: &str, person: &str, agrees: &str) {
    browser.go(url);
    browser.fill("[name=person]", person);
    browser.click(&format!("[value={agrees}]"));
}

fn ends_with(browser: &Browser, heading: &str) {
    browser.until(heading, |browser| {
        browser.has("h1") && browser.heading() == heading
    });
}

pub(crate) fn board() -> Result<(), CaseError> {
    let provider = Provider::start()?;
    let browser = Browser::open(true)?;
    let world = World::open(None);
    world.add_app(&provider.integration(), DOCUMENT);
    let credentials =
        json!({"consumer_key": "the client", "consumer_secret": "secret of the client: +/%&"});
    let config = world.auth_config("board", "OAUTH1", &credentials);
    let begin = |user: &str| {
        let body = json!({"auth_config": {"id": config}, "connection": {"user_id": user}});
        let (status, begun) = world.send("POST", "/connected_accounts", &body);
        assert_eq!(status, 201, "{begun}");
        (text(&begun, "id"), text(&begun, "redirect_url"))
    };
    let me = || world.execute("BOARD_GET_ME", "ann", &json!({"q": "a b&c=d"}));

    // Somebody who refuses has connected nothing; this provider does not say what they refused.
    let (refused, url) = begin("ann");
    answer(&browser, &url, "ann", "no");
    ends_with(&browser, "Nothing was connected");
    assert_eq!(world.account(&refused)["status"], "INITIATED");

    let (id, url) = begin("ann");
    answer(&browser, &url, "ann-at-the-board", "yes");
    ends_with(&browser, "Board is connected");
    let seen = me();
    assert_eq!(seen["data"]["name"], "ann-at-the-board", "{seen}");
    assert_eq!(seen["data"]["q"], "a b&c=d", "{seen}");

    // Tokens of OAuth 1 do not expire; the provider takes this one back, and the person consents again.
    provider.forget("ann-at-the-board");
    let lost = me();
    assert_eq!(lost["successful"], false, "{lost}");
    assert!(lost["error"].as_str().unwrap().contains("401"), "{lost}");
    let path = format!("/connected_accounts/{id}/refresh");
    let own = format!("{}/health", world.base);
    let (status, again) = world.send("POST", &path, &json!({"redirect_url": own}));
    assert_eq!(status, 200, "{again}");
    answer(
        &browser,
        &text(&again, "redirect_url"),
        "ann-at-the-board",
        "yes",
    );
    browser.until("the program's own page", |browser| {
        browser.url().starts_with(&own)
    });
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    assert_eq!(me()["successful"], true, "{}", me());
    Ok(())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
