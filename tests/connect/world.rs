//! An engine on loopback, asked as its program asks it.

use composio_engine::{EgressPolicy, Engine};
use composio_tests::api;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

pub(crate) struct World {
    /// Where it is served.
    pub(crate) base: String,
    pub(crate) runtime: Runtime,
    pub(crate) engine: Engine,
}

impl World {
    /// Serves an engine; `verifier` is the application's page that confirms who has connected.
    pub(crate) fn open(verifier: Option<&str>) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut builder = Engine::builder()
            .in_memory()
            .egress(EgressPolicy::default().allow_loopback())
            .public_url(&base);
        if let Some(verifier) = verifier {
            builder = builder.callback_verifier_url(verifier);
        }
        let engine = runtime.block_on(builder.build()).unwrap();
        let served = engine.clone();
        runtime.spawn(api::serve(served, listener));
        Self {
            base,
            runtime,
            engine,
        }
    }

    pub(crate) fn add_app(&self, yaml: &str, document: &str) {
        let added = self.engine.add_app(yaml, document);
        self.runtime.block_on(added).unwrap();
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.runtime
            .block_on(api::send(&self.engine, method, path, body))
    }

    pub(crate) fn auth_config(&self, app: &str, scheme: &str, credentials: &Value) -> String {
        let body = json!({"toolkit": {"slug": app}, "auth_config": {
            "type": "use_custom_auth", "authScheme": scheme, "credentials": credentials}});
        let (status, made) = self.send("POST", "/auth_configs", &body);
        assert_eq!(status, 201, "{made}");
        made["auth_config"]["id"].as_str().unwrap().to_owned()
    }

    /// A link for `user`, and the account that waits for them.
    pub(crate) fn link(&self, config: &str, user: &str) -> (String, String) {
        let body = json!({"auth_config_id": config, "user_id": user});
        let (status, made) = self.send("POST", "/connected_accounts/link", &body);
        assert_eq!(status, 201, "{made}");
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("redirect_url"), text("connected_account_id"))
    }

    pub(crate) fn account(&self, id: &str) -> Value {
        let path = format!("/connected_accounts/{id}");
        self.send("GET", &path, &Value::Null).1
    }

    /// Gives an account's tokens back; what came of it.
    pub(crate) fn revoke(&self, id: &str) -> (u16, Value) {
        let path = format!("/connected_accounts/{id}/revoke");
        self.send("POST", &path, &json!({}))
    }

    /// The access token that an account has now.
    pub(crate) fn token(&self, id: &str) -> String {
        let path = format!("/engine/connected_accounts/{id}/export");
        let (status, account) = self.send("POST", &path, &json!({}));
        assert_eq!(status, 200, "{account}");
        let token = account["val"]["access_token"].as_str();
        token.expect("a token").to_owned()
    }

    pub(crate) fn execute(&self, tool: &str, user: &str, arguments: &Value) -> Value {
        let body = json!({"user_id": user, "arguments": arguments, "version": "latest"});
        self.send("POST", &format!("/tools/execute/{tool}"), &body)
            .1
    }
}
