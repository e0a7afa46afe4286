//! The requests that tools make, judged by others: a mock server that checks what it receives against the description
//! the tools were made of, and for what that server does not check a decoder written from the OpenAPI Specification.
//!
//! A request counts only if broken copies of it are refused.

mod broken;
mod decoder;
mod judged;
mod matrix;
mod mock;
mod sample;
mod values;
mod wire;
mod world;

use std::process::ExitCode;

use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case_in(
            "three_hundred_requests_are_right_and_broken_copies_of_them_are_not",
            judged::three_hundred_requests,
        )
        .case(
            "what_is_sent_reads_back_as_what_was_given",
            judged::every_style_reads_back,
        )
        .run()
}
