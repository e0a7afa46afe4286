//! Links, the pages behind them, and the application's word about who connected.

use composio_core::{Body, Transport};
use composio_engine::{Caller, Engine};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::support::{DOCUMENT, Vendor, builder, execute, get, post, send, send_as};

const LINK: &str = "/api/v3.1/connected_accounts/link";
const COMPLETE: &str = "/api/v3.1/connected_accounts/complete_auth";
const BASE: &str = "https://tools.example.com/composio";
const SECRET: &str = "key-of-the-victim";

/// A browser: it keeps the cookie it is given.
#[derive(Debug, Default)]
struct Browser {
    cookie: Option<String>,
}

#[derive(Debug)]
struct Shown {
    status: StatusCode,
    headers: HeaderMap,
    html: String,
}

impl Browser {
    async fn open(&mut self, engine: &Engine, url: &str) -> Shown {
        let shown = self.ask(engine, url, None, &[]).await;
        if let Some(set) = shown.headers.get("set-cookie") {
            let set = set.to_str().unwrap();
            self.cookie = Some(set.split(';').next().unwrap().to_owned());
        }
        shown
    }

    /// Sends the form of `page` with these fields filled in.
    async fn fill(
        &mut self,
        engine: &Engine,
        url: &str,
        page: &Shown,
        fields: &[(&str, &str)],
    ) -> Shown {
        let mut form = format!("csrf={}", page.csrf());
        for (name, value) in fields {
            form.push_str(&format!("&field.{name}={}", value.replace(' ', "+")));
        }
        self.ask(engine, url, Some(form), &[]).await
    }

    async fn ask(
        &self,
        engine: &Engine,
        url: &str,
        form: Option<String>,
        headers: &[(&str, &str)],
    ) -> Shown {
        let mut request = http::Request::builder()
            .method(if form.is_some() { "POST" } else { "GET" })
            .uri(&url[url.find("/link/").expect("it leads here")..])
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("other=1; {cookie}"));
        }
        let request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let response = Transport::from(engine.clone()).send(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.bytes(1024 * 1024).await.unwrap();
        Shown {
            status: parts.status,
            headers: parts.headers,
            html: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

impl Shown {
    fn csrf(&self) -> &str {
        let after = self.html.split("name=\"csrf\" value=\"").nth(1).unwrap();
        after.split('"').next().unwrap()
    }

    /// Where the page leads.
    fn next(&self) -> String {
        let after = self.html.split("<a class=\"button\" href=\"").nth(1);
        let next = after.expect("it leads on").split('"').next().unwrap();
        next.replace("&amp;", "&").replace("&#x2f;", "/")
    }
}

async fn empty() -> Engine {
    let builder = builder().in_memory().public_url(BASE);
    builder.build().await.unwrap()
}

async fn engine(vendor: &Vendor) -> Engine {
    let engine = empty().await;
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    engine
}

async fn config(engine: &Engine, scheme: &str, credentials: Value) -> String {
    let body = json!({"toolkit": {"slug": "demo"}, "auth_config":
        {"type": "use_custom_auth", "authScheme": scheme, "credentials": credentials}});
    let made = post(engine, "/api/v3.1/auth_configs", &body).await.json;
    made["auth_config"]["id"].as_str().unwrap().to_owned()
}

/// A link for `user` to connect by key.
async fn link(engine: &Engine, user: &str) -> (String, String) {
    let config = config(engine, "API_KEY", json!({})).await;
    let body = json!({"auth_config_id": config, "user_id": user,
        "callback_url": "https://app.example/back?tab=2"});
    let made = post(engine, LINK, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let text = |name: &str| made.json[name].as_str().unwrap().to_owned();
    assert!(text("link_token").starts_with("lk_"));
    assert!(text("expires_at").ends_with('Z'));
    let path = format!("/link/{}", text("link_token"));
    assert!(text("redirect_url").ends_with(&path));
    (text("redirect_url"), text("connected_account_id"))
}

/// A browser that has opened a link of mira's: the browser, the link, its account, and the page.
async fn opened(engine: &Engine) -> (Browser, String, String, Shown) {
    let (url, id) = link(engine, "mira").await;
    let mut browser = Browser::default();
    let page = browser.open(engine, &url).await;
    (browser, url, id, page)
}

async fn account(engine: &Engine, id: &str) -> Value {
    get(engine, &format!("/api/v3.1/connected_accounts/{id}"))
        .await
        .json
}

/// What waits for the application's word that it was `user` who connected.
pub(crate) async fn session(engine: &Engine, user: &str, key: &str) -> String {
    wants_confirmation(engine).await;
    let (url, _) = link(engine, user).await;
    let mut browser = Browser::default();
    let page = browser.open(engine, &url).await;
    let done = browser.fill(engine, &url, &page, &[("api_key", key)]).await;
    let next = done.next();
    next.split("session_uri=").nth(1).unwrap().to_owned()
}

async fn wants_confirmation(engine: &Engine) {
    let change = json!({"oauth_callback_verifier_url": "https://app.example/verify?from=composio"});
    let path = "/api/v3.1/org/project/config";
    let reply = send(engine, "PATCH", path, change.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
}

#[tokio::test]
async fn a_person_connects_by_entering_a_key_on_the_page_of_their_link() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let (url, id) = link(&engine, "mira").await;
    assert_eq!(account(&engine, &id).await["status"], "INITIATED");
    let mut browser = Browser::default();
    assert!(url.starts_with(BASE), "{url}");
    let page = browser.open(&engine, &url).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.html.contains("Connect Demo") && page.html.contains("API key"));
    assert!(page.html.contains("type=\"password\""));
    assert!(!page.html.contains("<script"));
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "  k3y-of-mira\r\n")])
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert_eq!(
        done.next(),
        format!(
            "https://app.example/back?tab=2&status=success&connected_account_id={id}&connectedAccountId={id}&appName=demo"
        )
    );
    assert_eq!(account(&engine, &id).await["status"], "ACTIVE");
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await;
    assert_eq!(reply.json["successful"], true);
    assert_eq!(vendor.last().headers["x-api-key"], "k3y-of-mira");
}

#[tokio::test]
async fn a_link_leads_nowhere_once_it_was_used() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let (mut browser, url, id, page) = opened(&engine).await;
    let entered = [("api_key", "first")];
    let done = browser.fill(&engine, &url, &page, &entered).await;
    assert_eq!(done.status, StatusCode::OK);
    let again = browser
        .fill(&engine, &url, &page, &[("api_key", "second")])
        .await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let opened = browser.open(&engine, &url).await;
    assert_eq!(opened.status, StatusCode::NOT_FOUND);
    assert!(opened.html.contains("leads nowhere"));
    execute(&engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "first");
    assert_eq!(account(&engine, &id).await["status"], "ACTIVE");
}

#[tokio::test]
async fn of_many_who_send_the_form_at_once_one_connects() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let (browser, url, id, page) = opened(&engine).await;
    let forms: Vec<String> = (0..16)
        .map(|n| format!("csrf={}&field.api_key=key-{n}", page.csrf()))
        .collect();
    let asked = forms
        .into_iter()
        .map(|form| browser.ask(&engine, &url, Some(form), &[]));
    let answers = futures_util::future::join_all(asked).await;
    let done = answers.iter().filter(|page| page.status == StatusCode::OK);
    assert_eq!(done.count(), 1);
    assert!(answers.iter().all(|page| page.status.as_u16() < 500));
    assert_eq!(account(&engine, &id).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_form_that_another_page_sends_is_refused_and_nothing_is_stored() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let (url, id) = link(&engine, "mira").await;
    let (other, _) = link(&engine, "mira").await;
    let mut browser = Browser::default();
    let page = browser.open(&engine, &url).await;
    let elsewhere = browser.open(&engine, &other).await;
    let mut stranger = Browser::default();
    let theirs = stranger.open(&engine, &url).await;
    let form = |csrf: &str| format!("csrf={csrf}&field.api_key=k");
    let nobody = Browser::default();
    let foreign = [("sec-fetch-site", "cross-site")];
    let refused = [
        browser.ask(&engine, &url, Some(form("")), &[]).await,
        browser.ask(&engine, &url, Some(form("AAAA")), &[]).await,
        browser
            .ask(&engine, &url, Some("field.api_key=k".to_owned()), &[])
            .await,
        browser
            .ask(&engine, &url, Some(form(elsewhere.csrf())), &[])
            .await,
        browser
            .ask(&engine, &url, Some(form(theirs.csrf())), &[])
            .await,
        nobody
            .ask(&engine, &url, Some(form(page.csrf())), &[])
            .await,
        browser
            .ask(&engine, &url, Some(form(page.csrf())), &foreign)
            .await,
    ];
    for (number, page) in refused.iter().enumerate() {
        assert_eq!(
            page.status,
            StatusCode::FORBIDDEN,
            "{number}: {}",
            page.html
        );
    }
    assert_eq!(account(&engine, &id).await["status"], "INITIATED");
    let page = browser.open(&engine, &url).await;
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "k")])
        .await;
    assert_eq!(done.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_asked_for_again_without_showing_a_secret() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let config = config(&engine, "BASIC", json!({"region": "us"})).await;
    let known = json!({"authScheme": "BASIC", "val": {"workspace": "w1"}});
    let body = json!({"auth_config_id": config, "user_id": "mira", "connection_data": known});
    let made = post(&engine, LINK, &body).await.json;
    let url = made["redirect_url"].as_str().unwrap().to_owned();
    let mut browser = Browser::default();
    let page = browser.open(&engine, &url).await;
    assert!(page.html.contains("field.username") && page.html.contains("field.tries"));
    // What the developer or the program has given already is nobody's to change here.
    assert!(!page.html.contains("field.workspace") && !page.html.contains("field.region"));
    for fields in [
        &[("username", "mira"), ("password", "")][..],
        &[("username", "mi:ra"), ("password", SECRET)],
        &[
            ("username", "mira"),
            ("password", SECRET),
            ("tries", "many"),
        ],
        &[("username", "mira"), ("password", SECRET), ("region", "eu")],
        &[
            ("username", "mira"),
            ("password", SECRET),
            ("colour", "red"),
        ],
    ] {
        let again = browser.fill(&engine, &url, &page, fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(again.html.contains("role=\"alert\""), "{fields:?}");
        assert!(!again.html.contains(SECRET), "{fields:?}");
        let id = made["connected_account_id"].as_str().unwrap();
        assert_eq!(account(&engine, id).await["status"], "INITIATED");
    }
    let right = [
        ("username", "mira"),
        ("password", SECRET),
        ("tries", "3"),
        ("sandbox", "true"),
    ];
    let done = browser.fill(&engine, &url, &page, &right).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert!(done.html.contains("You can close this page"));
    execute(&engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await;
    let seen = vendor.last();
    assert_eq!(seen.headers["x-workspace"], "w1");
    assert_eq!(seen.headers["x-region"], "us");
}

#[tokio::test]
async fn a_link_that_a_victim_completes_gives_the_attacker_nothing() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    wants_confirmation(&engine).await;
    let (url, id) = link(&engine, "attacker").await;
    // The victim opens it in a browser of their own and enters their key.
    let mut victim = Browser::default();
    let page = victim.open(&engine, &url).await;
    let done = victim
        .fill(&engine, &url, &page, &[("api_key", SECRET)])
        .await;
    let next = done.next();
    let session = next
        .strip_prefix("https://app.example/verify?from=composio&session_uri=")
        .expect("the application is asked who it was");
    assert_eq!(account(&engine, &id).await["status"], "INITIATED");
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "attacker", json!({})).await;
    assert_ne!(reply.status, StatusCode::OK, "{reply:?}");
    // The victim is signed in there, as the victim.
    let body = json!({"user_id": "victim", "session_uri": session});
    let reply = post(&engine, COMPLETE, &body).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.json["error"]["slug"], "ConnectedAccount_UserMismatch");
    let shown = account(&engine, &id).await;
    assert_eq!(shown["status"], "FAILED");
    assert!(!shown.to_string().contains("key-"), "{shown}");
    // And the attacker cannot say it in the victim's place afterwards.
    let body = json!({"user_id": "attacker", "session_uri": session});
    let reply = post(&engine, COMPLETE, &body).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let enable = json!({"enabled": true}).to_string();
    let path = format!("/api/v3.1/connected_accounts/{id}/status");
    send(&engine, "PATCH", &path, enable).await;
    let reply = execute(&engine, "DEMO_GET_CURRENT_USER", "attacker", json!({})).await;
    assert_ne!(reply.status, StatusCode::OK, "{reply:?}");
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn the_application_confirms_its_own_user_once() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    wants_confirmation(&engine).await;
    let (mut browser, url, id, page) = opened(&engine).await;
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "k")])
        .await;
    let next = done.next();
    let session = next.split("session_uri=").nth(1).unwrap();
    let body = json!({"user_id": "mira", "session_uri": session});
    // Neither another project nor a caller for another user may say it.
    for (caller, status) in [
        (Caller::project("other"), StatusCode::NOT_FOUND),
        (Caller::default().user("jon"), StatusCode::FORBIDDEN),
    ] {
        let reply = send_as(&engine, Some(caller), "POST", COMPLETE, body.to_string()).await;
        assert_eq!(reply.status, status);
    }
    let reply = post(&engine, COMPLETE, &body).await;
    assert_eq!(
        reply.json,
        json!({"connected_account_id": id, "toolkit_slug": "demo"})
    );
    assert_eq!(account(&engine, &id).await["status"], "ACTIVE");
    let again = post(&engine, COMPLETE, &body).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    execute(&engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "k");
}

#[tokio::test]
async fn a_session_is_worth_nothing_once_its_account_was_changed() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    wants_confirmation(&engine).await;
    let (mut browser, url, id, page) = opened(&engine).await;
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "old")])
        .await;
    let session = done.next().split("session_uri=").nth(1).unwrap().to_owned();
    let state =
        json!({"connection": {"state": {"authScheme": "API_KEY", "val": {"api_key": "new"}}}});
    let path = format!("/api/v3.1/connected_accounts/{id}");
    send(&engine, "PATCH", &path, state.to_string()).await;
    let body = json!({"user_id": "mira", "session_uri": session});
    assert_eq!(
        post(&engine, COMPLETE, &body).await.status,
        StatusCode::NOT_FOUND
    );
    execute(&engine, "DEMO_GET_CURRENT_USER", "mira", json!({})).await;
    assert_eq!(vendor.last().headers["x-api-key"], "new");
}

#[tokio::test]
async fn nothing_that_others_wrote_becomes_markup() {
    let vendor = Vendor::start().await;
    let engine = empty().await;
    let evil = "<script>alert(1)</script>\\\" onfocus=x";
    let yaml = vendor
        .yaml()
        .replace("name: Demo", &format!("name: \"{evil}\""))
        .replace(
            "display_name: API key",
            &format!("display_name: \"{evil}\""),
        )
        .replace("Notes for demonstrations", "<img src=x onerror=alert(1)>");
    engine.add_app(yaml, DOCUMENT).await.unwrap();
    let name = json!({"display_name": "<b onclick=x>Bank</b>"}).to_string();
    send(&engine, "PATCH", "/api/v3.1/org/project/config", name).await;
    let (url, _) = link(&engine, "mira").await;
    let mut browser = Browser::default();
    let page = browser.open(&engine, &url).await;
    for markup in ["<script", "<img", "<b onclick", "\" onfocus"] {
        assert!(!page.html.contains(markup), "{markup}: {}", page.html);
    }
    assert!(page.html.contains("&lt;script&gt;"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    for part in [
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["x-frame-options"], "DENY");
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn links_that_cannot_work_are_refused_when_they_are_asked_for() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let config = config(&engine, "API_KEY", json!({})).await;
    let asked = |more: Value| {
        let mut body = json!({"auth_config_id": config, "user_id": "mira"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (body, status) in [
        (asked(json!({"callback_url": "javascript:alert(1)"})), 400),
        (asked(json!({"callback_url": "app.example/back"})), 400),
        (asked(json!({"user_id": ""})), 400),
        (asked(json!({"alias": "a\u{7}"})), 400),
        (
            asked(json!({"connection_data": {"val": {"colour": "red"}}})),
            400,
        ),
        (
            asked(json!({"connection_data": {"authScheme": "BASIC", "val": {}}})),
            400,
        ),
        (asked(json!({"auth_config_id": "ac_none"})), 404),
    ] {
        let reply = post(&engine, LINK, &body).await;
        assert_eq!(reply.status.as_u16(), status, "{body} {reply:?}");
    }
    let list = get(&engine, "/api/v3.1/connected_accounts").await.json;
    assert_eq!(list["total_items"], 0);
    let hidden = crate::support::engine(&vendor).await;
    let account = hidden.connect("demo").field("api_key", "k").await.unwrap();
    let body = json!({"auth_config_id": account.auth_config.id, "user_id": "mira"});
    let reply = post(&hidden, LINK, &body).await;
    assert_eq!(reply.json["error"]["slug"], "Auth_NoPublicUrl");
}

#[tokio::test]
async fn a_link_ends_with_its_account_and_its_auth_config() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let (first, id) = link(&engine, "mira").await;
    let path = format!("/api/v3.1/connected_accounts/{id}");
    send(&engine, "DELETE", &path, "").await;
    let (second, id) = link(&engine, "mira").await;
    let config = account(&engine, &id).await["auth_config"]["id"].clone();
    let path = format!(
        "/api/v3.1/auth_configs/{}/DISABLED",
        config.as_str().unwrap()
    );
    send(&engine, "PATCH", &path, "").await;
    let unknown = format!("{BASE}/link/lk_{}", "x".repeat(32));
    for url in [first, second, unknown] {
        let page = Browser::default().open(&engine, &url).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.html.contains("<h1>This link leads nowhere</h1>"));
    }
}

#[tokio::test]
async fn only_a_page_of_the_applications_own_may_confirm_who_connects() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let path = "/api/v3.1/org/project/config";
    for (url, status) in [
        (json!("http://app.example/verify"), 400),
        (json!("javascript:alert(1)"), 400),
        (json!("https://user:pass@app.example/"), 400),
        (json!("http://127.0.0.1:3000/verify"), 200),
        (json!(null), 200),
    ] {
        let body = json!({"oauth_callback_verifier_url": url}).to_string();
        let reply = send(&engine, "PATCH", path, body).await;
        assert_eq!(reply.status.as_u16(), status, "{url}");
        if status == 200 {
            assert_eq!(
                reply
                    .json
                    .get("oauth_callback_verifier_url")
                    .cloned()
                    .unwrap_or_default(),
                url
            );
        }
    }
    // A program may want it for every project, and a project may not.
    let engine = builder()
        .in_memory()
        .public_url(BASE)
        .callback_verifier_url("http://localhost:3000/verify")
        .build()
        .await
        .unwrap();
    let config = get(&engine, path).await.json;
    assert_eq!(
        config["oauth_callback_verifier_url"],
        "http://localhost:3000/verify"
    );
    let off = json!({"oauth_callback_verifier_url": ""}).to_string();
    let reply = send(&engine, "PATCH", path, off).await;
    assert!(reply.json.get("oauth_callback_verifier_url").is_none());
    let refused = builder()
        .callback_verifier_url("http://app.example")
        .build()
        .await;
    assert_eq!(
        refused.unwrap_err().kind(),
        composio_core::ErrorKind::Config
    );
}

#[tokio::test]
async fn the_app_says_whose_account_it_is_and_refuses_a_key_that_is_wrong() {
    let vendor = Vendor::start().await;
    let engine = empty().await;
    let asks = |endpoint: &str| {
        format!(
            "{}\nget_current_user_endpoint: {endpoint}\nidentity: {{id: method, label: target}}\n",
            vendor.yaml()
        )
    };
    engine.add_app(asks("/me"), DOCUMENT).await.unwrap();
    let (mut browser, url, id, page) = opened(&engine).await;
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "k")])
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    let known = json!({"id": "GET", "label": "/me"});
    assert_eq!(account(&engine, &id).await["identity"], known);
    let list = get(&engine, "/api/v3.1/connected_accounts").await.json;
    assert_eq!(list["items"][0]["identity"], known);
    assert_eq!(vendor.last().headers["x-api-key"], "k");
    // An app that says no.
    let refuses = asks("/me").replace("label: target", "label: target, valid_if: is_good");
    engine.add_app(refuses, DOCUMENT).await.unwrap();
    let (url, id) = link(&engine, "jon").await;
    let page = browser.open(&engine, &url).await;
    let again = browser
        .fill(&engine, &url, &page, &[("api_key", "wrong")])
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.html.contains("does not accept these credentials"));
    assert_eq!(account(&engine, &id).await["status"], "INITIATED");
    let config = config(&engine, "API_KEY", json!({})).await;
    let connection =
        json!({"user_id": "jon", "state": {"authScheme": "API_KEY", "val": {"api_key": "wrong"}}});
    let body = json!({"auth_config": {"id": config}, "connection": connection, "validate_credentials": true});
    let reply = post(&engine, "/api/v3.1/connected_accounts", &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.json["error"]["slug"], "Auth_CredentialsRefused");
    // One that cannot be asked now keeps nobody from connecting.
    engine.add_app(asks("/broken"), DOCUMENT).await.unwrap();
    let done = browser
        .fill(&engine, &url, &page, &[("api_key", "k")])
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert_eq!(account(&engine, &id).await.get("identity"), None);
}
