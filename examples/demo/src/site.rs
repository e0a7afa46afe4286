use std::sync::{Arc, OnceLock};

use axum::{Router, extract::Query, routing::get};
use composio_core::{Result, client::Client, models::CompleteAuth};
use composio_engine::Engine;
use serde::Deserialize;

use crate::app::listen;

/// The developer's own application, where one user is signed in. It confirms to the engine who came back from a consent.
#[derive(Debug)]
pub struct Site {
    url: String,
    engine: Arc<OnceLock<Engine>>,
}

#[derive(Deserialize)]
struct Return {
    session_uri: String,
}

impl Site {
    /// Starts it on this machine, with `user` signed in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](composio_core::ErrorKind::Unavailable) if there is no free port.
    pub async fn start(user: &str) -> Result<Self> {
        let (listener, url) = listen().await?;
        let engine: Arc<OnceLock<Engine>> = Arc::default();
        let (own, user) = (Arc::clone(&engine), user.to_owned());
        let verify = move |Query(back): Query<Return>| async move {
            let Some(engine) = own.get().cloned() else {
                return "There is no engine yet.".to_owned();
            };
            let request = CompleteAuth::new(user, back.session_uri);
            let client = Client::new(engine);
            match client.connected_accounts().complete_auth(&request).await {
                Ok(_) => "Welcome back.".to_owned(),
                Err(error) => format!("That was not for you: {error}"),
            }
        };
        let router = Router::new()
            .route("/verify", get(verify))
            .fallback(|| async { "Welcome back." });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, engine })
    }

    /// Such as `http://127.0.0.1:4000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn verifier(&self) -> String {
        format!("{}/verify", self.url)
    }

    /// Says which engine keeps its users' accounts.
    pub(crate) fn uses(&self, engine: &Engine) {
        self.engine.get_or_init(|| engine.clone());
    }
}
