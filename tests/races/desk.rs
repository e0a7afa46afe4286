//! A database with an account of the provider's, and the engine that its user came by.

use std::path::{Path, PathBuf};
use std::time::Duration;

use composio_engine::{EgressPolicy, Engine, Limits, StaticKey};
use composio_tests::api::{self, send};
use composio_tests::oidc::{OidcOptions, OidcProvider};
use composio_tests::parts::Missing;
use composio_tests::visitor::Visitor;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Access tokens live so long, in seconds.
pub(crate) const LIFE: u64 = 5;
const KEY: [u8; 32] = [42; 32];

pub(crate) struct Desk {
    pub(crate) runtime: Runtime,
    pub(crate) provider: OidcProvider,
    pub(crate) engine: Engine,
    pub(crate) account: String,
    pub(crate) database: PathBuf,
    _folder: TempDir,
}

/// An engine on `database`, as each of the processes has one. No request takes longer than `limit`, and a claim lasts a
/// little longer than twice as long.
pub(crate) async fn open(database: &Path, limit: Duration) -> Engine {
    Engine::builder()
        .database(database)
        .key_provider(StaticKey::new(KEY))
        .egress(EgressPolicy::default().allow_loopback())
        .limits(Limits::default().total(limit))
        .build()
        .await
        .unwrap()
}

/// Calls the provider's API once; what went wrong otherwise.
pub(crate) async fn call(engine: &Engine) -> Result<(), String> {
    let body = json!({"user_id": "ann", "arguments": {}, "version": "latest"});
    let (status, result) = send(engine, "POST", "/tools/execute/DESK_GET_ME", &body).await;
    match result["data"]["sub"] == "alice" {
        true => Ok(()),
        false => Err(format!("{status}: {result}")),
    }
}

impl Desk {
    /// Starts a provider, and connects `ann` to it.
    pub(crate) fn open(limit: Duration) -> Result<Self, Missing> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let base = format!("http://{}", listener.local_addr()?);
        let provider = OidcProvider::start(&OidcOptions {
            redirect_uris: vec![format!("{base}/api/v1/auth-apps/add")],
            access_token_seconds: LIFE,
            ..OidcOptions::default()
        })?;
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("composio.db");
        let engine = runtime.block_on(open(&database, limit));
        let add = engine.add_app(provider.integration(""), OidcProvider::document());
        runtime.block_on(add).unwrap();
        let served = engine.clone();
        runtime.spawn(api::serve(served, listener));
        engine.served_at(&base).unwrap();
        let credentials =
            json!({"client_id": "composio-post", "client_secret": OidcProvider::secret("post")});
        let config = json!({"toolkit": {"slug": "desk"}, "auth_config": {
            "type": "use_custom_auth", "authScheme": "OAUTH2", "credentials": credentials}});
        let mut desk = Self {
            runtime,
            provider,
            engine,
            account: String::new(),
            database,
            _folder: folder,
        };
        let (_, made) = desk.send("POST", "/auth_configs", &config);
        let body = json!({"auth_config": {"id": made["auth_config"]["id"]}, "connection": {"user_id": "ann"}});
        let (_, begun) = desk.send("POST", "/connected_accounts", &body);
        desk.account = begun["id"].as_str().unwrap().to_owned();
        let _ = Visitor::new().open(begun["redirect_url"].as_str().unwrap());
        assert_eq!(desk.state()["status"], "ACTIVE");
        Ok(desk)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.runtime
            .block_on(send(&self.engine, method, path, body))
    }

    /// The account as the API shows it.
    pub(crate) fn state(&self) -> Value {
        self.send(
            "GET",
            &format!("/connected_accounts/{}", self.account),
            &Value::Null,
        )
        .1
    }

    /// The user connects again, under the same id.
    pub(crate) fn reconnect(&self) {
        let path = format!("/connected_accounts/{}/refresh", self.account);
        let (_, begun) = self.send("POST", &path, &json!({}));
        let _ = Visitor::new().open(begun["redirect_url"].as_str().unwrap());
        assert_eq!(self.state()["status"], "ACTIVE");
    }

    /// Refreshes that were granted.
    pub(crate) fn granted(&self) -> u64 {
        self.provider.stats()["granted"]["refresh_token"]
            .as_u64()
            .unwrap_or(0)
    }

    /// No refresh token was sent a second time: what is refused or revoked would tell.
    pub(crate) fn check_family(&self) -> Result<(), String> {
        let stats = self.provider.stats();
        let is_clean = stats["refused"] == json!({}) && stats["revoked"] == 0;
        if is_clean {
            Ok(())
        } else {
            Err(stats.to_string())
        }
    }
}
