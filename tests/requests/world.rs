//! An engine, and a server on loopback that keeps what it receives.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
};
use composio_core::{client::Client, models::FileUploadRequest};
use composio_engine::{EgressPolicy, Engine};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::wire::Wire;

/// What every file that is sent holds: bytes that no text has, and what a boundary might trip over.
pub(crate) const FILE: &[u8] = b"n7\r\n--\x00\xff\xfe--\r\n";

pub(crate) struct World {
    engine: Engine,
    base: String,
    received: Received,
    server: JoinHandle<()>,
    _folder: TempDir,
}

type Received = Arc<Mutex<Option<Wire>>>;

async fn receive(
    State(received): State<Received>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::Json<Value> {
    let headers = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    *received.lock().unwrap() = Some(Wire {
        method: method.to_string(),
        target: uri.to_string(),
        headers: headers.collect(),
        body: body.to_vec(),
    });
    axum::Json(json!({}))
}

impl World {
    pub(crate) async fn new() -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(receive).with_state(received.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::builder()
            .database(folder.path().join("composio.db"))
            .egress(EgressPolicy::default().allow_loopback())
            .build()
            .await
            .unwrap();
        Self {
            engine,
            base,
            received,
            server,
            _folder: folder,
        }
    }

    /// An `integration.yaml` that leads to the server here.
    pub(crate) fn integration(&self, app: &str) -> String {
        let base = &self.base;
        format!(
            "name: {app}\nunique_key: {app}\nauth_schemes: [{{auth_mode: NO_AUTH}}]\nproxy: {{base_url: \"{base}\"}}\n"
        )
    }

    pub(crate) async fn add(&self, app: &str, document: &Value) -> Result<(), String> {
        let added = self
            .engine
            .add_app(&self.integration(app), document.to_string())
            .await;
        added.map(drop).map_err(|error| error.to_string())
    }

    /// The key of a file that can be sent.
    pub(crate) async fn upload(&self) -> String {
        let request = FileUploadRequest::of("n7.bin", FILE).mimetype("application/octet-stream");
        let client = Client::new(self.engine.clone());
        let uploaded = client
            .files()
            .upload(&request, FILE.to_vec())
            .await
            .unwrap();
        serde_json::to_value(uploaded).unwrap()["s3key"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What the server received from a call.
    pub(crate) async fn send(
        &self,
        slug: &str,
        arguments: Map<String, Value>,
    ) -> Result<Wire, String> {
        self.received.lock().unwrap().take();
        let client = Client::new(self.engine.clone());
        let call = client.tools().execute(slug).user_id("alice");
        let result = call.arguments(Value::Object(arguments)).await;
        let result = result.map_err(|error| error.to_string())?;
        if !result.successful {
            return Err(format!("{result:?}"));
        }
        let received = self.received.lock().unwrap().take();
        received.ok_or_else(|| "nothing came".to_owned())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}
