//! A served engine under stress: killed while it writes, and held by connections that say nothing.

mod audited;
mod child;
mod idle;
mod killed;

use std::env;
use std::process::ExitCode;

use composio_tests::suite::Suite;

/// The argument that makes this program the engine that will be killed.
const CHILD: &str = "serve-until-killed";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() == Some(CHILD) {
        return child::serve(arguments.next(), arguments.next());
    }
    Suite::new()
        .case(
            "what_was_acknowledged_before_a_kill_is_there_after_it",
            killed::acknowledged_writes_survive,
        )
        .case(
            "every_use_that_arrived_before_a_kill_is_in_the_audit_log",
            audited::every_use_that_arrived_has_its_entry,
        )
        .case_in(
            "ten_thousand_idle_connections_leave_room_for_a_request_and_end",
            idle::idle_connections_leave_room,
        )
        .run()
}
