//! How well tools are found, as a table.

use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo([
        "test",
        "--quiet",
        "--package",
        "composio-tests",
        "--test",
        "search",
    ]);
    shell::run(command.arg("--").args(arguments))
}
