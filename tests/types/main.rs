//! Typed Rust for GitHub's actions, compiled outside the workspace and used.
//!
//! `cargo xtask types` takes all of GitHub and tells what it costs; the usual tests take every thirtieth action.

mod hostile;
mod scratch;

use std::{fs, path::Path, process::ExitCode, time::Instant};

use composio_build::{App, Types};
use composio_catalog::{Integration, Toolkit, compile};
use composio_tests::{
    parts::GITHUB_OPENAPI,
    suite::{Outcome, Suite},
};
use scratch::Scratch;

const USES: &str = include_str!("uses.rs");
/// Where results have no members to be used.
const JSON: &str = "//! Results are JSON.\n";

fn main() -> ExitCode {
    Suite::new()
        .case_on(
            GITHUB_OPENAPI,
            "types_of_a_part_of_github_and_of_a_hostile_app_compile_and_are_checked",
            a_part_compiles,
        )
        .long_case_on(
            GITHUB_OPENAPI,
            "types_of_all_of_github_compile",
            all_of_github_compiles,
        )
        .run()
}

fn github(folder: &Path) -> Result<Toolkit, Box<dyn std::error::Error>> {
    let document = fs::read(folder.join("generated/api.github.com.json"))?;
    let (integration, _) = Integration::of_document("github", &document)?;
    Ok(compile(integration, &document, "20260101_00")?.toolkit)
}

fn a_part_compiles(folder: &Path) -> Outcome {
    let toolkit = github(folder).map_err(|error| error.to_string())?;
    let mut actions: Vec<&str> = toolkit.tools.keys().map(String::as_str).collect();
    actions.sort_unstable();
    let every = actions.into_iter().step_by(30);
    let used = ["GITHUB_CREATE_AN_ISSUE", "GITHUB_UPDATE_AN_ISSUE"];
    let github = App::of_toolkit(&toolkit).actions(every.chain(used));
    let module = Types::new().app(github).app(hostile::app()).source()?;

    let scratch = Scratch::new("typed-part")?;
    scratch.write(&module, USES)?;
    scratch.cargo("check")?;
    for (right, wrong, code) in [
        (r#""octocat", "hello-world","#, r#""octocat","#, "E0061"),
        (
            "Some(github::UpdateAnIssueState::Closed)",
            "Some(7)",
            "E0308",
        ),
        (
            "UpdateAnIssueState::Closed",
            "UpdateAnIssueState::Shut",
            "E0599",
        ),
        ("made.html_url", "made.html_address", "E0609"),
        (
            "Action::GITHUB_CREATE_AN_ISSUE",
            "Action::GITHUB_CREATE_A_FIRE",
            "E0599",
        ),
    ] {
        let changed = USES.replace(right, wrong);
        if changed == USES {
            return Err(format!("{right} is not used").into());
        }
        scratch.write(&module, &changed)?;
        match scratch.cargo("check") {
            Err(told) if told.contains(code) => {}
            other => return Err(format!("{wrong} is not refused by {code}: {other:?}").into()),
        }
    }
    Ok(())
}

fn all_of_github_compiles(folder: &Path) -> Outcome {
    let toolkit = github(folder).map_err(|error| error.to_string())?;
    let app = App::of_toolkit(&toolkit);
    println!("types of {} actions of GitHub", toolkit.tools.len());
    for has_results in [true, false] {
        let types = Types::new().app(app.clone());
        let types = if has_results {
            types
        } else {
            types.without_results()
        };
        let begun = Instant::now();
        let module = types.source()?;
        let written = begun.elapsed();
        let scratch = Scratch::new("typed-whole")?;
        // What it stands on is no part of the time.
        scratch.write("", "")?;
        scratch.cargo("check")?;
        scratch.cargo("build")?;
        let uses = if has_results { USES } else { JSON };
        scratch.write(&module, uses)?;
        let mut spent = Vec::new();
        for command in ["check", "build"] {
            let begun = Instant::now();
            scratch.cargo(command)?;
            spent.push(begun.elapsed().as_secs_f64());
        }
        let [check, build] = spent[..] else {
            return Err("two commands take two times".into());
        };
        println!(
            "{} results: {} lines, {:.1} MB, written in {:.1} s; cargo check {check:.1} s, cargo build {build:.1} s",
            if has_results { "with" } else { "without" },
            module.lines().count(),
            module.len() as f64 / 1e6,
            written.as_secs_f64(),
        );
    }
    Ok(())
}
