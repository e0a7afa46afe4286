use std::fs;

use composio_core::{Config, HttpTransport};
use composio_engine::{NewApp, NewOauthClient, Operator};
use composio_tests::oidc::{OidcOptions, OidcProvider};
use composio_tests::parts::Missing;
use composio_tests::program::{Program, Served};
use tokio::runtime::Runtime;

use crate::vendor;

/// `composio serve` with three apps of a vendor on loopback and one, `portal`, whose users the certified provider knows,
/// until it is dropped.
pub(crate) struct Server {
    pub(crate) key: String,
    _provider: OidcProvider,
    served: Served,
    _program: Program,
    _vendor: Runtime,
}

impl Server {
    pub(crate) fn start() -> Result<Self, Missing> {
        let runtime = Runtime::new().unwrap();
        let vendor = runtime.block_on(vendor::start());
        let program = Program::new();
        let [document, integration] =
            ["openapi.json", "integration.yaml"].map(|name| program.home().join(name));
        fs::write(&document, vendor::document()).unwrap();
        for (app, text) in ["desk", "mail", "books"]
            .iter()
            .zip(vendor::integrations(&vendor))
        {
            fs::write(&integration, text).unwrap();
            let [spec, yaml] = [&document, &integration].map(|path| path.to_str().unwrap());
            let arguments = ["apps", "add", app, "--spec", spec, "--integration", yaml];
            assert_eq!(program.run(&arguments, "")["toolkit"], **app);
        }
        let create = |arguments: &[&str]| {
            let created = program.run(&[&["keys", "create"], arguments].concat(), "");
            created["key"].as_str().unwrap().to_owned()
        };
        let (key, operator) = (create(&[]), create(&["--operator"]));
        let served = program.serve();
        let provider = OidcProvider::start(&OidcOptions {
            redirect_uris: vec![format!("{}/api/v1/auth-apps/add", served.base)],
            ..OidcOptions::default()
        })?;
        runtime.block_on(add_portal(&served.base, &operator, &provider));
        Ok(Self {
            key,
            _provider: provider,
            served,
            _program: program,
            _vendor: runtime,
        })
    }

    /// The developer's OAuth client for `portal`: id and secret.
    pub(crate) fn client() -> (&'static str, String) {
        ("composio-post", OidcProvider::secret("post"))
    }

    /// Such as `http://127.0.0.1:4000`.
    pub(crate) fn base(&self) -> &str {
        &self.served.base
    }
}

async fn add_portal(base: &str, operator: &str, provider: &OidcProvider) {
    let issuer = &provider.issuer;
    let integration = provider
        .integration(&format!(
            "    oauth: {{revoke_url: {issuer}/token/revocation}}\n"
        ))
        .replace(
            "name: Desk\nunique_key: desk",
            "name: Portal\nunique_key: portal",
        )
        .replace("name: desk_oauth2", "name: portal_oauth2");
    let transport = HttpTransport::new(&Config::new(operator).base_url(base)).unwrap();
    let app = NewApp::new(integration).document(OidcProvider::document());
    let operator = Operator::new(transport);
    operator.add_app(app).await.unwrap();
    let (id, secret) = Server::client();
    let client = NewOauthClient::new(id).secret(secret);
    operator.configure_client("portal", client).await.unwrap();
}
