use serde_json::{Value, json};

use super::script::{Asked, github, page, refusal, toolset};
use crate::{ErrorKind, Plain, ToolSet, models::AuthScheme};

fn service() -> (ToolSet<Plain>, Asked) {
    toolset(|line| match line.split('?').next().unwrap_or_default() {
        "GET /toolkits/github" => github(),
        "POST /auth_configs" => {
            let config = json!({"id": "ac_1", "auth_scheme": "OAUTH2"});
            (
                201,
                json!({"toolkit": {"slug": "github"}, "auth_config": config}),
            )
        }
        "GET /auth_configs/ac_1" => (200, config("ac_1", "OAUTH2")),
        "GET /auth_configs" => page(&json!([
            config("ac_1", "OAUTH2"),
            config("ac_2", "BEARER_TOKEN")
        ])),
        _ => refusal(404, "no such thing"),
    })
}

fn config(id: &str, scheme: &str) -> Value {
    json!({"id": id, "toolkit": {"slug": "github"}, "auth_scheme": scheme, "status": "ENABLED"})
}

fn sent(asked: &Asked) -> Value {
    asked.body("POST /auth_configs")["auth_config"].clone()
}

#[tokio::test]
async fn the_developers_own_client_is_sent_as_it_is_given() {
    let (toolset, asked) = service();
    let integration = toolset
        .create_integration("github")
        .auth_mode("OAUTH2")
        .use_composio_oauth_app(false)
        .auth_config([
            ("client_id", "cid"),
            ("client_secret", "sec"),
            ("redirect_uri", "https://app.example/r"),
        ])
        .name("Ours")
        .actions(["GITHUB_GET_A_REPOSITORY"])
        .await
        .unwrap();
    assert_eq!(integration.id, "ac_1");
    let credentials = json!({"client_id": "cid", "client_secret": "sec", "redirect_uri": "https://app.example/r"});
    assert_eq!(
        sent(&asked),
        json!({"type": "use_custom_auth", "authScheme": "OAUTH2", "name": "Ours", "credentials": credentials,
            "restrict_to_following_tools": ["GITHUB_GET_A_REPOSITORY"]})
    );
}

#[tokio::test]
async fn the_operators_client_is_taken_where_there_is_one_and_nothing_is_given() {
    let managed = json!({"type": "use_composio_managed_auth"});
    let (toolset, asked) = service();
    toolset.create_integration("github").await.unwrap();
    assert_eq!(sent(&asked), managed);
    let named = toolset.create_integration("github").auth_mode("OAUTH2");
    named.use_composio_oauth_app(true).await.unwrap();
    assert_eq!(sent(&asked), managed);
    let token = toolset
        .create_integration("github")
        .auth_mode("BEARER_TOKEN");
    token.await.unwrap();
    assert_eq!(
        sent(&asked),
        json!({"type": "use_custom_auth", "authScheme": "BEARER_TOKEN"})
    );
}

#[tokio::test]
async fn the_scheme_follows_from_the_credentials() {
    let (toolset, asked) = service();
    let made = toolset.create_integration("github");
    made.credential("client_id", "cid").await.unwrap();
    assert_eq!(sent(&asked)["authScheme"], "OAUTH2");
}

#[tokio::test]
async fn credentials_for_the_operators_own_client_are_refused_before_anything_is_sent() {
    let (toolset, asked) = service();
    let made = toolset
        .create_integration("github")
        .use_composio_oauth_app(true);
    let error = made.credential("client_id", "cid").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(asked.all().len(), 0);
}

#[tokio::test]
async fn integrations_are_listed_by_app_and_scheme() {
    let (toolset, asked) = service();
    let listed = toolset
        .get_integrations()
        .app("github")
        .auth_mode("BEARER_TOKEN");
    let listed = listed.show_disabled().await.unwrap();
    assert_eq!((listed.len(), listed[0].id.as_str()), (1, "ac_2"));
    assert_eq!(
        asked.all()[0],
        "GET /auth_configs?toolkit_slug=github&show_disabled=true"
    );
    assert_eq!(toolset.get_integration("ac_1").await.unwrap().id, "ac_1");
}

#[tokio::test]
async fn a_form_is_told_what_to_ask_of_the_user() {
    let (toolset, _) = service();
    let asks = |scheme: &str| {
        toolset
            .get_expected_params_for_user("github")
            .auth_scheme(scheme)
    };
    let token = asks("BEARER_TOKEN").await.unwrap();
    assert_eq!(token.names().collect::<Vec<_>>(), ["token", "subdomain"]);
    assert_eq!(token.auth_scheme, AuthScheme::BearerToken);
    // The integration's scheme asks for nothing: the user consents on the vendor's page.
    let consent = toolset.get_expected_params_for_user("github");
    let consent = consent.integration_id("ac_1").await.unwrap();
    assert_eq!(consent.integration_id.as_deref(), Some("ac_1"));
    assert_eq!(consent.expected_params.len(), 0);
    let error = asks("BASIC").await.unwrap_err();
    assert!(error.message().contains("github has no scheme BASIC"));
}

#[tokio::test]
async fn an_integration_of_another_app_asks_for_nothing() {
    let (toolset, _) = service();
    let asks = toolset.get_expected_params_for_user("gmail");
    let error = asks.integration_id("ac_1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("ac_1 belongs to github"));
}

#[tokio::test]
async fn scopes_go_with_the_operators_client_and_with_the_developers_own() {
    let (toolset, asked) = service();
    let managed = toolset.create_integration("github").scopes(["repo"]);
    managed.await.unwrap();
    assert_eq!(
        sent(&asked),
        json!({"type": "use_composio_managed_auth", "credentials": {"scopes": ["repo"]}})
    );
    let own = toolset.create_integration("github").auth_mode("OAUTH2");
    let own = own.credential("client_id", "cid").scopes(["repo", "user"]);
    own.await.unwrap();
    assert_eq!(
        sent(&asked)["credentials"],
        json!({"client_id": "cid", "scopes": ["repo", "user"]})
    );
}
