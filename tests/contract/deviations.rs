//! Where we do not keep to Composio's published v3 document, and why. One that is needed no longer fails the test.

use std::collections::BTreeSet;

use composio_tests::suite::Outcome;

/// What is found, and the reason.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "GET /api/v3/connected_accounts response 403: the status is not in the document",
        "a key that is narrowed to a user is told that it may not ask for another's; the document has no such keys",
    ),
    (
        "PATCH /api/v3/org/project/config response 403: the status is not in the document",
        "a key that is narrowed to a user may not change the project; the document has no such keys",
    ),
    (
        "POST /api/v3/auth_configs response 403: the status is not in the document",
        "a key that is narrowed to a user may not make auth configs; the document has no such keys",
    ),
    (
        "POST /api/v3/connected_accounts/link response 403: the status is not in the document",
        "a key that is narrowed to a user may not connect another; the document has no such keys",
    ),
    (
        "POST /api/v3/auth_configs response 501: the status is not in the document",
        "schemes that the engine cannot connect by yet are refused; the platform has them all",
    ),
    (
        "POST /api/v3/connected_accounts response 422: the status is not in the document",
        "an auth config that is disabled is a state, as the document itself says it for executions",
    ),
    (
        "POST /api/v3/tools/execute/{tool_slug}/input response 501: the status is not in the document",
        "the engine has no model; the document says 501 for the execution that would need one",
    ),
    (
        "GET /api/v3/tools query: query is not in the document",
        "the client speaks v3.1, where the search is called so; v3 takes it as well as `search`",
    ),
    (
        "PATCH /api/v3/auth_configs/{nanoid}/{status} request: a body is sent, none is in the document",
        "the client writes the absent body as JSON's null, which nobody reads",
    ),
];

/// Fails on a fault that is not listed, and on an entry that nothing needs.
pub fn compare(found: &BTreeSet<String>) -> Outcome {
    let listed: BTreeSet<String> = DEVIATIONS
        .iter()
        .map(|(fault, _)| (*fault).to_owned())
        .collect();
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        found
            .difference(&listed)
            .map(|fault| format!("not as published: {fault}")),
    );
    lines.extend(
        listed
            .difference(found)
            .map(|fault| format!("no longer needed: {fault}")),
    );
    if lines.is_empty() {
        return Ok(());
    }
    Err(lines.join("\n").into())
}
