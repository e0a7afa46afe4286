//! Composio's official Python SDKs, unmodified, against `composio serve` on loopback.

mod driven;
mod server;
mod vendor;

use std::process::ExitCode;
use std::sync::Arc;

use composio_tests::parts::{COMPOSIO_0_10, COMPOSIO_0_21, PythonEnvironment};
use composio_tests::suite::Suite;
use driven::Driven;

/// What both SDKs do, by its function in `drive.py`.
const CASES: [&str; 24] = [
    "toolkits",
    "toolkit_fields",
    "auth_configs",
    "accounts_with_a_key",
    "accounts_with_a_token",
    "accounts_with_basic_credentials",
    "accounts_through_their_life",
    "auth_configs_of_a_consent",
    "auth_configs_of_the_operators_client",
    "accounts_by_consent",
    "accounts_refreshed_and_revoked",
    "accounts_authorized_by_toolkit",
    "accounts_whose_consent_is_refused",
    "accounts_with_tokens_at_hand",
    "accounts_by_a_link_for_a_key",
    "accounts_by_a_link_for_a_consent",
    "tools_by_slug",
    "tools_by_toolkit_search_and_limit",
    "tools_execute",
    "tools_with_credentials_of_their_own",
    "handle_tool_calls",
    "tools_proxy",
    "modifiers",
    "every_case_ran",
];

/// What the newer SDK does only with sessions, or refuses on loopback.
const OLDER_ONLY: [&str; 2] = ["custom_tools", "files_up_and_down"];

fn main() -> ExitCode {
    let suite = cases(Suite::new(), COMPOSIO_0_21, "0.21.0", &[]);
    cases(suite, COMPOSIO_0_10, "0.10.7", &OLDER_ONLY).run()
}

fn cases(
    mut suite: Suite,
    environment: PythonEnvironment,
    version: &'static str,
    more: &'static [&'static str],
) -> Suite {
    let driven = Arc::new(Driven::new(environment, version));
    for case in CASES.iter().chain(more).copied() {
        let driven = Arc::clone(&driven);
        let name = format!("{version} {}", case.replace('_', " "));
        suite = suite.case_in(&name, move || match case {
            "every_case_ran" => driven.all_ran(CASES.len() - 1 + more.len()),
            case => driven.case(case),
        });
    }
    suite
}
