//! Every public description of an API that two packages hold, made into tools.

use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["test", "--package", "composio-tests", "--test", "corpus"]);
    let asked = ["--", "--include-ignored", "--nocapture"];
    shell::run(command.args(asked).args(arguments))
}
