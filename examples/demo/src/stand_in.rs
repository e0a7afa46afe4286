use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    Json, Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::post,
};
use composio_core::{Result, Secret};
use serde_json::Value;

use crate::{Model, app::listen, script, spelling};

/// A script in place of a model, behind the protocol of OpenAI's Chat Completions and Responses, whole and streamed, on
/// a free port of this machine.
///
/// To what a person says it answers with a call of the tool that shares most words with it; to the result of a call
/// with a sentence about it. Its name is [`StandIn::NAME`], and every answer says that no model wrote it.
#[derive(Debug, Clone)]
pub struct StandIn {
    url: String,
}

impl StandIn {
    /// The name that stands where a model's would.
    pub const NAME: &'static str = "stand-in";

    /// Starts the stand-in; it ends with the runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](composio_core::ErrorKind::Unavailable) if there is no free port.
    pub async fn start() -> Result<Self> {
        let (listener, url) = listen().await?;
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/responses", post(respond));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url })
    }

    /// The address to give to a client, `/v1` included.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url)
    }

    /// The stand-in as a client needs it; the key is not a secret.
    #[must_use]
    pub fn model(&self) -> Model {
        Model {
            base_url: self.base_url(),
            api_key: Secret::new("not-a-key"),
            name: Self::NAME.to_owned(),
        }
    }
}

static ANSWERED: AtomicU64 = AtomicU64::new(1);

async fn complete(Json(request): Json<Value>) -> Response {
    let (id, message) = answer(&request);
    if request["stream"] == true {
        return streamed(spelling::chunks(id, &message));
    }
    Json(spelling::completion(id, &message)).into_response()
}

async fn respond(Json(request): Json<Value>) -> Response {
    let (id, message) = answer(&spelling::as_chat(&request));
    if request["stream"] == true {
        return streamed(spelling::events(id, &message));
    }
    Json(spelling::response(id, &message)).into_response()
}

fn answer(request: &Value) -> (u64, Value) {
    let id = ANSWERED.fetch_add(1, Ordering::Relaxed);
    (id, script::answer(request, &format!("call_{id}")))
}

fn streamed(events: String) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}
