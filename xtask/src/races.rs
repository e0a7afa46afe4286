//! Refreshes that get in each other's way, at full size: minutes, so not part of the tests.

use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["test", "--package", "composio-tests", "--test", "races"]);
    command.env("COMPOSIO_RACES_FULL", "1");
    shell::run(command.arg("--").args(arguments))
}
