use std::sync::atomic::{AtomicU64, Ordering};

use axum::{Json, Router, http::StatusCode, routing::post};
use composio_core::{Result, Secret};
use serde_json::{Value, json};

use crate::{Model, app::listen, script};

/// A script in place of a model, behind the protocol of OpenAI's chat completions on a free port of this machine.
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
        let router = Router::new().route("/v1/chat/completions", post(complete));
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

async fn complete(Json(request): Json<Value>) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    if request["stream"] == true {
        let error =
            json!({"message": "the stand-in does not stream", "type": "invalid_request_error"});
        return Err((StatusCode::BAD_REQUEST, Json(json!({"error": error}))));
    }
    let answer = ANSWERED.fetch_add(1, Ordering::Relaxed);
    let message = script::answer(&request, &format!("call_{answer}"));
    let calls = message.get("tool_calls").is_some();
    Ok(Json(json!({
        "id": format!("chatcmpl-stand-in-{answer}"),
        "object": "chat.completion",
        "created": 0,
        "model": StandIn::NAME,
        "choices": [{
            "index": 0,
            "message": message,
            "logprobs": null,
            "finish_reason": if calls { "tool_calls" } else { "stop" },
        }],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    })))
}
