use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

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
        self.loopback_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
    }

    /// The same at an address of your choice, for providers that want the very port that was registered with them.
    ///
    /// # Errors
    ///
    /// Those of [`loopback`](Self::loopback), and [`ErrorKind::InvalidInput`] for an address that other machines reach.
    pub async fn loopback_at(&self, address: SocketAddr) -> Result<Loopback> {
        if !address.ip().is_loopback() {
            let message = format!("{address} is no address of this machine alone");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let unavailable = |error| {
            let message = format!("{address} cannot be listened on");
            Error::new(ErrorKind::Unavailable, message).with_source(error)
        };
        let listener = TcpListener::bind(address).await.map_err(unavailable)?;
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
