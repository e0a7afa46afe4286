//! JupyterHub: OAuth 2 without refresh tokens, so the person comes back when the token has run out.

use std::{
    fs,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use composio_tests::{
    parts::{Missing, NodeEnvironment, PythonEnvironment},
    peer::{Peer, free_port},
    suite::CaseError,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{browser::Browser, world::World};

const JUPYTERHUB: PythonEnvironment = PythonEnvironment {
    name: "jupyterhub-6.1.1",
    lock: include_str!("jupyterhub-6.1.1.txt"),
    sources: &[],
};
const PROXY: NodeEnvironment = NodeEnvironment {
    name: "configurable-http-proxy-5.1.0",
    manifest: include_str!("../jupyterhub/package.json"),
    lock: include_str!("../jupyterhub/package-lock.json"),
};
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Hub", "version": "6"}, "paths": {"/user": {"get":
    {"operationId": "me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}}"#;
/// How long its access tokens live, in seconds.
const LIFE: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(120);

struct Hub {
    peer: Peer,
    home: TempDir,
}

impl Hub {
    /// A hub that sends its users back to an engine at `base`.
    fn start(base: &str) -> Result<Self, Missing> {
        let (python, node) = (JUPYTERHUB.install()?, PROXY.install()?);
        let proxy = node.join("node_modules/configurable-http-proxy/bin/configurable-http-proxy");
        let home = tempfile::tempdir()?;
        let config = home.path().join("jupyterhub_config.py");
        let (port, hub, routes) = (free_port(), free_port(), free_port());
        let text = format!(
            "c = get_config()\nc.JupyterHub.bind_url = 'http://127.0.0.1:{port}'\n\
             c.JupyterHub.hub_bind_url = 'http://127.0.0.1:{hub}'\nc.JupyterHub.db_url = 'sqlite:///hub.sqlite'\n\
             c.JupyterHub.authenticator_class = 'dummy'\nc.JupyterHub.spawner_class = 'simple'\n\
             c.Authenticator.allow_all = True\nc.ConfigurableHTTPProxy.command = ['node', '{proxy}']\n\
             c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{routes}'\nc.ConfigurableHTTPProxy.auth_token = 'proxy-of-a-test'\n\
             c.JupyterHub.oauth_token_expires_in = {LIFE}\nc.JupyterHub.services = [{{'name': 'composio', \
             'api_token': '{SECRET}', 'oauth_client_id': 'service-composio', 'oauth_no_confirm': False, \
             'oauth_redirect_uri': '{base}/api/v1/auth-apps/add', 'oauth_client_allowed_scopes': ['self']}}]\n\
             c.JupyterHub.load_roles = [{{'name': 'user', 'scopes': ['self', 'access:services!service=composio']}}]\n",
            proxy = proxy.display()
        );
        fs::write(&config, text)?;
        let mut command = Command::new("python3");
        command
            .args(["-m", "jupyterhub", "--config"])
            .arg(&config)
            .env("PYTHONPATH", python)
            .current_dir(home.path());
        let peer = Peer::start(&mut command, port);
        let hub = Self { peer, home };
        hub.until_it_answers();
        Ok(hub)
    }

    /// The proxy listens before it knows the hub.
    fn until_it_answers(&self) {
        let begun = Instant::now();
        while self.peer.get("/hub/api/", "x: y").0 != 200 {
            assert!(begun.elapsed() < PATIENCE, "the hub does not answer");
            sleep(Duration::from_millis(200));
        }
    }

    fn integration(&self) -> String {
        let base = self.peer.base();
        format!(
            "name: Hub\nunique_key: hub\nget_current_user_endpoint: /user\nproxy: {{base_url: '{base}/hub/api'}}\n\
             auth_schemes:\n  - name: hub\n    auth_mode: OAUTH2\n    authorization_url: {base}/hub/api/oauth2/authorize\n    \
             token_url: {base}/hub/api/oauth2/token\n"
        )
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // The proxy is a child of the hub, which is killed without being asked.
        let pid = fs::read_to_string(self.home.path().join("jupyterhub-proxy.pid"));
        if let Ok(pid) = pid {
            let _ = Command::new("kill").arg(pid.trim()).status();
        }
    }
}

const SECRET: &str = "only-for-a-test-of-this-hub";

const CONSENT: &str = "button[type=submit].form-control";

fn is_connected(browser: &Browser) -> bool {
    browser.has("h1") && browser.heading() == "Hub is connected"
}

/// Signs in and agrees, where that is asked for: the hub remembers both.
fn agree(browser: &Browser, url: &str) {
    browser.go(url);
    browser.until("a question or the end", |browser| {
        browser.has("#username_input") || browser.has(CONSENT) || is_connected(browser)
    });
    if browser.has("#username_input") {
        browser.fill("#username_input", "ann");
        browser.fill("#password_input", "any");
        browser.click("#login_submit");
        browser.until("the question", |browser| browser.has(CONSENT));
    }
    if browser.has(CONSENT) {
        browser.click(CONSENT);
    }
    browser.until("the end", is_connected);
}

pub(crate) fn hub() -> Result<(), CaseError> {
    let browser = Browser::open(true)?;
    let world = World::open(None);
    let hub = Hub::start(&world.base)?;
    world.add_app(&hub.integration(), DOCUMENT);
    let credentials = json!({"client_id": "service-composio", "client_secret": SECRET});
    let config = world.auth_config("hub", "OAUTH2", &credentials);
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann"}});
    let (status, begun) = world.send("POST", "/connected_accounts", &body);
    assert_eq!(status, 201, "{begun}");
    let id = begun["id"].as_str().unwrap().to_owned();
    agree(&browser, begun["redirect_url"].as_str().unwrap());
    let me = || world.execute("HUB_GET_ME", "ann", &json!({}));
    assert_eq!(me()["data"]["name"], "ann", "{}", me());

    // Nothing renews this token: the account says so, and the person who comes back finds it under the same id.
    let begun = Instant::now();
    while me()["successful"] == json!(true) {
        assert!(begun.elapsed() < PATIENCE, "the token does not run out");
        sleep(Duration::from_secs(1));
    }
    let account = world.account(&id);
    assert_eq!(account["status"], "EXPIRED", "{account}");
    assert_ne!(account["status_reason"], Value::Null, "{account}");
    let path = format!("/connected_accounts/{id}/refresh");
    let (status, again) = world.send("POST", &path, &json!({}));
    assert_eq!(status, 200, "{again}");
    agree(&browser, again["redirect_url"].as_str().unwrap());
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    assert_eq!(me()["data"]["name"], "ann", "{}", me());

    // The hub has no address to revoke at, which is said; without its account nothing is left.
    let (status, answer) = world.revoke(&id);
    assert_eq!(status, 400, "{answer}");
    let path = format!("/connected_accounts/{id}");
    assert_eq!(world.send("DELETE", &path, &Value::Null).0, 200);
    assert_ne!(me()["successful"], json!(true));
    Ok(())
}
