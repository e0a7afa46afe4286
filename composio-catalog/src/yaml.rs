//! The YAML reader takes several kilobytes of stack for each level, more in unoptimised builds.

use std::thread;

/// Ample for the depths we allow. Only touched pages count.
const STACK: usize = 64 << 20;

/// Runs `read` with a stack of its own, so that a deep document cannot exhaust the caller's.
///
/// # Errors
///
/// `read`'s, or that there is no thread to be had.
pub(crate) fn with_own_stack<T: Send, E: Send>(
    read: impl FnOnce() -> Result<T, E> + Send,
    refuse: impl FnOnce(String) -> E,
) -> Result<T, E> {
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, read);
        match reader.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(refuse("the YAML reader failed".to_owned())),
            Err(error) => Err(refuse(format!("no thread for the YAML reader: {error}"))),
        }
    })
}
