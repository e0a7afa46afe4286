//! Applications that take minutes to install or to start, so they are not part of the tests.

use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["test", "--package", "composio-tests", "--test", "connect"]);
    // What takes so long is ignored otherwise; one after the other, because each wants a core.
    command.args(["--", "--ignored", "--test-threads=1"]);
    shell::run(command.args(arguments))
}
