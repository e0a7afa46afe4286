//! How well tools are found, as a table.

use crate::shell::{self, Step};

/// The whole of it: what the usual tests take a sample of, or leave out because it takes minutes.
const WHOLE: &str = "--include-ignored";

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo([
        "test",
        "--quiet",
        "--package",
        "composio-tests",
        "--test",
        "search",
    ]);
    shell::run(command.args(["--", WHOLE, "--nocapture"]).args(arguments))
}
