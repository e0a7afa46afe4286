//! pretix, a ticket shop: OAuth 2 with refresh and revocation, for redirects by https alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use composio_tests::{
    parts::{Missing, Part, PythonEnvironment, Source},
    peer::{Peer, free_port},
    suite::CaseError,
    tree,
    visitor::Visitor,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{browser::Browser, world::World};

const PRETIX: PythonEnvironment = PythonEnvironment {
    name: "pretix-2026.8.0",
    lock: include_str!("pretix-2026.8.0.txt"),
    // The one library of it that PyPI has no wheel of.
    sources: &[(
        Part {
            name: "django-jquery-js",
            version: "3.1.1",
            source: Source::PythonSource,
            sha256: "308e6472801f89be7c02fa3d06bea6470cfbcab8287db80c64b1093717b8eea9",
            members: &["django-jquery-js-3.1.1/jquery"],
        },
        "",
    )],
};
/// Where the shop sends its users back to: the developer's own domain, which forwards to the engine.
const OWN: &str = "https://composio.example/callback";
const PASSWORD: &str = "only for a test";
/// A user, an organizer and an OAuth client, made in the shop's own shell.
const FILL: &str = "
from pretix.base.models import User, Organizer, Team
from pretix.api.models import OAuthApplication
user = User.objects.create_user('ann@desk.example', 'only for a test')
organizer = Organizer.objects.create(name='Desk', slug='desk')
team = Team.objects.create(organizer=organizer, name='all', all_events=True, all_event_permissions=True,
    all_organizer_permissions=True)
team.members.add(user)
client = OAuthApplication(name='Composio', client_id='composio', redirect_uris='https://composio.example/callback',
    authorization_grant_type='authorization-code', client_type='confidential', client_secret='only for a test')
client.save()
";
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {
    "/organizers/": {"get": {"operationId": "list", "summary": "List organizers",
        "responses": {"200": {"description": "ok"}}}}}}"#;

struct Shop {
    peer: Peer,
    home: TempDir,
}

impl Shop {
    fn start() -> Result<Self, Missing> {
        let modules = PRETIX.install()?;
        let home = tempfile::tempdir()?;
        let port = free_port();
        fs::create_dir(home.path().join("data"))?;
        let config = format!(
            "[pretix]\ninstance_name=shop\nurl=http://127.0.0.1:{port}\ndatadir={0}/data\n\
             [database]\nbackend=sqlite3\nname={0}/db.sqlite3\n[django]\ndebug=off\n\
             secret=of-a-test-of-a-test-of-a-test-of-a-test-of-a-test\n",
            home.path().display()
        );
        fs::write(home.path().join("pretix.cfg"), config)?;
        let run = |arguments: &[&str]| {
            let mut command = Command::new("python3");
            command
                .args(["-m", "pretix"])
                .args(arguments)
                .env("PYTHONPATH", &modules)
                .env("PRETIX_CONFIG_FILE", home.path().join("pretix.cfg"))
                .current_dir(home.path());
            command
        };
        let database = home.path().join("db.sqlite3");
        let kept = kept();
        if kept.exists() {
            fs::copy(&kept, &database)?;
        } else {
            // A thousand migrations, so their outcome is kept.
            done(&mut run(&["migrate", "--noinput"]))?;
            done(&mut run(&["shell", "-c", FILL]))?;
            fs::copy(&database, kept.with_extension("new"))?;
            fs::rename(kept.with_extension("new"), &kept)?;
        }
        let address = format!("127.0.0.1:{port}");
        let mut serve = run(&["runserver", &address, "--noreload"]);
        let peer = Peer::start(&mut serve, port);
        Ok(Self { peer, home })
    }

    fn integration(&self) -> String {
        let base = self.peer.base();
        format!(
            "name: Shop\nunique_key: shop\nproxy: {{base_url: '{base}/api/v1'}}\nauth_schemes:\n  - name: shop\n    \
             auth_mode: OAUTH2\n    authorization_url: {base}/api/v1/oauth/authorize\n    \
             token_url: {base}/api/v1/oauth/token\n    default_scopes: [read, write]\n    \
             oauth: {{client_authentication: basic, revoke_url: '{base}/api/v1/oauth/revoke_token'}}\n"
        )
    }

    /// Lets every access token run out now.
    fn run_out(&self) {
        let text = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=60); \
            c.execute(\"UPDATE pretixapi_oauthaccesstoken SET expires = '2001-01-01'\"); c.commit()";
        let mut command = Command::new("python3");
        command
            .args(["-c", text])
            .arg(self.home.path().join("db.sqlite3"));
        done(&mut command).unwrap();
    }
}

fn kept() -> PathBuf {
    let parts: &Path = &tree::root().join("target/parts");
    parts.join("pretix-2026.8.0.sqlite3")
}

fn done(command: &mut Command) -> Result<(), Missing> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    Err(Missing::absent(&format!("pretix does not run: {last}")))
}

/// Signs in where that is asked for, agrees, and comes back over the developer's own domain.
fn agree(browser: &Browser, world: &World, url: &str) {
    browser.go(url);
    browser.until("a question", |browser| {
        browser.has("[name=email]") || browser.has("[name=allow]")
    });
    if browser.has("[name=email]") {
        browser.fill("[name=email]", "ann@desk.example");
        browser.fill("[name=password]", PASSWORD);
        browser.click("form [type=submit]");
    }
    browser.click("[name=organizers]");
    browser.click("[name=allow]");
    browser.until("the developer's domain", |browser| {
        browser.url().starts_with(OWN)
    });
    let url = browser.url();
    let query = url.split_once('?').expect("a query").1;
    let page = Visitor::new().open(&format!("{}/api/v1/auth-apps/add?{query}", world.base));
    assert!(page.body.contains("Shop is connected"), "{page:?}");
}

pub(crate) fn shop() -> Result<(), CaseError> {
    let shop = Shop::start()?;
    let browser = Browser::open(true)?;
    let world = World::open(None);
    world.add_app(&shop.integration(), DOCUMENT);
    let credentials =
        json!({"client_id": "composio", "client_secret": PASSWORD, "redirect_uri": OWN});
    let config = world.auth_config("shop", "OAUTH2", &credentials);
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann"}});
    let (status, begun) = world.send("POST", "/connected_accounts", &body);
    assert_eq!(status, 201, "{begun}");
    let id = begun["id"].as_str().unwrap().to_owned();
    agree(&browser, &world, begun["redirect_url"].as_str().unwrap());
    let organizers = || world.execute("SHOP_LIST_ORGANIZERS", "ann", &json!({}));
    let first = organizers();
    assert_eq!(first["data"]["results"][0]["slug"], "desk", "{first}");

    let before = world.token(&id);
    shop.run_out();
    let after = organizers();
    assert_eq!(after["successful"], true, "{after}");
    let renewed = world.token(&id);
    assert_ne!(before, renewed);

    // Given back, the token is worth nothing at the shop either; the person comes back to the same account.
    let (status, revoked) = world.revoke(&id);
    assert_eq!(status, 200, "{revoked}");
    let header = format!("authorization: Bearer {renewed}");
    assert_eq!(shop.peer.get("/api/v1/organizers/", &header).0, 401);
    assert_eq!(world.account(&id)["status"], "REVOKED");
    assert_ne!(organizers()["successful"], json!(true));
    let path = format!("/connected_accounts/{id}/refresh");
    let (status, again) = world.send("POST", &path, &json!({}));
    assert_eq!(status, 200, "{again}");
    agree(&browser, &world, again["redirect_url"].as_str().unwrap());
    assert_eq!(world.account(&id)["status"], "ACTIVE");
    assert_eq!(organizers()["successful"], true);
    Ok(())
}
