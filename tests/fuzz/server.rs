use std::path::Path;

use composio_engine::{EgressPolicy, Engine, NewKey, Operator, ServeOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::vendor;

/// An engine with three apps and an account of two of them, served on loopback until it is dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    /// An operator's, so that every route is reached.
    pub(crate) key: String,
    /// The auth config and the connected account of the app `Desk`, and of the app `Mail`.
    pub(crate) ids: [(String, String); 2],
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let (base, key, ids) = runtime.block_on(serve(folder));
        Self {
            base,
            key,
            ids,
            _runtime: runtime,
        }
    }
}

async fn serve(folder: &Path) -> (String, String, [(String, String); 2]) {
    let engine = Engine::builder()
        .database(folder.join("composio.db"))
        .egress(EgressPolicy::default().allow_loopback())
        .build()
        .await
        .unwrap();
    let vendor = vendor::start().await;
    for integration in vendor::integrations(&vendor) {
        engine
            .add_app(integration, vendor::document())
            .await
            .unwrap();
    }
    let desk = engine.connect("desk").field("api_key", "fuzz").await;
    let mail = engine.connect("mail").field("token", "fuzz").await;
    let ids = [desk.unwrap(), mail.unwrap()].map(|account| (account.auth_config.id, account.id));
    let operator = Operator::new(engine.clone());
    let created = operator.create_key(NewKey::new().operator()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let for_ever = std::future::pending();
        engine.serve(listener, ServeOptions::new(), for_ever).await;
    });
    (base, created.key.expose().to_owned(), ids)
}
