//! An engine, asked as the program it runs in asks it.

use composio_core::{Body, Transport};
use composio_engine::{Engine, ServeOptions};
use serde_json::Value;
use tokio::net::TcpListener;

/// The status and the body of an answer to a request of the program itself; `path` is below `/api/v3.1`.
///
/// # Panics
///
/// If the engine does not answer.
pub async fn send(engine: &Engine, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/api/v3.1{path}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = Transport::from(engine.clone()).send(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().bytes(1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Serves an engine on `listener`, as long as the runtime lives.
pub async fn serve(engine: Engine, listener: TcpListener) {
    let options = ServeOptions::new();
    engine
        .serve(listener, options, std::future::pending())
        .await;
}
