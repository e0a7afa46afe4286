//! Every action of the `tools` sections, run against a stand-in for its vendor that takes what the table says and nothing
//! else; and what was sent judged by the vendors' own descriptions, or by the types of their own clients.

mod described;
mod discovery;
mod graphql;
mod judged;
mod openapi;
mod table;
mod typescript;
mod wire;
mod world;

use std::process::ExitCode;

use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case("every_action_stands_in_the_table", table::is_whole)
        .case("every_action_sends_what_the_table_says", judged::run_all)
        .case(
            "what_a_vendor_says_of_a_failure_reaches_the_caller",
            judged::refusals,
        )
        .case(
            "a_mail_with_a_file_that_nobody_uploaded_is_not_sent",
            judged::unknown_files,
        )
        .case_in(
            "vendors_descriptions_take_what_is_sent_and_no_broken_copies",
            judged::by_descriptions,
        )
        .case_in(
            "the_types_of_hubspots_client_take_what_is_sent_and_no_broken_copies",
            judged::by_hubspots_client,
        )
        .case_in(
            "the_types_of_linears_client_take_what_is_sent_and_no_broken_copies",
            judged::by_linears_client,
        )
        .run()
}
