use std::{convert::Infallible, future::Future, io, pin::Pin, sync::Arc, time::Duration};

use composio_core::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{Served, threads::Threads};

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
/// The most header fields of a request.
const MOST_HEADERS: usize = 128;
/// How long to wait when the system has no more file descriptors.
const BREATH: Duration = Duration::from_millis(50);
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves connections until `shutdown` is done, and then lets the requests under way finish.
pub(crate) async fn listen(
    listener: TcpListener,
    served: Served,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(served.options().max_connections));
    let threads = Threads::start(&served);
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    while let Some(accepted) = accept(&listener, shutdown.as_mut()).await {
        match accepted {
            Ok(stream) => match Arc::clone(&slots).try_acquire_owned() {
                Ok(slot) => {
                    if let Err((stream, slot)) = threads.give(stream, slot) {
                        let connection = connection(stream, served.clone(), &graceful);
                        tokio::spawn(async move {
                            connection.await;
                            drop(slot);
                        });
                    }
                }
                Err(_) => turn_away(&stream, &served),
            },
            Err(error) => take_a_breath(&error).await,
        }
    }
    drop(listener);
    tokio::join!(finish(graceful, &served), threads.end());
}

/// Lets the requests under way end.
pub(super) async fn finish(graceful: GracefulShutdown, served: &Served) {
    let drain = served.options().drain;
    if timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way were cut off: they took too long to finish");
    }
}

/// The next connection; `None` when it is time to end.
async fn accept(
    listener: &TcpListener,
    shutdown: Pin<&mut impl Future<Output = ()>>,
) -> Option<io::Result<TcpStream>> {
    tokio::select! {
        accepted = listener.accept() => Some(accepted.map(|(stream, _)| stream)),
        () = shutdown => None,
    }
}

/// Serves a connection to its end.
pub(super) fn connection(
    stream: TcpStream,
    served: Served,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    let options = served.options();
    let _ = stream.set_nodelay(true);
    // A peer that reads nothing must not hold an answer in memory for ever.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(options.stall_timeout));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD);
    let service = {
        let served = served.clone();
        service_fn(move |request: http::Request<Incoming>| {
            let served = served.clone();
            async move { Ok::<_, Infallible>(served.answer(request.map(Body::new)).await) }
        })
    };
    let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
    async move {
        let connections = &served.platform().metrics.connections;
        connections.inc();
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        connections.dec();
    }
}

fn turn_away(stream: &TcpStream, served: &Served) {
    served.platform().metrics.refused.inc();
    let _ = stream.try_write(BUSY);
}

async fn take_a_breath(error: &io::Error) {
    let is_peers = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    );
    if !is_peers {
        tracing::error!(%error, "no connection can be accepted");
        sleep(BREATH).await;
    }
}
