//! A platform over HTTP, as far as the quickstart needs one: an engine behind a socket, with GitHub in miniature.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use composio_engine::{EgressPolicy, Engine};
use composio_tests::{suite::Outcome, tree};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};
use tower::ServiceExt as _;

use crate::programs::{Programs, ends_well_with};

const KEY: &str = "ak_hunter2hunter2";
const TOKEN: &str = "ghp_hunter2hunter2";

pub(crate) fn quickstart() -> Outcome {
    let programs = Programs::built()?;
    let runtime = Runtime::new()?;
    let keys = Arc::new(Mutex::new(Vec::new()));
    let url = runtime.block_on(platform(Arc::clone(&keys)))?;
    let environment = [
        ("COMPOSIO_API_KEY", KEY),
        ("COMPOSIO_BASE_URL", url.as_str()),
    ];
    let output = programs.run("quickstart", &environment)?;
    ends_well_with(
        &output,
        &[
            "GITHUB_GET_THE_AUTHENTICATED_USER",
            "Call made: GITHUB_GET_THE_AUTHENTICATED_USER {}",
            "HTTP request sent: by the platform",
            r#"Result: {"login":"octocat"}"#,
            r#"The tool answered with "octocat""#,
        ],
    )?;
    let keys = keys.lock().map_err(|_| "the platform failed")?;
    if keys.is_empty() || keys.iter().any(|key| key != KEY) {
        return Err(format!("{} requests, some without the key", keys.len()).into());
    }
    let said = [output.stdout, output.stderr].concat();
    if String::from_utf8_lossy(&said).contains("hunter2") {
        return Err("a credential was printed".into());
    }
    Ok(())
}

async fn platform(keys: Arc<Mutex<Vec<String>>>) -> Result<String, Failed> {
    let github = serve(Router::new().route("/user", get(user))).await?;
    let egress = EgressPolicy::default().allow_loopback();
    let engine = Engine::builder().in_memory().egress(egress).build().await?;
    let folder = tree::root().join("examples/quickstart/github");
    let document = fs::read_to_string(folder.join("openapi.yaml"))?;
    let document = document.replace("https://api.github.com", &github);
    engine
        .add_app(fs::read(folder.join("integration.yaml"))?, document)
        .await?;
    engine.connect("github").field("token", TOKEN).await?;
    serve(Router::new().fallback(forward).with_state((engine, keys))).await
}

async fn serve(router: Router) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn user(headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let expected = format!("Bearer {TOKEN}");
    match headers.get("authorization") {
        Some(given) if given.as_bytes() == expected.as_bytes() => {
            Ok(Json(json!({"login": "octocat"})))
        }
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}

type Shared = (Engine, Arc<Mutex<Vec<String>>>);

async fn forward(State((engine, keys)): State<Shared>, request: Request) -> Response {
    let key = request.headers().get("x-api-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    if let Ok(mut keys) = keys.lock() {
        keys.push(key.to_owned());
    }
    match engine.oneshot(request.map(composio_core::Body::new)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
