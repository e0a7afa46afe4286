//! The family's own client and toolset on the engine, without a socket.

use composio_core::{
    ErrorKind, Plain, ToolSet,
    client::Client,
    models::{
        AuthScheme, ConnectionData, CreateAuthConfig, CreateAuthConfigRequest,
        CreateConnectedAccount, CustomAuth, ProxyRequest, UpdateAuthConfig,
    },
};
use futures_util::TryStreamExt as _;
use serde_json::json;

use crate::support::{Vendor, engine};

#[tokio::test]
async fn the_typed_client_reads_toolkits_and_tools() {
    let vendor = Vendor::start().await;
    let client = Client::new(engine(&vendor).await);
    assert_eq!(
        client.toolkits().list().await.unwrap().items[0].slug,
        "demo"
    );
    let toolkit = client.toolkits().get("demo").await.unwrap();
    assert_eq!(toolkit.auth_config_details.unwrap().len(), 3);
    let tools: Vec<_> = client
        .tools()
        .list()
        .toolkits(["demo"])
        .limit(4)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(tools.len(), 6);
    assert_eq!(client.tools().slugs().await.unwrap().len(), 6);
    let tool = client.tools().get("DEMO_DELETE_A_NOTE").await.unwrap();
    assert!(tool.is_destructive());
}

/// A new auth config for API keys, renamed on the way.
async fn renamed_config(client: &Client) -> String {
    let custom = CreateAuthConfig::custom(AuthScheme::ApiKey, [] as [(&str, &str); 0]);
    let request = CreateAuthConfigRequest::new("demo", Some(custom));
    let config = client
        .auth_configs()
        .create(&request)
        .await
        .unwrap()
        .auth_config
        .id;
    let mut change = UpdateAuthConfig::default();
    change.kind = "custom".to_owned();
    change.name = Some("renamed".to_owned());
    assert!(
        client
            .auth_configs()
            .update(&config, &change)
            .await
            .unwrap()
            .success
    );
    assert_eq!(
        client.auth_configs().get(&config).await.unwrap().name,
        "renamed"
    );
    assert_eq!(
        client
            .auth_configs()
            .list()
            .toolkit("demo")
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    config
}

#[tokio::test]
async fn the_typed_client_reads_accounts_and_results() {
    let vendor = Vendor::start().await;
    let client = Client::new(engine(&vendor).await);
    let config = renamed_config(&client).await;
    let mut request = CreateConnectedAccount::new(&config, "alice");
    request.connection.state = Some(ConnectionData::new(
        AuthScheme::ApiKey,
        [("api_key", "k-123456789")],
    ));
    let account = client
        .connected_accounts()
        .create(&request)
        .await
        .unwrap()
        .id;
    assert!(
        client
            .connected_accounts()
            .get(&account)
            .await
            .unwrap()
            .is_active()
    );
    let result = client
        .tools()
        .execute("DEMO_GET_CURRENT_USER")
        .user_id("alice")
        .await
        .unwrap();
    assert!(result.successful);
    let mut proxied = ProxyRequest::new("GET", "/me");
    proxied.user_id = Some("alice".to_owned());
    proxied.toolkit_slug = Some("demo".to_owned());
    assert_eq!(client.tools().proxy(&proxied).await.unwrap().status, 200);
    assert_eq!(vendor.last().headers["x-api-key"], "k-123456789");

    drop_all(&client, &account, &config).await;
}

/// Switches off and deletes, and looks what is left.
async fn drop_all(client: &Client, account: &str, config: &str) {
    assert!(
        client
            .connected_accounts()
            .disable(account)
            .await
            .unwrap()
            .success
    );
    let disabled = client
        .tools()
        .execute("DEMO_GET_CURRENT_USER")
        .user_id("alice")
        .await;
    assert_eq!(
        disabled.unwrap_err().slug(),
        Some("ConnectedAccount_Disabled")
    );
    assert!(client.auth_configs().disable(config).await.unwrap().success);
    assert!(client.auth_configs().enable(config).await.unwrap().success);
    assert!(client.auth_configs().delete(config).await.unwrap().success);
    let gone = client.connected_accounts().get(account).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_toolset_on_the_engine_runs_actions_for_its_entity() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    engine
        .connect("demo")
        .entity("alice")
        .field("api_key", "k-123456789")
        .await
        .unwrap();
    let toolset = ToolSet::<Plain>::new(engine).entity("alice");
    let result = toolset
        .execute_action("DEMO_CREATE_A_NOTE", json!({"title": "hi"}))
        .await
        .unwrap();
    assert!(result.successful, "{result:?}");
    assert_eq!(vendor.last().headers["x-api-key"], "k-123456789");

    let nobody = toolset
        .entity("bob")
        .execute_action("DEMO_GET_CURRENT_USER", json!({}))
        .await;
    let text = format!("{nobody:?}");
    assert!(text.contains("bob") && text.contains("demo"), "{text}");

    let auth = CustomAuth::new()
        .base_url(&vendor.base)
        .header("X-Mine", "1");
    let result = toolset
        .execute_action("DEMO_GET_CURRENT_USER", json!({}))
        .auth(auth)
        .await
        .unwrap();
    assert!(result.successful, "{result:?}");
    let headers = vendor.last().headers;
    assert!(headers.contains_key("x-mine") && !headers.contains_key("x-api-key"));

    let error = toolset
        .execute_action("DEMO_CREATE_A_NOTE", json!({}))
        .text("write something down")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
}
