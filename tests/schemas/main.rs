//! The schema compiler: what each model family publishes, held against real tools and against users' complaints.

mod called;
mod corpus;
mod regressions;
mod rules;
mod values;
mod way_back;

use std::process::ExitCode;

use composio_tests::{parts::GITHUB_OPENAPI, suite::Suite};

fn main() -> ExitCode {
    let mut suite = Suite::new()
        .case_on(
            GITHUB_OPENAPI,
            "githubs_operations_keep_every_familys_rules_and_come_back_valid",
            corpus::github,
        )
        .case_unless(
            "hosted_tools_keep_every_familys_rules_and_come_back_valid",
            corpus::hosted,
        )
        .case(
            "strict_is_set_on_the_tools_that_fit_and_the_report_says_why_not_on_the_others",
            called::strict_is_set_on_the_tools_that_fit_and_the_report_says_why_not_on_the_others,
        )
        .case(
            "processors_and_the_service_see_the_tools_own_names_and_shapes",
            called::processors_and_the_service_see_the_tools_own_names_and_shapes,
        )
        .case(
            "rules_that_were_lost_still_refuse_a_call_in_words",
            called::rules_that_were_lost_still_refuse_a_call_in_words,
        )
        .case(
            "a_family_that_a_provider_cannot_spell_is_refused_before_anything_is_fetched",
            called::a_family_that_a_provider_cannot_spell_is_refused_before_anything_is_fetched,
        )
        .case(
            "names_of_tools_are_as_short_as_is_asked_for_and_calls_by_them_arrive",
            called::names_of_tools_are_as_short_as_is_asked_for_and_calls_by_them_arrive,
        );
    suite = suite
        .case(
            "a_loss_that_is_not_reported_is_noticed",
            way_back::a_loss_that_is_not_reported_is_noticed,
        )
        .case(
            "what_a_family_refuses_is_noticed",
            rules::what_a_family_refuses_is_noticed,
        );
    for regression in regressions::ALL_OF_THEM {
        suite = suite.case(regression.name, || regressions::hold(regression));
    }
    suite.run()
}
