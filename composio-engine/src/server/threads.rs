//! Threads that serve connections, each with a runtime of its own: a call is answered where it came in, and no other
//! thread has to be woken for it.

use std::{
    io,
    net::TcpStream as StdTcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpStream,
    runtime::Builder,
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
};

use super::{
    Served,
    listen::{connection, finish},
};

/// The threads; none if connections are served on the runtime that accepts them.
pub(super) struct Threads(Vec<Thread>);

struct Thread {
    given: mpsc::UnboundedSender<Given>,
    ended: oneshot::Receiver<()>,
    /// Connections that it has.
    load: Arc<AtomicUsize>,
}

/// A connection on its way to a thread.
struct Given {
    stream: StdTcpStream,
    place: Place,
}

/// The place of a connection among all, and among those of its thread.
struct Place {
    _slot: OwnedSemaphorePermit,
    load: Arc<AtomicUsize>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Threads {
    /// Starts as many as the options say, or as the system lets.
    pub(super) fn start(served: &Served) -> Self {
        let mut threads = Vec::new();
        for number in 1..=served.options().threads {
            match Thread::start(number, served.clone()) {
                Ok(thread) => threads.push(thread),
                Err(error) => tracing::warn!(%error, "a thread to serve on could not be started"),
            }
        }
        Self(threads)
    }

    /// Gives a connection to the thread that has the fewest; without threads it comes back.
    pub(super) fn give(
        &self,
        stream: TcpStream,
        slot: OwnedSemaphorePermit,
    ) -> Result<(), (TcpStream, OwnedSemaphorePermit)> {
        let load = |thread: &&Thread| thread.load.load(Ordering::Relaxed);
        let Some(thread) = self.0.iter().min_by_key(load) else {
            return Err((stream, slot));
        };
        thread.load.fetch_add(1, Ordering::Relaxed);
        let load = Arc::clone(&thread.load);
        let place = Place { _slot: slot, load };
        let given = stream.into_std().map(|stream| Given { stream, place });
        if given.is_ok_and(|given| thread.given.send(given).is_err()) {
            tracing::error!("a thread that serves has ended");
        }
        Ok(())
    }

    /// Lets the threads finish what is under way.
    pub(super) async fn end(self) {
        // A thread ends when nothing can be given to it any more.
        let ended: Vec<_> = self.0.into_iter().map(|thread| thread.ended).collect();
        for ended in ended {
            let _ = ended.await;
        }
    }
}

impl Thread {
    fn start(number: usize, served: Served) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (given, taken) = mpsc::unbounded_channel();
        let (ending, ended) = oneshot::channel();
        thread::Builder::new()
            .name(format!("composio-serve-{number}"))
            .spawn(move || {
                runtime.block_on(serve(taken, served));
                // Work that only blocks is nobody's to wait for.
                runtime.shutdown_background();
                let _ = ending.send(());
            })?;
        Ok(Self {
            given,
            ended,
            load: Arc::default(),
        })
    }
}

async fn serve(mut taken: mpsc::UnboundedReceiver<Given>, served: Served) {
    let graceful = GracefulShutdown::new();
    while let Some(Given { stream, place }) = taken.recv().await {
        let Ok(stream) = TcpStream::from_std(stream) else {
            continue;
        };
        let connection = connection(stream, served.clone(), &graceful);
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    finish(graceful, &served).await;
}
