//! The published crates as others get them, under `target/package/`.
//!
//! Building each from its package is left to `--verify`: the test `outsider` builds and runs on the
//! packages anyway.

use crate::members;
use crate::shell::{self, Step};

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["package", "--allow-dirty", "--quiet"]);
    if !arguments.iter().any(|argument| argument == "--verify") {
        command.arg("--no-verify");
    }
    for member in members::all()?.iter().filter(|member| member.is_published) {
        command.args(["--package", &member.name]);
    }
    shell::run(&mut command)
}
