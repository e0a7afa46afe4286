use composio_tests::oidc::{OidcOptions, OidcProvider};
use composio_tests::suite::CaseError;
use composio_tests::visitor::Visitor;
use serde_json::json;

use crate::desk::Desk;

pub(crate) fn consent() -> Result<(), CaseError> {
    for (client, more) in [
        ("post", ""),
        ("basic", "    oauth: {client_authentication: basic}\n"),
        ("public", "    oauth: {client_authentication: none}\n"),
    ] {
        let desk = Desk::open(OidcOptions::default(), |provider| {
            provider.integration(more)
        })?;
        let config = desk.auth_config(client, &json!({}));
        let (id, url) = desk.begin(&config, &json!({"user_id": "ann"}));
        assert_eq!(desk.me("ann")["successful"], json!(null), "{client}");
        let page = Visitor::new().open(&url);
        assert_eq!(page.status, 200, "{client}: {page:?}");
        assert!(page.body.contains("is connected"), "{client}: {page:?}");
        let account = desk.account(&id);
        assert_eq!(account["status"], "ACTIVE", "{client}: {account}");
        assert_eq!(
            account["state"]["val"]["scope"],
            "openid offline_access read"
        );
        let me = desk.me("ann");
        assert_eq!(me["data"]["sub"], "alice", "{client}: {me}");
    }
    Ok(())
}

pub(crate) fn refusal() -> Result<(), CaseError> {
    let desk = Desk::open(OidcOptions::default(), |provider| provider.integration(""))?;
    let config = desk.auth_config("post", &json!({}));
    let (id, url) = desk.begin(&config, &json!({"user_id": "ann"}));
    let page = Visitor::new().open(&format!("{url}&login_hint=nobody"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("is not connected"), "{page:?}");
    let account = desk.account(&id);
    assert_eq!(account["status"], "FAILED", "{account}");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(reason.contains("access_denied"), "{reason}");
    Ok(())
}

pub(crate) fn own_address() -> Result<(), CaseError> {
    let desk = Desk::open(OidcOptions::default(), |provider| provider.integration(""))?;
    let config = desk.auth_config("post", &json!({}));
    for (hint, status) in [("alice", "success"), ("nobody", "failed")] {
        let own = "https://app.example/thread/7?tab=tools";
        let connection = json!({"user_id": hint, "callback_url": own});
        let (id, url) = desk.begin(&config, &connection);
        let page = Visitor::new().open(&format!("{url}&login_hint={hint}"));
        let expected = format!("{own}&status={status}&connected_account_id={id}");
        assert!(page.url.starts_with(&expected), "{page:?}");
    }
    Ok(())
}

/// The developer's domain answers with a redirect to the engine, its query kept, as the white-label guide says.
pub(crate) fn forwarded() -> Result<(), CaseError> {
    let own = "http://127.0.0.1:9/redirect";
    let options = OidcOptions {
        redirect_uris: vec![own.to_owned()],
        ..OidcOptions::default()
    };
    let desk = Desk::open(options, |provider: &OidcProvider| provider.integration(""))?;
    let config = desk.auth_config("post", &json!({"redirect_uri": own}));
    let (id, url) = desk.begin(&config, &json!({"user_id": "ann"}));
    assert!(
        url.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fredirect"),
        "{url}"
    );
    let mut visitor = Visitor::new();
    let mut next = url;
    while !next.starts_with(own) {
        let page = visitor.get(&next);
        let location = page.header("location").unwrap();
        next = match location.strip_prefix('/') {
            Some(path) => format!("{}/{path}", desk.provider.issuer),
            None => location.to_owned(),
        };
    }
    let query = next.split_once('?').unwrap().1;
    let page = visitor.open(&format!("{}/api/v1/auth-apps/add?{query}", desk.base));
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(desk.account(&id)["status"], "ACTIVE");
    Ok(())
}

/// Nothing of the provider is known but its issuer: its metadata says the rest, and the engine registers its client.
pub(crate) fn registered() -> Result<(), CaseError> {
    let desk = Desk::open(OidcOptions::default(), |provider| {
        let issuer = &provider.issuer;
        format!(
            "name: Desk\nunique_key: desk\nproxy:\n  base_url: {issuer}/api\nauth_schemes:\n  - auth_mode: DCR_OAUTH\n    \
             default_scopes: [openid, offline_access]\n    authorization_params: {{prompt: consent}}\n    \
             oauth: {{issuer: \"{issuer}\"}}\n"
        )
    })?;
    let body = json!({"toolkit": {"slug": "desk"}});
    let (status, made) = desk.send("POST", "/auth_configs", &body);
    assert_eq!(status, 201, "{made}");
    let config = made["auth_config"]["id"].as_str().unwrap();
    for user in ["ann", "ben"] {
        let (id, url) = desk.begin(config, &json!({"user_id": user}));
        let page = Visitor::new().open(&format!("{url}&login_hint={user}"));
        assert_eq!(page.status, 200, "{page:?}");
        let account = desk.account(&id);
        assert_eq!(account["status"], "ACTIVE", "{account}");
        assert_eq!(desk.me(user)["data"]["sub"], user);
    }
    Ok(())
}
