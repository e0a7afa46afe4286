//! Typed Rust for all of GitHub, and how long it takes to compile.

use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["test", "--package", "composio-tests", "--test", "types"]);
    let asked = ["--", "--ignored", "--nocapture"];
    shell::run(command.args(asked).args(arguments))
}
