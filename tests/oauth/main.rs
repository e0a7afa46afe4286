//! OAuth 2 against a certified provider that nobody here wrote.

mod desk;
mod flows;

use std::process::ExitCode;

use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case_in(
            "a_user_consents_and_tools_run_by_each_client_authentication",
            flows::consent,
        )
        .case_in(
            "a_user_who_refuses_leaves_a_failed_account_that_says_why",
            flows::refusal,
        )
        .case_in(
            "the_users_own_address_comes_back_with_its_query",
            flows::own_address,
        )
        .case_in(
            "a_forwarding_redirect_of_the_developers_own_domain_works",
            flows::forwarded,
        )
        .case_in(
            "a_client_registers_itself_where_the_provider_takes_it",
            flows::registered,
        )
        .run()
}
