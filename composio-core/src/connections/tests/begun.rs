use serde_json::{Value, json};

use super::script::{account, github, page, refusal, toolset};
use crate::{ErrorKind, models::ConnectionStatus};

fn created(id: &str, status: &str, url: Option<&str>) -> (u16, Value) {
    let answer = json!({
        "id": id, "status": status, "redirect_url": url, "redirect_uri": url,
        "connectionData": {"authScheme": "OAUTH2", "val": {"status": status}},
    });
    (201, answer)
}

fn config(id: &str, scheme: &str, managed: bool, since: &str) -> Value {
    json!({
        "id": id, "toolkit": {"slug": "github"}, "auth_scheme": scheme, "is_composio_managed": managed,
        "status": "ENABLED", "created_at": since,
    })
}

fn answer(line: &str, configs: &Value) -> (u16, Value) {
    match line.split(['?', ' ']).nth(1).unwrap_or_default() {
        "/toolkits/github" => github(),
        "/auth_configs" if line.starts_with("GET") => page(configs),
        "/auth_configs" => {
            let config =
                json!({"id": "ac_new", "auth_scheme": "OAUTH2", "is_composio_managed": true});
            (
                201,
                json!({"toolkit": {"slug": "github"}, "auth_config": config}),
            )
        }
        "/auth_configs/ac_new" => (200, json!({"success": true})),
        "/auth_configs/ac_2" => (
            200,
            config("ac_2", "BEARER_TOKEN", false, "2026-01-02T00:00:00Z"),
        ),
        "/connected_accounts" => created("ca_1", "INITIATED", Some("https://vendor.example/a")),
        _ => refusal(404, "no such thing"),
    }
}

#[tokio::test]
async fn a_consent_page_is_begun_as_the_wire_has_it() {
    let (toolset, asked) = toolset(|line| answer(line, &json!([])));
    let entity = toolset.get_entity("bob");
    let request = entity
        .initiate_connection("github")
        .redirect_url("https://app.example/back")
        .alias("work")
        .await
        .unwrap();
    assert_eq!(request.connected_account_id(), "ca_1");
    assert_eq!(request.connection_status(), &ConnectionStatus::Initiated);
    assert_eq!(request.redirect_url(), Some("https://vendor.example/a"));
    assert_eq!(
        asked.body("POST /auth_configs"),
        json!({"toolkit": {"slug": "github"}, "auth_config": {"type": "use_composio_managed_auth"}})
    );
    // Nothing but what the official SDK sends.
    assert_eq!(
        asked.body("POST /connected_accounts"),
        json!({"auth_config": {"id": "ac_new"}, "connection": {
            "user_id": "bob", "callback_url": "https://app.example/back", "alias": "work",
        }})
    );
}

#[tokio::test]
async fn keys_go_through_the_integration_that_is_named() {
    let (toolset, asked) = toolset(|line| answer(line, &json!([])));
    toolset
        .initiate_connection_through("ac_2")
        .connected_account_params([("token", "ghp_1")])
        .param("subdomain", "corp")
        .await
        .unwrap();
    assert_eq!(
        asked.body("POST /connected_accounts"),
        json!({"auth_config": {"id": "ac_2"}, "connection": {"user_id": "alice", "state": {
            "authScheme": "BEARER_TOKEN", "val": {"status": "ACTIVE", "subdomain": "corp", "token": "ghp_1"},
        }}})
    );
    assert_eq!(asked.count("POST /auth_configs"), 0);
}

#[tokio::test]
async fn an_integration_of_another_app_is_refused_before_anything_is_sent() {
    let (toolset, asked) = toolset(|line| answer(line, &json!([])));
    let begun = toolset.initiate_connection("gmail").integration_id("ac_2");
    let error = begun.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("ac_2 belongs to github"));
    assert_eq!(asked.count("POST"), 0);
}

#[tokio::test]
async fn the_newest_integration_is_used_in_whatever_order_they_are_listed() {
    let configs = json!([
        config("ac_old", "OAUTH2", true, "2026-01-01T00:00:00Z"),
        config("ac_newest", "OAUTH2", false, "2026-03-01T00:00:00Z"),
        config("ac_managed", "OAUTH2", true, "2026-02-01T00:00:00Z"),
        config("ac_token", "BEARER_TOKEN", false, "2026-04-01T00:00:00Z"),
    ]);
    for (managed, expected) in [
        (None, "ac_newest"),
        (Some(true), "ac_managed"),
        (Some(false), "ac_newest"),
    ] {
        let configs = configs.clone();
        let (toolset, asked) = toolset(move |line| answer(line, &configs));
        let mut begun = toolset.initiate_connection("github").auth_mode("OAUTH2");
        if let Some(managed) = managed {
            begun = begun.use_composio_auth(managed);
        }
        begun.await.unwrap();
        let sent = asked.body("POST /connected_accounts");
        assert_eq!(sent["auth_config"]["id"], expected, "{managed:?}");
    }
}

#[tokio::test]
async fn a_new_integration_is_made_where_it_is_asked_for() {
    let configs = json!([config("ac_old", "OAUTH2", true, "2026-01-01T00:00:00Z")]);
    let (toolset, asked) = toolset(move |line| answer(line, &configs));
    let begun = toolset.initiate_connection("github");
    begun.force_new_integration().await.unwrap();
    let sent = asked.body("POST /connected_accounts");
    assert_eq!(sent["auth_config"]["id"], "ac_new");
}

#[tokio::test]
async fn scopes_of_ones_own_need_an_integration_of_ones_own() {
    let configs = json!([config("ac_old", "OAUTH2", true, "2026-01-01T00:00:00Z")]);
    let (toolset, asked) = toolset(move |line| answer(line, &configs));
    let begun = toolset
        .initiate_connection("github")
        .scopes(["repo"])
        .labels(["work"]);
    begun.await.unwrap();
    assert_eq!(
        asked.body("POST /auth_configs")["auth_config"],
        json!({"type": "use_composio_managed_auth", "credentials": {"scopes": ["repo"]}})
    );
    let sent = asked.body("POST /connected_accounts");
    assert_eq!(sent["auth_config"]["id"], "ac_new");
    assert_eq!(sent["connection"]["labels"], json!(["work"]));
}

#[tokio::test]
async fn an_integration_made_for_a_connection_that_fails_is_taken_back() {
    let (toolset, asked) = toolset(|line| match line {
        "POST /connected_accounts" => refusal(400, "the vendor is away"),
        _ => answer(line, &json!([])),
    });
    let error = toolset.initiate_connection("github").await.unwrap_err();
    assert!(error.message().contains("the vendor is away"));
    assert_eq!(asked.count("DELETE /auth_configs/ac_new"), 1);
}

#[tokio::test]
async fn the_developers_fields_make_an_integration_of_their_own() {
    let (toolset, asked) = toolset(|line| answer(line, &json!([])));
    toolset
        .initiate_connection("github")
        .param("client_id", "cid")
        .param("client_secret", "sec")
        .await
        .unwrap();
    assert_eq!(
        asked.body("POST /auth_configs")["auth_config"],
        json!({"type": "use_custom_auth", "authScheme": "OAUTH2",
            "credentials": {"client_id": "cid", "client_secret": "sec"}})
    );
}

#[tokio::test]
async fn the_address_is_found_wherever_a_service_puts_it() {
    let with = |top: Value, name: &str| {
        let mut answer = json!({"id": "ca_1", "status": "INITIATED", "redirect_url": top,
            "connectionData": {"authScheme": "OAUTH2", "val": {"status": "INITIATED"}}});
        answer["connectionData"]["val"][name] = json!("https://vendor.example/within");
        answer
    };
    for (answer_, expected) in [
        (with(json!("https://vendor.example/top"), "x"), "top"),
        (with(Value::Null, "redirectUrl"), "within"),
        (with(json!(""), "redirect_url"), "within"),
    ] {
        let (toolset, _) = toolset(move |line| match line {
            "POST /connected_accounts" => (201, answer_.clone()),
            _ => answer(line, &json!([])),
        });
        let request = toolset.initiate_connection("github").await.unwrap();
        let url = request.redirect_url().unwrap();
        assert_eq!(url, format!("https://vendor.example/{expected}"));
    }
}

#[tokio::test]
async fn no_secret_is_shown_while_a_connection_is_described() {
    let (toolset, _) = toolset(|line| answer(line, &json!([])));
    let begun = toolset
        .initiate_connection("github")
        .param("token", "ghp_hunter2");
    assert!(!format!("{begun:?}").contains("hunter2"));
    let made = toolset
        .create_integration("github")
        .credential("client_secret", "hunter2");
    assert!(!format!("{made:?}").contains("hunter2"));
}

#[tokio::test]
async fn connections_that_cannot_be_used_are_listed_only_when_asked_for() {
    let (toolset, asked) = toolset(|line| {
        let mut disabled = account("ca_2", "ACTIVE");
        disabled["is_disabled"] = json!(true);
        let all = json!([
            account("ca_3", "EXPIRED"),
            disabled,
            account("ca_1", "ACTIVE")
        ]);
        match line.starts_with("GET /connected_accounts?") {
            true => page(&all),
            false => refusal(404, "no"),
        }
    });
    let active = toolset.get_connected_accounts().await.unwrap();
    assert_eq!((active.len(), active[0].id.as_str()), (1, "ca_1"));
    let all = toolset.get_connected_accounts().entity_id("bob");
    assert_eq!(all.app("github").any_status().await.unwrap().len(), 3);
    assert_eq!(
        asked.all()[1],
        "GET /connected_accounts?user_ids=bob&order_by=created_at&order_direction=desc&toolkit_slugs=github"
    );
    let newest = toolset.get_entity("alice").connection("github").await;
    assert_eq!(newest.unwrap().id, "ca_1");
}

#[tokio::test]
async fn without_a_connection_the_entity_says_what_to_do() {
    let (toolset, _) = toolset(|_| page(&json!([])));
    let error = toolset.get_entity("alice").connection("github").await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .message()
            .contains("alice has no active connection to github")
    );
}
