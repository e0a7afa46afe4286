use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use composio_core::{Error, ErrorKind, Result, Secret};
use tokio::net::TcpListener;

use crate::{
    Received,
    routes::{self, Desk},
};

const OPENAPI: &str = include_str!("../desk/openapi.yaml");
const WRITTEN_ADDRESS: &str = "http://127.0.0.1:4010";

/// A help desk on a free port of this machine, with two tickets and two messages in it.
///
/// Every request needs the header `X-Desk-Key` with the key that [`App::sign_up`] gave.
#[derive(Clone)]
pub struct App {
    url: String,
    desk: Arc<Mutex<Desk>>,
}

impl App {
    /// Starts the app; it ends with the runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if there is no free port.
    pub async fn start() -> Result<Self> {
        let (listener, url) = listen().await?;
        let desk = Arc::new(Mutex::new(Desk::new(&url)));
        let router = routes::router(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, desk })
    }

    /// Where the app listens, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its `integration.yaml`.
    #[must_use]
    pub fn integration(&self) -> &'static str {
        include_str!("../desk/integration.yaml")
    }

    /// Its OpenAPI document, in YAML.
    #[must_use]
    pub fn openapi(&self) -> String {
        OPENAPI.replace(WRITTEN_ADDRESS, &self.url)
    }

    /// Makes a user and gives their API key.
    #[must_use]
    pub fn sign_up(&self, user: &str) -> Secret {
        let key = format!("desk_{:032x}", rand::random::<u128>());
        locked(&self.desk).add_user(user, &key);
        Secret::new(key)
    }

    /// The requests that came in since the last time this was asked, oldest first.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Received> {
        locked(&self.desk).take_requests()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({})", self.url)
    }
}

pub(crate) async fn listen() -> Result<(TcpListener, String)> {
    let bound = async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        Ok::<_, std::io::Error>((listener, url))
    };
    bound
        .await
        .map_err(|error| Error::new(ErrorKind::Unavailable, "no free port").with_source(error))
}

pub(crate) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
