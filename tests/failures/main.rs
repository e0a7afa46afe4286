//! What bad input, a bad peer, a crash and an attacker do: a clear error, nothing lost, nothing leaked.

mod input;
mod secrets;
mod storage;
mod upstream;
mod world;

use std::{future::Future, process::ExitCode};

use composio_tests::suite::{Outcome, Suite};

/// A case on a runtime of its own.
pub(crate) fn case<Fut: Future<Output = Outcome>>(
    suite: Suite,
    name: &str,
    run: impl FnOnce() -> Fut + Send + 'static,
) -> Suite {
    suite.case(name, move || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(run())
    })
}

/// Fails a case unless `holds`.
pub(crate) fn ensure(holds: bool, what: impl std::fmt::Display) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(what.to_string().into())
    }
}

fn main() -> ExitCode {
    secrets::capture_logs();
    let suite = Suite::new();
    let suite = input::cases(suite);
    let suite = upstream::cases(suite);
    let suite = storage::cases(suite);
    secrets::cases(suite).run()
}
