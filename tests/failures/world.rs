//! An engine with a notes app on loopback, whose server can be made to misbehave in every way.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use composio_core::{Plain, Result, ToolSet, models::ToolResult};
use composio_engine::{EgressPolicy, Engine, Limits};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

/// The secrets of a world; nothing may show them.
pub const API_KEY: &str = "needle-api-key-5f1c9a";
pub const PASSWORD: &str = "needle-password-77aa01";
pub const CUSTOM: &str = "needle-custom-0c44d2";

pub struct World {
    pub folder: TempDir,
    pub engine: Engine,
    pub vendor: Vendor,
    /// Another origin, which must never see a credential.
    pub stranger: Vendor,
}

/// A server that does what the path says, and remembers who asked.
pub struct Vendor {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
}

impl Vendor {
    async fn start(elsewhere: Option<SocketAddr>) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let state = (seen.clone(), elsewhere);
        let app = Router::new().fallback(misbehave).with_state(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            seen,
            tasks: vec![task],
        }
    }

    /// How often `method` was used on `path`.
    pub fn count(&self, method: &Method, path: &str) -> usize {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .filter(|seen| seen.method == *method && seen.path == path)
            .count()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

type Memory = (Arc<Mutex<Vec<Seen>>>, Option<SocketAddr>);

#[expect(clippy::too_many_lines, reason = "one arm for each misbehaviour")]
async fn misbehave(
    State((seen, elsewhere)): State<Memory>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    _body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let before = {
        let mut all = seen.lock().unwrap();
        let before = all.iter().filter(|other| other.path == path).count();
        all.push(Seen {
            method,
            path: path.clone(),
            headers: headers.clone(),
        });
        before
    };
    let redirect =
        |status: StatusCode, target: String| (status, [(header::LOCATION, target)]).into_response();
    match path.trim_start_matches('/') {
        "missing" => (
            StatusCode::NOT_FOUND,
            axum::Json(json!({"message": "no such note"})),
        )
            .into_response(),
        "broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "busy" if before == 0 => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "1")],
            "later",
        )
            .into_response(),
        "overloaded" => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "1")],
            "later",
        )
            .into_response(),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            StatusCode::OK.into_response()
        }
        "bytes" => (
            [(header::CONTENT_TYPE, "application/json")],
            vec![b'{', 0xff, 0xfe, b'}'],
        )
            .into_response(),
        "away" => redirect(
            StatusCode::FOUND,
            format!("http://{}/caught", elsewhere.unwrap()),
        ),
        "private" => redirect(StatusCode::FOUND, "http://10.0.0.1/metadata".to_owned()),
        "moved" => redirect(StatusCode::TEMPORARY_REDIRECT, "/notes".to_owned()),
        "moved-for-good" => redirect(StatusCode::PERMANENT_REDIRECT, "/notes".to_owned()),
        "echo" => {
            let told: HashMap<String, String> = headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect();
            (
                StatusCode::UNAUTHORIZED,
                axum::Json(json!({"you sent": told})),
            )
                .into_response()
        }
        _ => axum::Json(json!({"id": 1})).into_response(),
    }
}

/// A server that answers every request with half an answer.
async fn cutting() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let half = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"half\": ";
            let _ = stream.write_all(half).await;
        }
    });
    (address, task)
}

/// `NOTES_<NAME>` for each path, by GET, and `NOTES_POST_<NAME>` by POST.
const PATHS: [&str; 13] = [
    "notes",
    "missing",
    "broken",
    "busy",
    "overloaded",
    "slow",
    "bytes",
    "away",
    "private",
    "moved",
    "moved-for-good",
    "echo",
    "cut",
];

fn document(vendor: SocketAddr, cutting: SocketAddr) -> Value {
    let mut paths = serde_json::Map::new();
    for path in PATHS {
        let answers = json!({"200": {"description": "done"}});
        let mut item = json!({
            "get": {"summary": path, "responses": answers},
            "post": {
                "summary": format!("post {path}"), "responses": answers,
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["title"],
                    "properties": {"title": {"type": "string"}, "stars": {"type": "integer"}},
                }}}},
            },
        });
        if path == "cut" {
            item["servers"] = json!([{"url": format!("http://{cutting}")}]);
        }
        paths.insert(format!("/{path}"), item);
    }
    json!({
        "openapi": "3.1.0", "info": {"title": "Notes", "version": "1"},
        "servers": [{"url": format!("http://{vendor}")}], "paths": paths,
    })
}

pub const INTEGRATION: &str = r#"
name: Notes
unique_key: notes
description: A notes app
auth_schemes:
  - name: key
    auth_mode: API_KEY
    fields:
      - name: api_key
        display_name: API key
        type: string
        required: true
        expected_from_customer: true
    proxy:
      headers:
        X-Api-Key: "{{api_key}}"
      query_params:
        token: "{{api_key}}"
  - name: login
    auth_mode: BASIC
"#;

impl World {
    pub async fn new() -> Self {
        let stranger = Vendor::start(None).await;
        let mut vendor = Vendor::start(Some(stranger.address)).await;
        let (cutting, task) = cutting().await;
        vendor.tasks.push(task);
        let folder = tempfile::tempdir().unwrap();
        let engine = Self::open(&folder).await.unwrap();
        let document = document(vendor.address, cutting).to_string();
        engine.add_app(INTEGRATION, document).await.unwrap();
        engine
            .connect("notes")
            .entity("alice")
            .field("api_key", API_KEY)
            .await
            .unwrap();
        engine
            .connect("notes")
            .entity("basil")
            .field("username", "basil")
            .field("password", PASSWORD)
            .await
            .unwrap();
        Self {
            folder,
            engine,
            vendor,
            stranger,
        }
    }

    pub async fn open(folder: &TempDir) -> Result<Engine> {
        Engine::builder()
            .database(folder.path().join("composio.db"))
            .egress(EgressPolicy::default().allow_loopback())
            .limits(Limits::default().total(Duration::from_secs(3)))
            .build()
            .await
    }

    pub fn toolset(&self) -> ToolSet<Plain> {
        ToolSet::new(self.engine.clone()).entity("alice")
    }

    /// Executes `NOTES_<slug>` for alice, with a title where it is a POST.
    pub async fn execute(&self, slug: &str) -> Result<ToolResult> {
        let arguments = if slug.starts_with("POST") {
            json!({"title": "one"})
        } else {
            json!({})
        };
        self.toolset()
            .execute_action(format!("NOTES_{slug}"), arguments)
            .await
    }

    /// The bytes of the database's files, and of the folder of kept ones beside it.
    pub fn database_bytes(&self) -> Vec<u8> {
        bytes_below(self.folder.path())
    }
}

fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() {
            bytes_below(&path)
        } else {
            std::fs::read(path).unwrap()
        });
    }
    bytes
}
