//! How well tools are found by what people say: the table that `cargo xtask search-eval` prints, and its floors.
//!
//! MetaTool and the hosted product's descriptions are read beside the repository, where they are; nothing of them is
//! committed. Weights were chosen on the parts named so in [`sets`]; the floors hold for the others.

mod chains;
mod sets;

use std::{fs, path::Path, process::ExitCode};

use composio_catalog::{Integration, Toolkit, compile};
use composio_tests::{
    parts::GITHUB_OPENAPI,
    suite::{Outcome, Suite},
    tree,
};
use libtest_mimic::{Completion, Failed};
use sets::Set;

/// Relative to the workspace; not part of the repository.
const METATOOL: &str = "../shared/data/metatool";
const SAMPLE: &str = "../shared/data/composio/tools-sample.json";
const INTEGRATION: &str = "name: GitHub\nunique_key: github\nauth_schemes: [{auth_mode: OAUTH2}]\n";

fn main() -> ExitCode {
    Suite::new()
        .case_unless("questions_find_the_tool_of_metatool", metatool)
        .case_unless("sentences_find_the_operation_of_github", github)
        .case_on(
            GITHUB_OPENAPI,
            "tasks_are_taken_apart_into_operations",
            tasks,
        )
        .run()
}

fn metatool() -> Result<Completion, Failed> {
    let folder = tree::root().join(METATOOL);
    if !folder.exists() {
        return Ok(Completion::ignored_with(format!("{METATOOL} is not there")));
    }
    check(&sets::metatool(&folder), 36.0, 56.0);
    Ok(Completion::Completed)
}

fn github() -> Result<Completion, Failed> {
    let Ok(sample) = fs::read_to_string(tree::root().join(SAMPLE)) else {
        return Ok(Completion::ignored_with(format!("{SAMPLE} is not there")));
    };
    let folder = match GITHUB_OPENAPI.install() {
        Ok(folder) => folder,
        Err(missing) => return Ok(Completion::ignored_with(missing.to_string())),
    };
    let sample: Vec<serde_json::Value> = serde_json::from_str(&sample)?;
    check(&sets::github(&toolkit(&folder), &sample), 55.0, 82.0);
    Ok(Completion::Completed)
}

fn tasks(folder: &Path) -> Outcome {
    let toolkit = toolkit(folder);
    let slugs: Vec<&str> = toolkit.tools.keys().map(String::as_str).collect();
    let set = sets::github(&toolkit, &[]);
    let score = chains::score(&set.index, &slugs);
    println!(
        "| GitHub, {} tasks of several steps | split as meant {:.0} % | step's tool first {:.1} % | among five {:.1} % |",
        chains::TASKS.len(),
        score.split,
        score.first,
        score.five
    );
    assert!(score.split >= 80.0 && score.first >= 60.0 && score.five >= 75.0);
    Ok(())
}

fn check(set: &Set, first: f64, five: f64) {
    for (chooses, part) in [(true, "for choosing"), (false, "reported")] {
        let score = set.score(chooses);
        println!(
            "| {}, {part}, {} queries | Hit@1 {:.1} % | Hit@5 {:.1} % |",
            set.name, score.queries, score.first, score.five
        );
        assert!(
            chooses || (score.first >= first && score.five >= five),
            "at least {first} and {five} %"
        );
    }
}

fn toolkit(folder: &Path) -> Toolkit {
    let document = fs::read(folder.join("generated/api.github.com.json"));
    let integration = Integration::parse(INTEGRATION.as_bytes()).expect("the YAML is sound");
    compile(
        integration,
        &document.expect("the part is installed"),
        "20260101_00",
    )
    .expect("GitHub's document compiles")
    .toolkit
}
