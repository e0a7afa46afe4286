//! An engine on loopback that knows the provider's app.

use composio_engine::{EgressPolicy, Engine};
use composio_tests::api;
use composio_tests::oidc::{OidcOptions, OidcProvider};
use composio_tests::parts::Missing;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) struct Desk {
    pub(crate) provider: OidcProvider,
    pub(crate) base: String,
    pub(crate) runtime: Runtime,
    engine: Engine,
}

impl Desk {
    /// Serves an engine, and starts a provider whose clients may send users back to it, or to `redirect_uris`.
    pub(crate) fn open(
        options: OidcOptions,
        integration: impl FnOnce(&OidcProvider) -> String,
    ) -> Result<Self, Missing> {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut options = options;
        options
            .redirect_uris
            .push(format!("{base}/api/v1/auth-apps/add"));
        let provider = OidcProvider::start(&options)?;
        let engine = Engine::builder()
            .in_memory()
            .egress(EgressPolicy::default().allow_loopback());
        let engine = runtime.block_on(engine.build()).unwrap();
        let yaml = integration(&provider);
        let add = engine.add_app(yaml, OidcProvider::document());
        runtime.block_on(add).unwrap();
        let served = engine.clone();
        runtime.spawn(api::serve(served, listener));
        // Where it is served is known once it is.
        engine.served_at(&base).unwrap();
        Ok(Self {
            provider,
            base,
            runtime,
            engine,
        })
    }

    /// A request of the program itself.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.runtime
            .block_on(api::send(&self.engine, method, path, body))
    }

    /// An auth config for the client `composio-post` or one of its siblings.
    pub(crate) fn auth_config(&self, client: &str, more: &Value) -> String {
        let mut credentials = json!({"client_id": format!("composio-{client}")});
        if client != "public" {
            credentials["client_secret"] = json!(OidcProvider::secret(client));
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            credentials[name] = value.clone();
        }
        let body = json!({"toolkit": {"slug": "desk"}, "auth_config": {
            "type": "use_custom_auth", "authScheme": "OAUTH2", "credentials": credentials}});
        let (status, made) = self.send("POST", "/auth_configs", &body);
        assert_eq!(status, 201, "{made}");
        made["auth_config"]["id"].as_str().unwrap().to_owned()
    }

    /// Begins a connection; gives its id and the address where its user consents.
    pub(crate) fn begin(&self, config: &str, connection: &Value) -> (String, String) {
        let body = json!({"auth_config": {"id": config}, "connection": connection});
        let (status, begun) = self.send("POST", "/connected_accounts", &body);
        assert_eq!(status, 201, "{begun}");
        assert_eq!(begun["status"], "INITIATED");
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        (text("id"), text("redirect_url"))
    }

    pub(crate) fn account(&self, id: &str) -> Value {
        self.send("GET", &format!("/connected_accounts/{id}"), &Value::Null)
            .1
    }

    /// What `DESK_GET_ME` gives for `user`.
    pub(crate) fn me(&self, user: &str) -> Value {
        let body = json!({"user_id": user, "arguments": {}, "version": "latest"});
        self.send("POST", "/tools/execute/DESK_GET_ME", &body).1
    }
}
