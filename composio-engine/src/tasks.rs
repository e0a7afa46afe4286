//! Work of the engine's own that outlives whoever asked for it.

use std::{future::Future, time::Duration};

use tokio::{runtime::Handle, sync::Notify, task::JoinHandle, time::timeout};
use tokio_util::task::TaskTracker;

/// Tasks on the runtime that the engine was built on. Calls come in on other runtimes too, those of the threads that
/// serve among them, and such a runtime may end while the work is under way.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Handle,
}

impl Tasks {
    /// On the current runtime.
    pub(crate) fn new() -> Self {
        Self {
            tracker: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Begins a task; dropping the handle does not end it.
    pub(crate) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.tracker.spawn_on(task, &self.runtime)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.tracker.is_closed()
    }

    /// Waits until every task has ended, those too that begin meanwhile.
    pub(crate) async fn close(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Waits until `is_ready`, which may become so whenever `wake` is notified, or until `patience` is over.
pub(crate) async fn ready(wake: &Notify, patience: Duration, is_ready: impl Fn() -> bool) {
    let ready = async {
        while !is_ready() {
            wake.notified().await;
        }
    };
    // Whoever is patient no longer goes on all the same.
    let _ = timeout(patience, ready).await;
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        thread,
    };

    use tokio::{runtime::Builder, sync::oneshot};

    use super::Tasks;

    #[tokio::test]
    async fn a_task_outlives_the_runtime_that_it_was_asked_for_on() {
        let tasks = Tasks::new();
        let is_done = Arc::new(AtomicBool::new(false));
        let (go, wait) = oneshot::channel::<()>();
        let other = thread::spawn({
            let (tasks, is_done) = (tasks.clone(), Arc::clone(&is_done));
            move || {
                let runtime = Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    tasks.spawn(async move {
                        wait.await.unwrap();
                        is_done.store(true, Ordering::SeqCst);
                    });
                });
            }
        });
        other.join().unwrap();
        go.send(()).unwrap();
        tasks.close().await;
        assert!(is_done.load(Ordering::SeqCst));
    }
}
