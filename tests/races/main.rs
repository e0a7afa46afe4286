//! Refreshes that get in each other's way, against the certified provider, which takes a spent refresh token for stolen
//! and revokes everything of its family: many calls in one process, many processes on one database, processes killed and
//! callers dropped in the middle.
//!
//! `cargo xtask races` runs it at full size and prints the table.

mod child;
mod desk;
mod kills;
mod size;
mod together;

use std::env;
use std::process::ExitCode;

use composio_tests::suite::Suite;

/// The argument that makes this program one of the processes.
const CHILD: &str = "use-the-account";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() == Some(CHILD) {
        let [database, limit] = [arguments.next(), arguments.next()];
        return child::run(database.as_deref(), limit.as_deref());
    }
    Suite::new()
        .case_in(
            "calls_of_one_process_at_expiry_refresh_once_and_none_fails",
            together::in_one_process,
        )
        .case_in(
            "processes_on_one_database_refresh_once_and_no_call_fails",
            together::in_four_processes,
        )
        .case_in(
            "callers_that_are_dropped_during_a_refresh_lose_nothing",
            together::dropped,
        )
        .case_in(
            "after_a_kill_during_a_refresh_the_account_works_or_says_that_its_user_must_connect_again",
            kills::kills,
        )
        .run()
}
