//! The conformance suite, which prints its table: case by adapter.

use crate::headers;
use crate::shell::{self, Step};
use crate::test::LANGCHAIN;

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo([
        "test",
        "--quiet",
        "--package",
        "composio-tests",
        "--test",
        "conformance",
    ]);
    if headers::are_there() {
        command.args(LANGCHAIN);
    }
    shell::run(command.arg("--").args(arguments))
}
