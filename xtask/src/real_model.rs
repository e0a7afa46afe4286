//! Each adapter against a real model, of the operator's choice.

use crate::headers;
use crate::shell::{self, Step};
use crate::test::LANGCHAIN;

pub(crate) fn run(arguments: &[String]) -> Step {
    if shell::is_ci() {
        return Err("a real model is never part of continuous integration".into());
    }
    let mut command = shell::cargo([
        "run",
        "--quiet",
        "--package",
        "composio-tests",
        "--bin",
        "real-model",
    ]);
    if headers::are_there() {
        command.args(LANGCHAIN);
    }
    shell::run(command.arg("--").args(arguments))
}
