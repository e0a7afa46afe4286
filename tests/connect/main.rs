//! People who connect: in real browsers on the pages that the engine serves, and by OAuth 1 at a provider whose
//! signatures somebody else's library checks. And programs that sign for themselves.

mod application;
mod authlib;
mod browser;
mod jupyterhub;
mod keys;
mod oauth1;
mod own_tokens;
mod pages;
mod pretix;
mod synapse;
mod world;

use std::process::ExitCode;

use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case_in(
            "a_key_is_entered_in_a_browser_that_runs_no_scripts",
            pages::key,
        )
        .case_in(
            "a_person_consents_at_the_certified_provider_is_renewed_revoked_and_comes_back",
            pages::consent,
        )
        .case_in(
            "an_attackers_link_that_a_victim_completes_gives_the_attacker_nothing",
            pages::fixation,
        )
        .case_in(
            "requests_signed_by_oauth1_are_what_another_library_expects",
            oauth1::signed,
        )
        .case_in(
            "a_refusal_by_oauth1_leaves_a_failed_account_that_says_why",
            oauth1::refused,
        )
        .case_in(
            "a_person_uses_authlibs_oauth1_board_is_forgotten_and_comes_back",
            authlib::board,
        )
        .case_in(
            "a_key_of_powerdns_is_entered_outlived_deleted_and_entered_again",
            keys::powerdns,
        )
        .case_in(
            "a_password_of_alertmanager_is_entered_taken_away_and_entered_again",
            keys::alertmanager,
        )
        .case_in(
            "messages_reach_synapse_though_its_tokens_live_five_seconds",
            synapse::messages,
        )
        .long_case_in(
            "a_person_comes_back_to_jupyterhub_when_its_token_has_run_out",
            jupyterhub::hub,
        )
        .long_case_in(
            "a_person_connects_pretix_over_a_domain_of_the_developers_own_and_is_renewed_revoked_and_back",
            pretix::shop,
        )
        .case_in(
            "what_an_account_signs_is_what_other_libraries_expect_and_is_renewed_when_it_runs_out",
            own_tokens::renewed,
        )
        .case_in(
            "a_credential_that_is_no_longer_taken_expires_the_account_and_a_new_one_revives_it",
            own_tokens::refused,
        )
        .run()
}
