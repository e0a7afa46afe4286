//! What only an operator may do: apps, keys.

use std::sync::{Arc, Mutex};

use composio_core::{ErrorKind, Plain, ToolSet, Transport, models::AuthScheme};
use composio_engine::{Caller, ImportProgress, NewApp, NewDeprecation, NewKey, Operator};
use http::StatusCode;
use serde_json::json;

use crate::support::{DOCUMENT, Vendor, builder, engine, get, post, send_as};

#[tokio::test]
async fn an_app_is_linted_added_shown_and_removed() {
    let vendor = Vendor::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let operator = Operator::new(engine);
    let new = || NewApp::new(vendor.yaml()).document(DOCUMENT);
    let linted = operator.lint_app(new()).await.unwrap();
    assert!(operator.apps().await.unwrap().is_empty());
    let added = operator.add_app(new()).await.unwrap();
    assert_eq!(
        (&*added.toolkit, added.tools),
        (&*linted.toolkit, linted.tools)
    );
    let again = operator.add_app(new()).await.unwrap();
    let shown = operator.app("demo").await.unwrap();
    assert_eq!(shown.versions, [added.version, again.version.clone()]);
    assert_eq!(shown.version, again.version);
    assert_eq!(shown.integration.as_deref(), Some(&*vendor.yaml()));
    assert_eq!(operator.apps().await.unwrap()[0].slug, "demo");
    operator.remove_app("demo").await.unwrap();
    let error = operator.app("demo").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_import_in_process_tells_how_many_operations_are_done() {
    let vendor = Vendor::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let operator = Operator::new(engine);
    let new = || NewApp::new(vendor.yaml()).document(DOCUMENT);
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = || {
        let told = Arc::clone(&told);
        move |progress| told.lock().unwrap().push(progress)
    };
    let linted = operator.lint_app_with(new(), hears()).await.unwrap();
    let looked = std::mem::take(&mut *told.lock().unwrap());
    operator.add_app_with(new(), hears()).await.unwrap();
    let added = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(looked, added);
    let of = linted.report.operations as u64;
    let all = (0..=of).map(|operations| ImportProgress::Compiling { operations, of });
    assert_eq!(added, all.collect::<Vec<_>>());
    operator.add_app(new()).await.unwrap();
    assert!(told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn overlays_that_an_app_names_come_with_it_and_aliases_mean_its_tools() {
    let vendor = Vendor::start().await;
    let engine = builder().in_memory().build().await.unwrap();
    let operator = Operator::new(engine.clone());
    let more = "overlays: [fixes.yaml]\naliases: {DEMO_WHO: DEMO_GET_ME}\n";
    let yaml = format!("{}\n{more}", vendor.yaml().trim_end());
    let new = || NewApp::new(yaml.clone()).document(DOCUMENT);
    let refused = operator.add_app(new()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    assert!(refused.to_string().contains("fixes.yaml"), "{refused}");
    let broken = new().overlay("fixes.yaml", "actions: [{target: '$['}]");
    let refused = operator.add_app(broken).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    let fixes = "actions: [{target: \"$.paths['/me'].get\", update: {summary: Get me}}]";
    let mended = || new().overlay("fixes.yaml", fixes);
    assert!(operator.lint_app(mended()).await.unwrap().tools > 0);
    operator.add_app(mended()).await.unwrap();
    for slug in ["DEMO_GET_ME", "DEMO_WHO", "demo_who"] {
        let tool = get(&engine, &format!("/api/v3.1/tools/{slug}")).await;
        assert_eq!(tool.json["slug"], "DEMO_GET_ME", "{slug}");
    }
    let none = get(&engine, "/api/v3.1/tools/DEMO_WHOM").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    engine.connect("demo").field("api_key", "k").await.unwrap();
    let toolset = ToolSet::<Plain>::new(engine.clone());
    let tools = toolset.get_tools().actions(["DEMO_WHO"]).await.unwrap();
    assert_eq!(tools.len(), 1);
    let unknown = toolset.get_tools().actions(["DEMO_WHOM"]).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_deprecated_version_is_told_to_whoever_uses_it_and_to_nobody_else() {
    const HEADER: &str = "composio-deprecated-toolkits";
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let operator = Operator::new(engine.clone());
    let old = operator.app("demo").await.unwrap().version;
    let new = NewApp::new(vendor.yaml()).document(DOCUMENT);
    let new = operator.add_app(new).await.unwrap().version;
    let why = NewDeprecation::new()
        .sunset_at("2030-01-31")
        .reason("use \"v2\"");
    let app = operator.deprecate("Demo", &old, why).await.unwrap();
    assert_eq!(app.deprecated[0].version, old);
    assert_eq!(
        app.deprecated[0].sunset_at.as_deref(),
        Some("2030-01-31T00:00:00.000Z")
    );
    let list = |at: &str| {
        format!(r#""DEMO";version="{old}";deprecated=@{at};sunset=@1896048000;reason="use \"v2\"""#)
    };
    let tool = "/api/v3.1/tools/DEMO_GET_CURRENT_USER";
    let told = get(&engine, &format!("{tool}?version={old}")).await;
    let since = told.headers["deprecation"].to_str().unwrap();
    assert_eq!(told.headers["sunset"], "Thu, 31 Jan 2030 00:00:00 GMT");
    assert_eq!(told.headers[HEADER], list(&since[1..]));
    let lists = format!("/api/v3.1/tools?toolkit_slug=demo&toolkit_versions[demo]={old}");
    let told = get(&engine, &lists).await;
    assert_eq!(told.headers[HEADER], list(&since[1..]));
    assert!(told.headers.get("deprecation").is_none());
    engine.connect("demo").field("api_key", "k").await.unwrap();
    let run = json!({"version": old, "arguments": {}});
    let execute = "/api/v3.1/tools/execute/DEMO_GET_CURRENT_USER";
    let told = post(&engine, execute, &run).await;
    assert_eq!(told.json["successful"], true);
    assert_eq!(told.headers[HEADER], list(&since[1..]));
    for version in [&*new, "latest"] {
        let untold = get(&engine, &format!("{tool}?version={version}")).await;
        assert!(untold.headers.get(HEADER).is_none() && untold.headers.get("sunset").is_none());
    }
    operator.undeprecate("demo", &old).await.unwrap();
    let untold = get(&engine, &format!("{tool}?version={old}")).await;
    assert!(untold.headers.get(HEADER).is_none());
}

#[tokio::test]
async fn a_deprecation_outlives_the_process_and_new_versions_and_goes_with_its_app() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let open = || async {
        let path = folder.path().join("composio.db");
        Operator::new(builder().database(path).build().await.unwrap())
    };
    let new = || NewApp::new(vendor.yaml()).document(DOCUMENT);
    let operator = open().await;
    let version = operator.add_app(new()).await.unwrap().version;
    let deprecate = operator.deprecate("demo", &version, NewDeprecation::new());
    deprecate.await.unwrap();
    operator.add_app(new()).await.unwrap();
    let deprecated = operator.app("demo").await.unwrap().deprecated;
    assert_eq!(deprecated.len(), 1);
    let operator = open().await;
    assert_eq!(operator.app("demo").await.unwrap().deprecated, deprecated);
    operator.remove_app("demo").await.unwrap();
    operator.add_app(new()).await.unwrap();
    assert!(operator.app("demo").await.unwrap().deprecated.is_empty());
}

#[tokio::test]
async fn what_cannot_be_deprecated_is_refused() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    let version = operator.app("demo").await.unwrap().version;
    for (slug, version, new, kind) in [
        (
            "nothing",
            &*version,
            NewDeprecation::new(),
            ErrorKind::NotFound,
        ),
        (
            "demo",
            "20200101_00",
            NewDeprecation::new(),
            ErrorKind::NotFound,
        ),
        (
            "demo",
            &*version,
            NewDeprecation::new().sunset_at("soon"),
            ErrorKind::InvalidInput,
        ),
        (
            "demo",
            &*version,
            NewDeprecation::new().reason("x".repeat(501)),
            ErrorKind::InvalidInput,
        ),
    ] {
        let error = operator.deprecate(slug, version, new).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let error = operator
        .undeprecate("demo", "20200101_00")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_app_without_a_document_or_with_a_broken_one_is_refused() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    for new in [
        NewApp::new(vendor.yaml()),
        NewApp::new(vendor.yaml()).document("{"),
        NewApp::new(":").document(DOCUMENT),
        NewApp::new(vendor.yaml()).document_url("file:///etc/passwd"),
        NewApp::new(vendor.yaml())
            .document(DOCUMENT)
            .document_url("https://example.com"),
    ] {
        let error = operator.add_app(new).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[tokio::test]
async fn a_document_is_fetched_only_where_the_egress_policy_permits() {
    let vendor = Vendor::start().await;
    let engine = composio_engine::Engine::builder().in_memory();
    let operator = Operator::new(engine.build().await.unwrap());
    let new = NewApp::new(vendor.yaml()).document_url("https://127.0.0.1:1/openapi.json");
    let error = operator.add_app(new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn keys_are_made_listed_without_the_key_and_revoked() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    let new = NewKey::new().name("bot").user("alice").apps(["Demo"]);
    let created = operator.create_key(new).await.unwrap();
    assert!(created.key.expose().starts_with("ak_"));
    assert_eq!(created.key.expose().len(), 35);
    assert!(!format!("{created:?}").contains(created.key.expose()));
    let keys = operator.keys().await.unwrap();
    assert_eq!(keys[0].id, created.id);
    assert_eq!(
        keys[0].scope.apps.as_deref(),
        Some(&["demo".to_owned()][..])
    );
    assert_eq!(keys[0].scope.project.as_deref(), Some("default"));
    assert!(
        !serde_json::to_string(&keys)
            .unwrap()
            .contains(created.key.expose())
    );
    operator.revoke_key(&created.id).await.unwrap();
    assert!(operator.keys().await.unwrap().is_empty());
    let error = operator.revoke_key(&created.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_refused() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    for new in [
        NewKey::new().operator().user("alice"),
        NewKey::new().operator().apps(["demo"]),
        NewKey::new().apps(Vec::<String>::new()),
        NewKey::new().requests_per_minute(0),
        NewKey::new().expires_at("2020-01-01T00:00:00Z".parse().unwrap()),
        NewKey::new().name("two\nlines"),
        NewKey::new().project(""),
    ] {
        let error = operator.create_key(new).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(operator.keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_but_an_operator_comes_in() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let app = json!({"integration": vendor.yaml(), "document": DOCUMENT}).to_string();
    for (method, path, body) in [
        ("GET", "/apps", ""),
        ("POST", "/apps", &*app),
        ("POST", "/apps/lint", &*app),
        ("GET", "/apps/demo", ""),
        ("DELETE", "/apps/demo", ""),
        ("GET", "/keys", ""),
        ("POST", "/keys", "{}"),
        ("DELETE", "/keys/key_1", ""),
        // Whoever is refused is not told first what is wrong with the body.
        ("POST", "/apps", "no JSON"),
        ("PUT", "/apps/demo/oauth_client", "{}"),
    ] {
        for prefix in ["/api/v3/engine", "/api/v3.1/engine"] {
            let caller = Some(Caller::project("default"));
            let path = format!("{prefix}{path}");
            let reply = send_as(&engine, caller, method, &path, body.to_owned()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(reply.json["error"]["slug"], "Caller_NotOperator");
        }
    }
    assert_eq!(
        Operator::new(Transport::from(engine))
            .apps()
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_app_without_an_integration_gets_what_its_document_says() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let operator = Operator::new(Transport::from(engine));
    let mut document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
    document["components"]["securitySchemes"] =
        json!({"key": {"type": "apiKey", "in": "header", "name": "X-Key"}});
    let app = NewApp::derived("other").document(document.to_string());
    let linted = operator.lint_app(app.clone()).await.unwrap();
    let added = operator.add_app(app).await.unwrap();
    assert_eq!(
        (added.toolkit.as_str(), added.tools),
        ("other", linted.tools)
    );
    assert_eq!(added.schemes, [AuthScheme::ApiKey]);
    let stored = operator.app("other").await.unwrap().integration.unwrap();
    assert!(stored.contains("X-Key"), "{stored}");

    let mut misnamed = NewApp::new(vendor.yaml()).document(DOCUMENT);
    misnamed.name = Some("another".to_owned());
    let refused = operator.add_app(misnamed).await.unwrap_err();
    assert_eq!(refused.slug(), Some("Toolkit_NameMismatch"));
}

#[tokio::test]
async fn an_app_that_comes_with_the_engine_needs_its_document_alone() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    let given = NewApp::shipped("GitHub").document(DOCUMENT);
    let added = operator.add_app(given).await.unwrap();
    assert_eq!(added.toolkit, "github");
    let modes: Vec<&str> = added.schemes.iter().map(|mode| mode.as_str()).collect();
    assert_eq!(modes, ["OAUTH2", "BEARER_TOKEN"]);

    let ours = operator.add_app(NewApp::shipped("linear")).await.unwrap();
    assert_eq!(ours.tools, 13);

    let refused = operator.add_app(NewApp::shipped("salesforce")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.slug(), Some("Toolkit_DocumentNeeded"));
    assert!(
        refused
            .message()
            .contains("https://developer.salesforce.com")
    );
    let unknown = operator.add_app(NewApp::shipped("nothing")).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn every_app_that_comes_with_the_engine_is_sound() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    for app in composio_engine::shipped_apps() {
        let linted = operator.lint_app(NewApp::shipped(app.slug)).await.unwrap();
        assert!(
            linted.report.is_clean(),
            "{}: {:?}",
            app.slug,
            linted.report
        );
        assert!(!linted.schemes.is_empty());
    }
}

#[tokio::test]
async fn a_new_version_leads_where_the_last_one_did_unless_that_is_accepted() {
    let vendor = Vendor::start().await;
    let operator = Operator::new(engine(&vendor).await);
    let at = |host: &str| {
        let document = DOCUMENT.replacen(
            r#""paths""#,
            &format!(r#""servers": [{{"url": "https://{host}/v1"}}], "paths""#),
            1,
        );
        NewApp::new("name: Pin\nunique_key: pin").document(document)
    };
    operator.add_app(at("api.pin.example")).await.unwrap();
    operator.add_app(at("api.pin.example")).await.unwrap();
    let moved = operator.add_app(at("api.evil.example")).await.unwrap_err();
    assert_eq!(moved.kind(), ErrorKind::Conflict);
    assert!(moved.message().contains("api.evil.example"), "{moved}");
    let accepted = at("api.evil.example").accept_hosts();
    operator.add_app(accepted).await.unwrap();
}
