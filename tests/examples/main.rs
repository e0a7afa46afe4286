//! The examples, run as programs: what they print, that they end well, and that no credential is printed.

mod approvals;
mod hosted;
mod programs;
mod real_model;

use std::process::ExitCode;

use composio_tests::suite::{Outcome, Suite};
use programs::{Programs, ends_well_with};

const STAND_IN: &str = "[stand-in: a script, not a model]";

fn main() -> ExitCode {
    let suite = Suite::new()
        .case(
            "quickstart_shows_a_call_from_the_model_to_the_api_and_back",
            quickstart,
        )
        .case(
            "quickstart_fails_clearly_if_the_model_cannot_be_reached",
            unreachable_model,
        )
        .case(
            "quickstart_is_the_same_on_a_platform_over_http",
            hosted::quickstart,
        )
        .case(
            "direct_execution_uses_the_credentials_it_was_told_to",
            direct_execution,
        )
        .case(
            "connect_users_by_consent_and_by_key_and_again_under_the_same_id",
            connect_users,
        )
        .case(
            "own_credentials_are_a_client_a_token_and_what_descope_keeps",
            own_credentials,
        )
        .case("custom_tools_are_called_beside_built_in_ones", custom_tools)
        .case("processors_hide_inject_and_shorten", processors)
        .case(
            "replay_test_needs_no_service_and_notices_a_changed_agent",
            replay_test,
        )
        .case(
            "openai_streaming_prints_words_as_they_come",
            openai_streaming,
        )
        .case("responses_calls_by_hand_and_in_a_loop", responses)
        .case("real_model_runs_every_adapter", real_model::runs)
        .case("openai_loop_goes_on_after_a_limit", openai_loop);
    let suite = with_approvals(suite)
        .case("rig_agent_reads_and_asks_before_it_deletes", rig_agent)
        .case(
            "rig_retrieval_shows_ten_tools_of_hundreds_and_calls_one",
            rig_retrieval,
        )
        .case("typed_actions_are_asked_for_and_answered_in_types", typed);
    #[cfg(feature = "langchain")]
    let suite = suite.case("langchain_executor_answers_with_a_tool", langchain_executor);
    suite.run()
}

fn with_approvals(suite: Suite) -> Suite {
    suite
        .case(
            "approval_asks_about_every_write_and_heeds_the_answer",
            approvals::at_the_terminal,
        )
        .case(
            "approval_stops_if_nobody_answers",
            approvals::nobody_answers,
        )
        .case(
            "approval_resume_sends_in_one_process_what_another_left_waiting",
            approvals::elsewhere,
        )
        .case(
            "approval_resume_tells_the_model_of_a_denial",
            approvals::denied_elsewhere,
        )
}

fn quickstart() -> Outcome {
    let output = Programs::built()?.run("quickstart", &[])?;
    ends_well_with(
        &output,
        &[
            r#"Tools fetched: [{"type":"function","function":{"name":"DESK_GET_A_TICKET""#,
            "Asked of stand-in: What is ticket 1 about?",
            r#"Call made: DESK_GET_A_TICKET {"number":1}"#,
            "HTTP request sent: GET /tickets/1\n    x-desk-key: desk...\n",
            "Result: {",
            "The printer is on fire",
            &format!("Answer: {STAND_IN} The tool answered with"),
        ],
    )
}

fn unreachable_model() -> Outcome {
    let environment = [
        ("OPENAI_API_KEY", "sk-hunter2hunter2"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"),
    ];
    let output = Programs::built()?.run("quickstart", &environment)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !errors.contains("the server did not answer") {
        return Err(format!("{}: {errors}", output.status).into());
    }
    if errors.contains("hunter2") {
        return Err("the key was printed".into());
    }
    Ok(())
}

fn connect_users() -> Outcome {
    let output = Programs::built()?.run("connect-users", &[])?;
    ends_well_with(
        &output,
        &[
            "Begun: INITIATED\nA link to consent: true\nConnected: ACTIVE\n",
            "On notes alice is: \"mira\"",
            "The desk asks for: [\"api_key\"]",
            "With a key: ACTIVE",
            "Bob has: desk ACTIVE",
            "Disabled: not_found: user-alice-456 has no active connection to notes",
            "Same connection: true",
        ],
    )
}

fn own_credentials() -> Outcome {
    let output = Programs::built()?.run("own-credentials", &[])?;
    ends_well_with(
        &output,
        &[
            "The page names yourapp: true",
            "The user ends at https://yourapp.com/thread/7?tab=tools",
            "and reads: Welcome back.",
            "Connected: ACTIVE",
            "By the connection: \"mira\"",
            "By a token: \"jon\"",
            "By add_auth: \"jon\"",
            "By Descope: \"ann\"",
            "For nobody: not_found: Descope answered 404 Not Found: there is no such token",
        ],
    )
}

fn direct_execution() -> Outcome {
    let output = Programs::built()?.run("direct-execution", &[])?;
    ends_well_with(
        &output,
        &[
            "Ticket URL: \"http://127.0.0.1:",
            "Without entity_id: \"default\"",
            "With entity_id mira: \"mira\"",
            "By her account: \"mira\"",
            "With the key of jon: \"jon\"",
            "After add_auth, opened by: \"jon\"",
            "Ticket 99: ",
            "Ticket first: invalid_input: ",
        ],
    )
}

fn custom_tools() -> Outcome {
    let output = Programs::built()?.run("custom-tools", &[])?;
    ends_well_with(
        &output,
        &[
            r#"["DESK_GET_THE_AUTHENTICATED_USER", "add_numbers", "calculator_multiply"]"#,
            "add_numbers: 42",
            r#"get_topics: {"topics":["hardware","urgent"]}"#,
            "put_money: 50",
            &format!("{STAND_IN} The tool answered with 42"),
        ],
    )
}

fn processors() -> Outcome {
    let output = Programs::built()?.run("processors", &[])?;
    ends_well_with(
        &output,
        &[
            "Sends a message to the customer.",
            "The desk received: POST /messages",
            r#""recipient_email":"fixed.recipient@example.com""#,
            r#"2 entries: sender "jon@example.com", subject "Still cannot log in"; sender"#,
        ],
    )?;
    let shown = String::from_utf8_lossy(&output.stdout);
    let seen = shown.lines().next().unwrap_or_default();
    if seen.contains("recipient_email") || seen.contains("attachment") {
        return Err(format!("the model sees what was hidden: {seen}").into());
    }
    Ok(())
}

fn replay_test() -> Outcome {
    let output = Programs::built()?.run("replay-test", &[])?;
    ends_well_with(
        &output,
        &[
            "Replayed: {\"successful\":true",
            "The printer is on fire",
            "Changed agent: ",
            "`body.arguments.number` is 2, recorded was 1",
        ],
    )
}

fn openai_streaming() -> Outcome {
    let output = Programs::built()?.run("openai-streaming", &[])?;
    ends_well_with(
        &output,
        &[
            "Calls DESK_GET_A_TICKET",
            "[stand-in: |a |script, |not |a |model] |The |tool |answered |with |",
            &format!("Answer: {STAND_IN} The tool answered with"),
            "By hand: [Tool(",
            "Cannot log in",
        ],
    )
}

fn responses() -> Outcome {
    let output = Programs::built()?.run("responses", &[])?;
    ends_well_with(
        &output,
        &[
            &format!("By hand: {STAND_IN} The tool answered with"),
            "The printer is on fire",
            &format!("Loop: {STAND_IN} The tool answered with"),
            "Its history has 4 items",
            &format!("Streamed: {STAND_IN} The tool answered with"),
            "The desk received: POST /tickets",
        ],
    )
}

fn openai_loop() -> Outcome {
    let output = Programs::built()?.run("openai-loop", &[])?;
    ends_well_with(
        &output,
        &[
            r#"Calls DESK_GET_A_TICKET {"number":1}"#,
            "DESK_GET_A_TICKET: succeeded",
            &format!("Answer after 2 steps: {STAND_IN} The tool answered with"),
            "DESK_CREATE_A_TICKET: succeeded",
            "Ended: the run ended after 1 steps: limit_reached",
            "DESK_LIST_TICKETS: succeeded",
            "Answer after 2 steps",
            "The history has 11 messages",
            "POST /tickets",
        ],
    )
}

fn rig_agent() -> Outcome {
    let output = Programs::built()?.run("rig-agent-example", &[])?;
    ends_well_with(
        &output,
        &[
            "The printer is on fire",
            "denied: alice said no to DESK_DELETE_A_TICKET",
            "GET /tickets/1",
        ],
    )
}

fn rig_retrieval() -> Outcome {
    let output = Programs::built()?.run("rig-retrieval", &[])?;
    ends_well_with(
        &output,
        &[
            "Of 407 tools the model is shown 10: DESK_GET_A_TICKET, ",
            "The printer is on fire",
            "GET /tickets/1",
        ],
    )
}

fn typed() -> Outcome {
    let output = Programs::built()?.run("typed", &[])?;
    ends_well_with(
        &output,
        &[
            r#"Ticket Some(3): Some("The printer is on fire")"#,
            "Open: Cannot log in",
            "Ticket 99: tool_failed: HTTP 404",
            r#"Tools of desk: Tools["DESK_GET_A_TICKET"]"#,
        ],
    )
}

#[cfg(feature = "langchain")]
fn langchain_executor() -> Outcome {
    let output = Programs::built()?.run("langchain-executor", &[])?;
    ends_well_with(&output, &[STAND_IN])
}
