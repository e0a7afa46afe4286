use composio_catalog::ToolPlan;
use serde_json::json;

use super::search::{Sentence, ranked};

fn plan(slug: &str, name: &str, description: &str) -> ToolPlan {
    serde_json::from_value(json!({
        "slug": slug, "name": name, "description": description, "method": "GET", "path": "/",
        "arguments": [], "input": {}, "output": {}, "tags": [], "scopes": [],
        "no_auth": false, "idempotent": true, "deprecated": false
    }))
    .unwrap()
}

#[test]
fn the_tool_whose_name_says_it_comes_before_the_one_that_mentions_it() {
    let plans = vec![
        plan(
            "GITHUB_LIST_EVENTS",
            "List events",
            "Lists events, among them that somebody starred a repository.",
        ),
        plan(
            "GITHUB_STAR_A_REPOSITORY",
            "Star a repository",
            "Adds a star.",
        ),
        plan(
            "GITHUB_DELETE_AN_ISSUE",
            "Delete an issue",
            "Deletes an issue for good.",
        ),
    ];
    let found = ranked(plans, "please star the repository rust-lang/rust", |plan| {
        Some(plan)
    });
    let slugs: Vec<&str> = found.iter().map(|plan| plan.slug.as_str()).collect();
    assert_eq!(slugs, ["GITHUB_STAR_A_REPOSITORY", "GITHUB_LIST_EVENTS"]);
}

#[test]
fn plurals_and_beginnings_match_and_strangers_do_not() {
    let plan = plan("GMAIL_SEND_EMAIL", "Send email", "Sends a mail.");
    let score = |text: &str| Sentence::new(text).score(&plan);
    assert!(score("emails") > 0);
    assert!(score("ema") > 0);
    assert!(score("email") > score("ema"));
    assert!(score("send email") > score("send"));
    for text in ["zebra", "", "the", "§§", "em"] {
        assert_eq!(score(text), 0, "{text}");
    }
}
