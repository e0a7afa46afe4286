//! An app as it is shipped, with a stand-in for its vendor on loopback.

use std::{
    mem,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, Uri},
};
use composio_core::{
    client::Client,
    models::{FileResult, FileUploadRequest, ToolResult},
};
use composio_engine::{EgressPolicy, Engine, shipped_apps};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    table::{App, Expected},
    wire::{FILE, Wire, pairs},
};

pub(crate) struct World {
    engine: Engine,
    vendor: Vendor,
    server: JoinHandle<()>,
    file: Value,
    _folder: TempDir,
}

/// What is expected next, and what came.
#[derive(Clone, Default)]
struct Vendor(Arc<Mutex<Desk>>);

#[derive(Default)]
struct Desk {
    expected: Vec<Option<Expected>>,
    came: Vec<(Expected, Wire)>,
    faults: Vec<String>,
}

impl Vendor {
    fn take(&self, wire: Wire) -> Response<Body> {
        let mut desk = self.0.lock().unwrap();
        let target = wire.target();
        let mut open = desk.expected.iter_mut();
        let next = open.find(|one| one.as_ref().is_some_and(|one| one.to == target));
        let Some(expected) = next.and_then(Option::take) else {
            desk.faults.push(format!("{target} was not expected"));
            return answer(400, "application/json", "{}".to_owned());
        };
        if let Err(why) = wire.check(&expected) {
            desk.faults.push(format!("{target}: {why}"));
        }
        let status = expected.status.unwrap_or(200);
        let response = match (&expected.text, &expected.answer) {
            (Some(text), _) => {
                let media_type = expected.media_type.as_deref().unwrap_or("text/plain");
                answer(status, media_type, text.clone())
            }
            (None, Some(json)) => answer(status, "application/json", json.to_string()),
            (None, None) => answer(204, "text/plain", String::new()),
        };
        desk.came.push((expected, wire));
        response
    }
}

fn answer(status: u16, media_type: &str, body: String) -> Response<Body> {
    let response = Response::builder().status(status);
    let response = response.header("content-type", media_type);
    response.body(Body::from(body)).unwrap()
}

async fn receive(
    State(vendor): State<Vendor>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let media_type = headers.get("content-type");
    vendor.take(Wire {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        media_type: media_type.map_or_else(String::new, |own| own.to_str().unwrap().to_owned()),
        body: body.to_vec(),
    })
}

impl World {
    pub(crate) async fn open(app: &App) -> Result<Self, Failed> {
        let vendor = Vendor::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(receive).with_state(vendor.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir()?;
        let engine = Engine::builder()
            .database(folder.path().join("composio.db"))
            .egress(EgressPolicy::default().allow_loopback())
            .build()
            .await?;
        let document = json!({
            "openapi": "3.1.0", "info": {"title": app.app, "version": "1"},
            "servers": [{"url": format!("{base}{}", app.server)}],
            "paths": {"/none": {"get": {"summary": "None", "responses": {}}}},
        });
        let integration = integration(&app.app, &base)?;
        let added = engine.add_app(integration, document.to_string()).await?;
        if !added.report.skipped.is_empty() {
            return Err(format!("{}: {:?}", app.app, added.report.skipped).into());
        }
        let request = FileUploadRequest::of("n7.bin", FILE).mimetype("application/octet-stream");
        let client = Client::new(engine.clone());
        let uploaded = client.files().upload(&request, FILE.to_vec()).await?;
        let key = serde_json::to_value(uploaded)?["s3key"].take();
        let file = json!({"name": "n7.bin", "mimetype": "application/octet-stream", "s3key": key});
        Ok(Self {
            engine,
            vendor,
            server,
            file,
            _folder: folder,
        })
    }

    /// Runs an action whose vendor expects these requests.
    pub(crate) async fn call(
        &self,
        action: &str,
        arguments: &Value,
        expected: Vec<Expected>,
    ) -> Result<ToolResult, Failed> {
        let mut arguments = arguments.clone();
        self.place_files(&mut arguments);
        self.vendor.0.lock().unwrap().expected = expected.into_iter().map(Some).collect();
        let client = Client::new(self.engine.clone());
        let call = client.tools().execute(action).user_id("alice");
        let result = call.arguments(arguments).await;
        result.map_err(|error| format!("{action}: {error}; {:?}", self.faults()).into())
    }

    fn faults(&self) -> Vec<String> {
        mem::take(&mut self.vendor.0.lock().unwrap().faults)
    }

    /// What came since, if it is all that was expected and nothing else.
    pub(crate) fn came(&self) -> Result<Vec<(Expected, Wire)>, String> {
        let mut desk = self.vendor.0.lock().unwrap();
        let missing = mem::take(&mut desk.expected).into_iter().flatten();
        let missing = missing.map(|one| format!("{} did not come", one.to));
        let mut faults = mem::take(&mut desk.faults);
        faults.extend(missing);
        match faults.is_empty() {
            true => Ok(mem::take(&mut desk.came)),
            false => Err(faults.join("; ")),
        }
    }

    /// The bytes of a file that a result names.
    pub(crate) async fn fetch(&self, file: &FileResult) -> Result<Vec<u8>, String> {
        let client = Client::new(self.engine.clone());
        let body = client.files().download(file).await;
        let bytes = match body {
            Ok(body) => body.bytes(1_000_000).await,
            Err(error) => Err(error),
        };
        Ok(bytes.map_err(|error| error.to_string())?.to_vec())
    }

    fn place_files(&self, arguments: &mut Value) {
        match arguments {
            Value::String(text) if text == "$file" => *arguments = self.file.clone(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.place_files(item)),
            Value::Object(members) => members
                .values_mut()
                .for_each(|member| self.place_files(member)),
            _ => {}
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The `integration.yaml` of a shipped app, leading here and without credentials.
fn integration(app: &str, base: &str) -> Result<String, Failed> {
    let shipped = shipped_apps().iter().find(|own| own.slug == app);
    let shipped = shipped.ok_or("it is not shipped")?;
    let mut yaml: Value = serde_saphyr::from_str(shipped.integration)?;
    yaml["hosts"] = json!(["127.0.0.1"]);
    yaml["auth_schemes"] = json!([{"auth_mode": "NO_AUTH"}]);
    for gone in ["spec", "get_current_user_endpoint", "identity", "aliases"] {
        yaml.as_object_mut().unwrap().remove(gone);
    }
    if let Some(address) = yaml.pointer_mut("/proxy/base_url") {
        *address = base.into();
    }
    let tools = yaml["tools"].as_array_mut().into_iter().flatten();
    for step in tools.flat_map(|tool| tool["steps"].as_array_mut().into_iter().flatten()) {
        if let Some(server) = step.get("server").and_then(Value::as_str) {
            let path = url::Url::parse(server)?.path().to_owned();
            step["server"] = format!("{base}{path}").into();
        }
    }
    Ok(yaml.to_string())
}
