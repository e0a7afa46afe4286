//! What our typed client asks.

use composio_core::{
    client::Client,
    models::{
        AuthScheme, ConnectionData, ConnectionUpdate, CreateAuthConfig, CreateAuthConfigRequest,
        CreateConnectedAccount, FileUploadRequest, ProxyRequest, UpdateAuthConfig,
        UpdateConnectedAccount,
    },
};
use serde_json::json;

/// Asks everything; gives an account that stays.
pub async fn ask(client: &Client) -> String {
    catalogue(client).await;
    let config = auth_configs(client).await;
    let account = accounts(client, &config).await;
    calls(client, &account).await;
    account
}

async fn catalogue(client: &Client) {
    client
        .toolkits()
        .list()
        .category("time-tracking")
        .search("note")
        .sort_by("usage")
        .await
        .unwrap();
    client.toolkits().get("notes").await.unwrap();
    let tools = client.tools();
    tools
        .list()
        .toolkits(["notes"])
        .important(false)
        .query("create a note")
        .limit(2)
        .await
        .unwrap();
    tools
        .list()
        .slugs(["NOTES_CREATE_A_NOTE"])
        .tags(["notes"])
        .scopes(["none"])
        .await
        .unwrap();
    tools.get("NOTES_CREATE_A_NOTE").await.unwrap();
    tools.get("NOTHING").await.unwrap_err();
    tools.slugs().await.unwrap();
}

/// Gives an auth config that stays.
async fn auth_configs(client: &Client) -> String {
    let configs = client.auth_configs();
    let custom = CreateAuthConfig::custom(AuthScheme::ApiKey, [("region", "us")]);
    let request = CreateAuthConfigRequest::new("notes", Some(custom));
    let config = configs.create(&request).await.unwrap().auth_config.id;
    let managed = CreateAuthConfigRequest::new("notes", Some(CreateAuthConfig::managed()));
    let spare = configs.create(&managed).await.unwrap().auth_config.id;
    configs
        .list()
        .toolkit("notes")
        .search("notes")
        .show_disabled(true)
        .await
        .unwrap();
    configs.get(&config).await.unwrap();
    let mut update = UpdateAuthConfig::default();
    update.kind = "custom".to_owned();
    update.credentials = Some([("region", "eu")].into_iter().collect());
    configs.update(&config, &update).await.unwrap();
    configs.disable(&config).await.unwrap();
    configs.enable(&config).await.unwrap();
    configs.delete(&spare).await.unwrap();
    configs.delete(&spare).await.unwrap_err();
    config
}

async fn accounts(client: &Client, config: &str) -> String {
    let accounts = client.connected_accounts();
    let mut request = CreateConnectedAccount::new(config, "alice");
    let state = ConnectionData::new(AuthScheme::ApiKey, [("api_key", "k"), ("status", "ACTIVE")]);
    request.connection.state = Some(state);
    let account = accounts.create(&request).await.unwrap().id;
    let second = accounts.create(&request).await.unwrap().id;
    let list = accounts
        .list()
        .users(["alice"])
        .toolkits(["notes"])
        .statuses(["ACTIVE"]);
    list.auth_configs([config])
        .ids([&account])
        .order_by("updated_at")
        .order_direction("asc")
        .limit(5)
        .await
        .unwrap();
    accounts.get(&account).await.unwrap();
    let mut change = UpdateConnectedAccount::default();
    change.alias = Some("work".to_owned());
    change.connection = Some(ConnectionUpdate::new(
        AuthScheme::ApiKey,
        [("api_key", "new")],
    ));
    accounts.update(&account, &change).await.unwrap();
    accounts.refresh(&account).await.unwrap();
    accounts.disable(&account).await.unwrap();
    accounts.enable(&account).await.unwrap();
    accounts.delete(&second).await.unwrap();
    accounts.get(&second).await.unwrap_err();
    account
}

async fn calls(client: &Client, account: &str) {
    let tools = client.tools();
    let call = tools
        .execute("NOTES_CREATE_A_NOTE")
        .user_id("alice")
        .arguments(json!({"title": "t"}));
    call.await.unwrap();
    let call = tools
        .execute("NOTES_GET_CURRENT_USER")
        .connected_account_id(account);
    call.await.unwrap();
    tools
        .execute("NOTES_CREATE_A_NOTE")
        .user_id("alice")
        .await
        .unwrap_err();
    let mut proxied = ProxyRequest::new("POST", "/notes");
    proxied.connected_account_id = Some(account.to_owned());
    proxied.body = Some(json!({"text": "x"}).into());
    tools.proxy(&proxied).await.unwrap();

    let upload = FileUploadRequest::new("a.txt", "d41d8cd98f00b204e9800998ecf8427e");
    let upload = upload
        .mimetype("text/plain")
        .tool("notes", "NOTES_CREATE_A_NOTE");
    client.files().request_upload(&upload).await.unwrap();
    client.files().list().await.unwrap();
}
