//! Schemathesis, unmodified, against an engine that is served on loopback, by the document that the engine serves.

mod driven;
mod server;
#[path = "../sdk/vendor.rs"]
mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use composio_tests::suite::Suite;
use driven::Driven;

fn main() -> ExitCode {
    let driven = Arc::new(Driven::new());
    let reached = Arc::clone(&driven);
    Suite::new()
        .case_in("every answer is one that the document knows", move || {
            driven.nothing_was_found()
        })
        .case_in("every operation was reached and did its work", move || {
            reached.every_operation_answered()
        })
        .run()
}
