//! Authentic recorded answers of OpenAI's, Anthropic's and Google's models, tool calls in them, through
//! `handle_tool_calls`.

mod cassette;
mod exchange;
mod handled;
mod json_providers;
mod replay;

use std::process::ExitCode;

use composio_tests::parts::{CHATLAS, OTEL_OPENAI, OTEL_OPENAI_V2};
use composio_tests::suite::Suite;

fn main() -> ExitCode {
    // No client brings a TLS provider of its own here: the recordings are on loopback.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let suite = by_hand(Suite::new());
    let suite = replayed(suite);
    suite
        .case_on(
            CHATLAS,
            "anthropics_recorded_turns_are_answered_in_one_message_as_the_service_accepted_it",
            json_providers::anthropic,
        )
        .case_on(
            CHATLAS,
            "geminis_recorded_turns_are_answered_in_one_message_as_the_service_accepted_it",
            json_providers::gemini,
        )
        .run()
}

/// Calls handled by a program that drives the model itself.
fn by_hand(suite: Suite) -> Suite {
    suite
        .case_on(
            OTEL_OPENAI,
            "older_models_calls_are_each_answered_once_in_order",
            |folder| handled::each_call_is_answered_once_in_order(folder, 20),
        )
        .case_on(
            OTEL_OPENAI_V2,
            "newer_models_calls_are_each_answered_once_in_order",
            |folder| handled::each_call_is_answered_once_in_order(folder, 4),
        )
        .case_on(
            OTEL_OPENAI,
            "older_models_parallel_calls_run_side_by_side",
            handled::parallel_calls_run_side_by_side,
        )
        .case_on(
            OTEL_OPENAI_V2,
            "newer_models_parallel_calls_run_side_by_side",
            handled::parallel_calls_run_side_by_side,
        )
        .case_on(
            OTEL_OPENAI_V2,
            "toolset_answers_calls_of_tools_it_never_fetched",
            handled::toolset_answers_without_a_fetch,
        )
        .case_on(
            OTEL_OPENAI_V2,
            "recorded_call_of_a_tool_not_offered_is_an_outcome",
            handled::unknown_tool_is_an_outcome,
        )
}

/// Whole runs, driven by our loop.
fn replayed(suite: Suite) -> Suite {
    suite
        .case_on(
            CHATLAS,
            "newest_models_runs_go_as_recorded_by_both_apis",
            |folder| replay::runs_go_as_recorded(folder, 72),
        )
        .case_on(
            CHATLAS,
            "newest_models_streams_make_the_calls_of_whole_answers",
            |folder| replay::streamed_and_whole_make_the_same_calls(folder, 34),
        )
        .case_on(OTEL_OPENAI, "older_models_runs_go_as_recorded", |folder| {
            replay::runs_go_as_recorded(folder, 44)
        })
        .case_on(
            OTEL_OPENAI,
            "older_models_streams_make_the_calls_of_whole_answers",
            |folder| replay::streamed_and_whole_make_the_same_calls(folder, 21),
        )
        .case_on(
            OTEL_OPENAI_V2,
            "newer_models_runs_go_as_recorded",
            |folder| replay::runs_go_as_recorded(folder, 8),
        )
        .case_on(
            OTEL_OPENAI_V2,
            "newer_models_streams_make_the_calls_of_whole_answers",
            |folder| replay::streamed_and_whole_make_the_same_calls(folder, 4),
        )
}
