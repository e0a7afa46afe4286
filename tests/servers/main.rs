//! Real API servers that nobody here wrote, used through the `composio` program; what came of it is checked by asking
//! the servers themselves.

mod alertmanager;
mod cli;
mod powerdns;

use std::process::ExitCode;

use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case_in(
            "powerdns_takes_zones_by_api_key_from_its_own_description",
            powerdns::zones,
        )
        .case_in(
            "alertmanager_takes_silences_by_basic_credentials",
            alertmanager::silences,
        )
        .run()
}
