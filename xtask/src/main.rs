//! Every habit of the team: `cargo xtask <verb>`. Without a verb it lists them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks"
)]

mod bench;
mod ci;
mod conformance;
mod corpus;
mod docs;
mod drift;
mod fuzz;
mod headers;
mod lint;
mod members;
mod package;
mod races;
mod real_apps;
mod real_model;
mod search_eval;
mod shell;
mod tally;
mod test;
mod types;

use std::env;
use std::process::ExitCode;

use shell::Step;

type Verb = (&'static str, &'static str, fn(&[String]) -> Step);

const VERBS: &[Verb] = &[
    (
        "test",
        "all tests: [-p PACKAGE]… [--install | --no-install] [FILTER]… [-- …]",
        test::run,
    ),
    (
        "lint",
        "format, clippy and rustdoc, warnings denied",
        lint::run,
    ),
    (
        "docs",
        "the documentation of every crate, warnings denied",
        docs::run,
    ),
    (
        "bench",
        "every figure that the README quotes: [NAME]… [--check] [--build]",
        bench::run,
    ),
    (
        "conformance",
        "the conformance suite as a table, case by adapter",
        conformance::run,
    ),
    (
        "corpus",
        "three thousand descriptions of APIs made into tools, as a table; takes minutes",
        corpus::run,
    ),
    (
        "real-apps",
        "people who connect to JupyterHub and pretix in a browser; installs them, takes minutes: [FILTER]",
        real_apps::run,
    ),
    (
        "fuzz",
        "every format that is read, with parts exchanged and bytes broken: [CASES]",
        fuzz::run,
    ),
    (
        "real-model",
        "each adapter on a real model: --endpoint URL [--model NAME] [--key-env NAME] [--prompts [N]]",
        real_model::run,
    ),
    (
        "search-eval",
        "how well tools are found by what people say, as a table: [FILTER]; encodes 100,000 tools the first time, half an hour",
        search_eval::run,
    ),
    (
        "types",
        "typed Rust for all of GitHub's actions, compiled and timed; takes minutes",
        types::run,
    ),
    (
        "drift",
        "composio-rig on each version of rig that builds here: [--tests] [VERSION]…",
        drift::run,
    ),
    (
        "races",
        "refreshes that get in each other's way, at full size: [FILTER]",
        races::run,
    ),
    (
        "package",
        "packages every published crate: [--verify]",
        package::run,
    ),
    ("ci", "lint, then test", ci::run),
];

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some((_, _, run)) = VERBS.iter().find(|(name, _, _)| *name == verb) else {
        for (name, what, _) in VERBS {
            println!("cargo xtask {name:<12} {what}");
        }
        return if verb.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    match run(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let failure = failure.to_string();
            if !failure.is_empty() {
                eprintln!("{failure}");
            }
            ExitCode::FAILURE
        }
    }
}
