use std::{fmt, sync::Arc};

use composio_core::{Error, ErrorKind, Result};
use tokio::{net::TcpListener, sync::oneshot};

use super::Engine;
use crate::{
    platform::Platform,
    public_url,
    server::{ServeOptions, listen},
};

/// A port of this machine on which the browser of its user comes back from a provider (RFC 8252, 7.3): open as long as
/// this lives. Of the API nothing is answered there.
///
/// ```no_run
/// # async fn connect(engine: composio_engine::Engine) -> composio_core::Result<()> {
/// let loopback = engine.loopback().await?;
/// // … begin a connection, send the user to its redirect_url, wait until it is active …
/// drop(loopback);
/// # Ok(())
/// # }
/// ```
#[must_use = "the port is closed when this is dropped"]
pub struct Loopback {
    url: String,
    platform: Arc<Platform>,
    stop: Option<oneshot::Sender<()>>,
}

impl Loopback {
    /// Such as `http://127.0.0.1:49152`. Providers send users back below it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Engine {
    /// Opens a free port of this machine for the length of one connection, where nothing else answers a browser.
    ///
    /// The provider has to take redirects to any port of `127.0.0.1`, as RFC 8252 wants of it for programs on a person's
    /// own machine.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if browsers reach the engine already (it has a public URL, is served, or another loopback
    /// is open), and [`ErrorKind::Unavailable`] if no port can be had.
    pub async fn loopback(&self) -> Result<Loopback> {
        let unavailable = |error| {
            let message = "no port of this machine can be opened";
            Error::new(ErrorKind::Unavailable, message).with_source(error)
        };
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(unavailable)?;
        let url = format!("http://{}", listener.local_addr().map_err(unavailable)?);
        if !self.platform.public_url.lend(public_url::parse(&url)?) {
            let message = "browsers reach this engine already: it needs no loopback";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let (stop, stopped) = oneshot::channel();
        let served = self.served(ServeOptions::for_browsers());
        tokio::spawn(async move {
            // Dropping the other end stops it too.
            let stopped = async { drop(stopped.await) };
            listen(listener, served, stopped).await;
        });
        Ok(Loopback {
            url,
            platform: Arc::clone(&self.platform),
            stop: Some(stop),
        })
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.platform.public_url.take_back();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loopback").field(&self.url).finish()
    }
}
