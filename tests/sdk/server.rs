use std::path::Path;

use composio_engine::{EgressPolicy, Engine, NewKey, Operator, ServeOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::vendor;

/// An engine with three apps, served on loopback until it is dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) key: String,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let (base, key) = runtime.block_on(serve(folder));
        Self {
            base,
            key,
            _runtime: runtime,
        }
    }
}

async fn serve(folder: &Path) -> (String, String) {
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
    let operator = Operator::new(engine.clone());
    let created = operator.create_key(NewKey::new()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let for_ever = std::future::pending();
        engine.serve(listener, ServeOptions::new(), for_ever).await;
    });
    (base, created.key.expose().to_owned())
}
