//! An application whose users sign in, and which says who came back from the engine's pages.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse},
    routing::get,
};
use composio_engine::Engine;
use composio_tests::api;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

type Own = Arc<OnceLock<Engine>>;

pub(crate) struct Application {
    /// Such as `http://127.0.0.1:4000`.
    pub(crate) base: String,
    engine: Own,
    _runtime: Runtime,
}

#[derive(Deserialize)]
struct Return {
    session_uri: String,
}

impl Application {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let engine = Own::default();
        let router = Router::new()
            .route("/login/{user}", get(login))
            .route("/verify", get(verify))
            .with_state(Arc::clone(&engine));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            base,
            engine,
            _runtime: runtime,
        }
    }

    /// Says which engine keeps its users' accounts.
    pub(crate) fn uses(&self, engine: Engine) {
        self.engine.set(engine).expect("it is said once");
    }
}

async fn login(Path(user): Path<String>) -> impl IntoResponse {
    let cookie = format!("app_user={user}; Path=/; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Html("<h1>Signed in</h1>"))
}

async fn verify(
    State(engine): State<Own>,
    Query(back): Query<Return>,
    headers: HeaderMap,
) -> Html<String> {
    let cookies = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok());
    let user = cookies.unwrap_or_default().split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == "app_user").then(|| value.to_owned())
    });
    let engine = engine.get().expect("it is said which engine");
    let body: Value = json!({"user_id": user, "session_uri": back.session_uri});
    let (status, _) = api::send(engine, "POST", "/connected_accounts/complete_auth", &body).await;
    Html(match status {
        200 => "<h1>Welcome back</h1>".to_owned(),
        _ => format!("<h1>That was not for you: {status}</h1>"),
    })
}
