//! `Client::connect`: an account by the toolkit's name, over the API alone.

use composio_core::{
    ErrorKind,
    client::Client,
    models::{AuthScheme, CreateConnectLink},
};
use serde_json::json;

use crate::support::{DOCUMENT, Vendor, builder, engine};

async fn client(vendor: &Vendor) -> Client {
    Client::new(engine(vendor).await)
}

async fn configs(client: &Client) -> usize {
    client.auth_configs().list().await.unwrap().items.len()
}

#[tokio::test]
async fn the_given_fields_choose_the_scheme_and_one_auth_config_serves_all() {
    let vendor = Vendor::start().await;
    let client = client(&vendor).await;
    let before = configs(&client).await;
    for user in ["mira", "jon"] {
        let connect = client.connect("demo").user_id(user).field("token", "t0k");
        let created = connect.await.unwrap();
        let account = client.connected_accounts().get(&created.id).await.unwrap();
        assert_eq!(account.user_id, user);
        assert_eq!(account.state.auth_scheme, Some(AuthScheme::BearerToken));
    }
    assert!(configs(&client).await <= before + 1);
    let own = client.connect("demo").field("api_key", "k3y").alias("mine");
    let created = own.await.unwrap();
    let account = client.connected_accounts().get(&created.id).await.unwrap();
    assert_eq!(account.user_id, "default");
    assert_eq!(account.alias.as_deref(), Some("mine"));
}

#[tokio::test]
async fn the_developers_fields_go_to_an_auth_config_of_their_own() {
    let vendor = Vendor::start().await;
    let client = client(&vendor).await;
    let connect = client.connect("demo").scheme(AuthScheme::Basic);
    let created = connect
        .field("username", "mira")
        .field("password", "open sesame")
        .field("workspace", "w1")
        .field("region", "us")
        .await
        .unwrap();
    let account = client.connected_accounts().get(&created.id).await.unwrap();
    let config = client
        .auth_configs()
        .get(&account.auth_config.id)
        .await
        .unwrap();
    assert!(config.credentials.contains_key("region"));
    assert!(!config.credentials.contains_key("password"));
}

#[tokio::test]
async fn what_cannot_be_connected_leaves_nothing() {
    let vendor = Vendor::start().await;
    let client = client(&vendor).await;
    let before = configs(&client).await;
    let refused = [
        client.connect("demo"),
        client.connect("demo").field("colour", "red"),
        client.connect("demo").scheme(AuthScheme::Oauth2),
        // The colon of a Basic user name is refused after the auth config is made.
        client
            .connect("demo")
            .field("username", "mi:ra")
            .field("password", "open sesame")
            .field("workspace", "w1")
            .field("region", "us"),
    ];
    for connect in refused {
        let error = connect.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(!format!("{error:?}").contains("sesame"));
    }
    let unknown = client.connect("nothing").field("api_key", "k").await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(configs(&client).await, before);
    assert_eq!(
        client
            .connected_accounts()
            .list()
            .await
            .unwrap()
            .items
            .len(),
        0
    );
}

#[tokio::test]
async fn an_auth_config_of_another_toolkit_is_refused() {
    let vendor = Vendor::start().await;
    let client = client(&vendor).await;
    let created = client.connect("demo").field("api_key", "k").await.unwrap();
    let account = client.connected_accounts().get(&created.id).await.unwrap();
    let id = &account.auth_config.id;
    let other = client
        .connect("other")
        .auth_config(id)
        .field("api_key", "k");
    assert_eq!(other.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let named = client.connect("demo").auth_config(id).field("api_key", "k");
    assert!(named.await.is_ok());
    let debug = format!("{:?}", client.connect("demo").field("api_key", "k3y"));
    assert!(!debug.contains("k3y"), "{debug}");
}

#[tokio::test]
async fn an_account_that_a_link_makes_has_the_labels_it_was_asked_for_with() {
    let vendor = Vendor::start().await;
    let engine = builder()
        .in_memory()
        .public_url("https://tools.example.com")
        .build()
        .await
        .unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let client = Client::new(engine);
    let config = json!({"toolkit": {"slug": "demo"}, "auth_config": {"type": "use_custom_auth", "authScheme": "API_KEY"}});
    let config = serde_json::from_value(config).unwrap();
    let config = client
        .auth_configs()
        .create(&config)
        .await
        .unwrap()
        .auth_config
        .id;
    let wanted = CreateConnectLink::new(&config, "mira").labels(["work", "eu"]);
    let link = client.connected_accounts().link(&wanted).await.unwrap();
    let account = client
        .connected_accounts()
        .get(&link.connected_account_id)
        .await
        .unwrap();
    assert_eq!(account.deprecated.unwrap().labels, ["work", "eu"]);
    let wrong = CreateConnectLink::new(&config, "mira").labels([""]);
    let refused = client.connected_accounts().link(&wrong).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_program_can_ask_whether_a_call_would_find_an_account() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    assert!(!engine.is_connected("demo", "mira").await.unwrap());
    assert!(!engine.is_connected("nothing", "mira").await.unwrap());
    let connect = engine.connect("demo").entity("mira").field("api_key", "k");
    let id = connect.await.unwrap().id;
    assert!(engine.is_connected("demo", "mira").await.unwrap());
    assert!(!engine.is_connected("demo", "noor").await.unwrap());
    let client = Client::new(engine.clone());
    client.connected_accounts().disable(&id).await.unwrap();
    assert!(!engine.is_connected("demo", "mira").await.unwrap());
    client.connected_accounts().enable(&id).await.unwrap();
    assert!(engine.is_connected("demo", "mira").await.unwrap());
    assert_eq!(vendor.seen().len(), 0);
}
