use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_openai::{Client, config::OpenAIConfig};
use axum::{Json, Router, http::StatusCode, routing::post};
use composio_core::{
    Provider, ToolSet, Tools,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time};

pub(super) const KEY: &str = "sk-hunter2hunter2";

/// A server that gives prepared answers and keeps what it was asked.
#[derive(Clone, Default)]
pub(super) struct Server {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    pub(super) async fn start(
        answers: impl IntoIterator<Item = (u16, Value)>,
    ) -> (Self, Client<OpenAIConfig>) {
        let answers = answers.into_iter();
        Self::start_raw(answers.map(|(status, body)| (status, body.to_string()))).await
    }

    pub(super) async fn start_raw(
        answers: impl IntoIterator<Item = (u16, String)>,
    ) -> (Self, Client<OpenAIConfig>) {
        let server = Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            requests: Arc::default(),
        };
        let own = server.clone();
        let answer = move |Json(request): Json<Value>| async move {
            own.requests.lock().unwrap().push(request);
            let answer = own.answers.lock().unwrap().pop_front();
            if answer.is_none() {
                time::sleep(Duration::from_secs(3600)).await;
            }
            let (status, body) = answer.unwrap_or_default();
            let kind = if body.starts_with("data:") || body.starts_with("event:") {
                "text/event-stream"
            } else {
                "application/json"
            };
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-type", kind)], body)
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(answer.clone()))
            .route("/v1/responses", post(answer));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, client(&base))
    }

    pub(super) fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

pub(super) fn client(base: &str) -> Client<OpenAIConfig> {
    let _ = ring::default_provider().install_default();
    Client::with_config(OpenAIConfig::new().with_api_base(base).with_api_key(KEY))
}

pub(super) fn service() -> FakeService {
    let mut echo = Tool::new("APP_ECHO");
    echo.toolkit = ToolToolkit::new("app", "App", "");
    echo.no_auth = true;
    echo.description = "Says it again".into();
    echo.input_parameters = RawJson::from(json!({
        "type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"],
    }));
    let run = |arguments: Value| async move {
        time::sleep(Duration::from_millis(50)).await;
        Ok(ToolResult::success(arguments))
    };
    FakeService::new().tool(echo, run)
}

/// Events as a server sends them; a text stands as it is.
pub(super) fn sse(events: &[Value]) -> String {
    let written = events.iter().map(|event| match event {
        Value::String(text) => format!("data: {text}\n\n"),
        event => format!("data: {event}\n\n"),
    });
    written.collect()
}

/// The tools of one fetch, in any API's spelling.
pub(super) async fn tools<P: Provider + Default>(service: &FakeService) -> Tools<P> {
    let toolset: ToolSet<P> = ToolSet::new(service.clone());
    toolset.get_tools().actions(["APP_ECHO"]).await.unwrap()
}
