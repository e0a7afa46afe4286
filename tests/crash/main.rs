//! An engine that is killed while it writes: its database is sound, and what it acknowledged is there.

mod child;
mod killed;

use std::env;
use std::process::ExitCode;

use composio_tests::suite::Suite;

/// The argument that makes this program the engine that will be killed.
const CHILD: &str = "serve-until-killed";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() == Some(CHILD) {
        return child::serve(arguments.next().as_deref());
    }
    Suite::new()
        .case(
            "what_was_acknowledged_before_a_kill_is_there_after_it",
            killed::acknowledged_writes_survive,
        )
        .run()
}
