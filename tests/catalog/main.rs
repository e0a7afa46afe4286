//! GitHub's own OpenAPI document through the catalogue, and the result beside what the hosted product lists.

mod github;
mod hosted;
mod retrieval;

use std::process::ExitCode;

use composio_tests::{parts::GITHUB_OPENAPI, suite::Suite};

fn main() -> ExitCode {
    // rig's client brings no TLS provider of its own; the model is on loopback.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Suite::new()
        .case_on(
            GITHUB_OPENAPI,
            "every_operation_becomes_a_tool",
            github::every_operation_becomes_a_tool,
        )
        .case_on(
            GITHUB_OPENAPI,
            "every_name_is_valid_and_unique",
            github::every_name_is_valid_and_unique,
        )
        .case_on(
            GITHUB_OPENAPI,
            "every_placeholder_has_an_argument",
            github::every_placeholder_has_an_argument,
        )
        .case_on(
            GITHUB_OPENAPI,
            "every_schema_is_valid_and_stands_alone",
            github::every_schema_is_valid_and_stands_alone,
        )
        .case_on(
            GITHUB_OPENAPI,
            "names_survive_another_order_of_the_document",
            github::names_survive_another_order_of_the_document,
        )
        .case_on(
            GITHUB_OPENAPI,
            "a_rig_agent_over_all_operations_carries_ten",
            retrieval::an_agent_over_all_operations_carries_ten,
        )
        .case_unless(
            "names_and_required_arguments_are_those_of_the_hosted_product",
            hosted::names_and_required_arguments_are_those_of_the_hosted_product,
        )
        .run()
}
